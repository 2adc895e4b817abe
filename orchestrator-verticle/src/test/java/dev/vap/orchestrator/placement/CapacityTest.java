package dev.vap.orchestrator.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.protocol.Protocol;
import dev.vap.shared.storage.Runners.Runner;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CapacityTest {

    private static final UUID INSTANCE = UUID.randomUUID();

    @Test
    void thePlaceIsAtTheRunnerWithTheLowestShareInUse() {
        Capacity capacity = new Capacity(List.of(runner("big", 8, 2), runner("small", 2, 1)), id -> true);
        List<String> taken = IntStream.range(0, 4)
                .mapToObj(i -> capacity.take().orElseThrow().runnerId())
                .toList();
        // 2/8, 3/8, then 4/8 and 1/2 are equal.
        assertThat(taken).containsExactly("big", "big", "big", "small");
    }

    @Test
    void fullRunnersHaveNoPlace() {
        Capacity capacity = new Capacity(List.of(runner("a", 2, 2), runner("b", 3, 5)), id -> true);
        assertThat(capacity.free()).isZero();
        assertThat(capacity.take()).isEmpty();
        assertThat(capacity.inWords()).isEqualTo("waiting for capacity: 2 runners, 7/5 workers");
    }

    @Test
    void takingAPlaceUsesIt() {
        Capacity capacity = new Capacity(List.of(runner("a", 2, 0)), id -> true);
        assertThat(capacity.free()).isEqualTo(2);
        capacity.take();
        capacity.take();
        assertThat(capacity.take()).isEmpty();
        assertThat(capacity.inWords()).isEqualTo("waiting for capacity: 1 runner, 2/2 workers");
    }

    @Test
    void runnersThatDrainOrReadOlderMessagesGetNothing() {
        Runner draining = runner("a", 4, 0, true, Protocol.VERSION);
        Runner old = runner("b", 4, 0, false, Protocol.VERSION - 1);
        Capacity capacity = new Capacity(List.of(draining, old), id -> true);
        assertThat(capacity.take()).isEmpty();
        assertThat(capacity.inWords())
                .isEqualTo("waiting for capacity: no runner is up; 1 too old for this cluster, update them");
    }

    @Test
    void runnersThatAreNotHeardOnTheEventBusGetNothing() {
        Capacity capacity = new Capacity(List.of(runner("cut-off", 4, 0)), id -> false);
        assertThat(capacity.take()).isEmpty();
        assertThat(capacity.inWords()).isEqualTo("waiting for capacity: no runner is up; 1 not heard on the event bus");
    }

    @Test
    void scenariosThatTheNextLossQuarantinesAreKeptApartWhereThatIsPossible() {
        Capacity capacity = new Capacity(List.of(runner("a", 4, 0), runner("b", 4, 0), runner("c", 4, 3)), id -> true);
        capacity.hasLastChance("a");
        List<String> taken = IntStream.range(0, 3)
                .mapToObj(i -> capacity.takeApart().orElseThrow().runnerId())
                .toList();
        // The third finds none apart, and gets the place that anybody would get.
        assertThat(taken).containsExactly("b", "c", "a");
    }

    @Test
    void nobodyIsUp() {
        assertThat(new Capacity(List.of(), id -> true).inWords()).isEqualTo("waiting for capacity: no runner is up");
    }

    private static Runner runner(String id, int capacity, int load) {
        return runner(id, capacity, load, false, Protocol.VERSION);
    }

    private static Runner runner(String id, int capacity, int load, boolean draining, int protocol) {
        return new Runner(id, INSTANCE, "host", 1, capacity, protocol, "test", draining, 1_000, Instant.EPOCH, load);
    }
}
