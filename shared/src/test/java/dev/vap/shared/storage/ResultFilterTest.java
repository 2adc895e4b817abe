package dev.vap.shared.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.protocol.ResultMessage;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ResultFilterTest {

    private static final UUID S = UUID.randomUUID();
    private static final UUID OTHER = UUID.randomUUID();

    @Test
    void acceptsGrowingFrames() {
        ResultFilter filter = filter(1, 4);
        offer(filter, 1, 5, 6, 9);
        assertThat(frames(filter)).containsExactly(5L, 6L, 9L);
        assertThat(filter.outcome()).isEqualTo(new Results.Outcome(3, 0, 0, 0));
    }

    @Test
    void dropsRepeatedFrames() {
        ResultFilter filter = filter(1, 4);
        offer(filter, 1, 4, 5, 5, 3, 6);
        assertThat(frames(filter)).containsExactly(5L, 6L);
        assertThat(filter.outcome()).isEqualTo(new Results.Outcome(2, 0, 3, 0));
    }

    @Test
    void rejectsResultOfOlderEpoch() {
        ResultFilter filter = filter(1, 4);
        offer(filter, 2, 5);
        offer(filter, 1, 6);
        offer(filter, 2, 6);
        assertThat(frames(filter)).containsExactly(5L, 6L);
        assertThat(filter.outcome()).isEqualTo(new Results.Outcome(2, 1, 0, 0));
    }

    @Test
    void aRepeatOfANewerEpochFencesTheOlderOne() {
        ResultFilter filter = filter(1, 4);
        offer(filter, 2, 4);
        offer(filter, 1, 5);
        assertThat(filter.outcome()).isEqualTo(new Results.Outcome(0, 1, 1, 0));
    }

    @Test
    void countsScenariosThatDoNotExist() {
        ResultFilter filter = filter(1, -1);
        filter.offer(result(OTHER, 1, 0));
        assertThat(filter.outcome()).isEqualTo(new Results.Outcome(0, 0, 0, 1));
        assertThat(filter.changed()).isEmpty();
    }

    private static ResultFilter filter(long epoch, long lastFrame) {
        Map<UUID, ResultFilter.State> cursors = new HashMap<>();
        cursors.put(S, new ResultFilter.State(S, epoch, lastFrame));
        return new ResultFilter(cursors);
    }

    private static void offer(ResultFilter filter, long epoch, long... frames) {
        for (long frame : frames) {
            filter.offer(result(S, epoch, frame));
        }
    }

    private static List<Long> frames(ResultFilter filter) {
        return filter.accepted().stream().map(ResultMessage::frameNumber).toList();
    }

    private static ResultMessage result(UUID scenario, long epoch, long frame) {
        return new ResultMessage(
                UUID.randomUUID(), scenario, epoch, frame, Instant.EPOCH, 0, 0, 1, 1, "m", "mock", 1, List.of());
    }
}
