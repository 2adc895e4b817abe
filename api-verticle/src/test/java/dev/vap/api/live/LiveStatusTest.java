package dev.vap.api.live;

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

    private final UUID scenario = Ids.next();
    private final MeterRegistry registry = new SimpleMeterRegistry();
    private long nanos = Long.MAX_VALUE - 1_000;
    private final LiveStatus status = new LiveStatus(null, () -> nanos, registry);

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

    private void heard(String runner, long epoch, String state) {
        SessionReport report = new SessionReport(
                scenario,
                Ids.next(),
                epoch,
                SessionReport.State.RUNNING,
                1,
                2,
                -1,
                5,
                "mock",
                new SessionReport.SourceReport(state, null, 0, "h264", 640, 480, 25),
                null,
                Map.of());
        status.heard(new Heartbeat(runner, "host", 1, 4, false, List.of(report)).toJson());
    }
}
