package dev.vap.api.live;

import static dev.vap.shared.protocol.SessionReport.State.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.protocol.Heartbeat;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.storage.Ids;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LiveStatusTest {

    private static final Duration HEARTBEAT = Duration.ofMillis(500);

    private final UUID instance = Ids.next();
    private final UUID scenario = Ids.next();
    private final MeterRegistry registry = new SimpleMeterRegistry();
    private long nanos = Long.MAX_VALUE - 1_000;
    private final LiveStatus status = new LiveStatus(null, () -> nanos, HEARTBEAT, registry);

    @Test
    void showsTheNewestReport() {
        heard("runner-1", 1, "connecting");
        heard("runner-1", 1, "streaming");
        nanos += Duration.ofMillis(700).toNanos();

        LiveStatus.Session session = status.of(scenario).orElseThrow();
        assertThat(session.runnerId()).isEqualTo("runner-1");
        assertThat(session.report().source().state()).isEqualTo("streaming");
        assertThat(session.ageMillis()).isEqualTo(700);
    }

    @Test
    void forgetsWhatIsTooOld() {
        heard("runner-1", 1, "streaming");
        nanos += LiveStatus.FRESH.toNanos() + 1;

        assertThat(status.of(scenario)).isEmpty();
        assertThat(status.size()).isEqualTo(1);
        status.sweep();
        assertThat(status.size()).isZero();
    }

    @Test
    void rejectsReportsOfAnOlderEpochWhileANewerOneIsFresh() {
        heard("runner-2", 2, "streaming");
        heard("runner-1", 1, "backing_off");
        assertThat(status.of(scenario).orElseThrow().runnerId()).isEqualTo("runner-2");

        nanos += LiveStatus.FRESH.toNanos() + 1;
        heard("runner-1", 1, "backing_off");
        assertThat(status.of(scenario).orElseThrow().runnerId()).isEqualTo("runner-1");
    }

    @Test
    void countsWhatItCannotRead() {
        status.heard(new JsonObject().put("v", 1));
        status.heard(null);

        assertThat(registry.counter("vap_heartbeats_unreadable").count()).isEqualTo(2);
    }

    @Test
    void aSessionIsFreshUntilItsTurnShouldHaveComeIfItsRunnerIsHeardOf() {
        int total = 3 * Heartbeat.MAX_OTHERS + 1;
        Duration round = HEARTBEAT.multipliedBy(4);
        status.heard(beat("runner-1", instance, total, report(scenario, 1, "streaming", RUNNING)));
        pass(LiveStatus.FRESH);
        status.heard(beat("runner-1", instance, total));
        pass(round);
        assertThat(status.of(scenario)).isPresent();
        pass(Duration.ofNanos(1));
        assertThat(status.of(scenario)).isEmpty();
    }

    @Test
    void noSessionIsFresherThanItsRunner() {
        status.heard(beat("runner-1", instance, 100_000, report(scenario, 1, "streaming", RUNNING)));
        pass(LiveStatus.FRESH.plusNanos(1));
        assertThat(status.of(scenario)).isEmpty();
        status.heard(beat("runner-1", instance, 100_000));
        assertThat(status.of(scenario)).isPresent();
        status.heard(beat("runner-1", Ids.next(), 0));
        assertThat(status.of(scenario)).as("of the process before").isEmpty();
    }

    @Test
    void anEndIsForgottenSoon() {
        int total = 100 * Heartbeat.MAX_OTHERS;
        status.heard(beat("runner-1", instance, total, report(scenario, 1, "ended", SessionReport.State.FINISHED)));
        pass(LiveStatus.FRESH);
        status.heard(beat("runner-1", instance, total));
        assertThat(status.of(scenario)).isPresent();
        pass(Duration.ofNanos(1));
        assertThat(status.of(scenario)).isEmpty();
    }

    @Test
    void listsTheSessionsOfRunnersThatHaveNotEnded() {
        UUID other = Ids.next();
        status.heard(beat(
                "runner-1",
                instance,
                2,
                report(scenario, 1, "streaming", RUNNING),
                report(Ids.next(), 1, "ended", SessionReport.State.FAILED)));
        status.heard(beat("runner-2", Ids.next(), 1, report(other, 1, "streaming", RUNNING)));

        assertThat(status.byRunner()).containsOnlyKeys("runner-1", "runner-2");
        assertThat(status.byRunner().get("runner-1"))
                .extracting(session -> session.report().scenario())
                .containsExactly(scenario);
        pass(LiveStatus.FRESH.plusNanos(1));
        status.heard(beat("runner-2", Ids.next(), 1, report(other, 1, "streaming", RUNNING)));
        assertThat(status.byRunner()).containsOnlyKeys("runner-2");
    }

    private void heard(String runner, long epoch, String state) {
        status.heard(beat(runner, instance, 1, report(scenario, epoch, state, RUNNING)));
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    private static JsonObject beat(String runner, UUID instance, int total, SessionReport... reports) {
        return new Heartbeat(runner, instance, 1, "host", 1, 4, false, false, total, 0, List.of(), List.of(reports))
                .toJson();
    }

    private static SessionReport report(UUID scenario, long epoch, String source, SessionReport.State state) {
        return new SessionReport(
                scenario,
                Ids.next(),
                epoch,
                state,
                1,
                2,
                -1,
                5,
                "mock",
                new SessionReport.SourceReport(source, null, null, 0, -1, 0, "h264", 640, 480, 25, null, null),
                null,
                Map.of());
    }
}
