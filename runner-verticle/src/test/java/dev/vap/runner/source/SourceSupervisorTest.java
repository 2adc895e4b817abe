package dev.vap.runner.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.decode.MediaException;
import dev.vap.runner.decode.MediaInfo;
import dev.vap.runner.source.SourceConfig.Retry;
import dev.vap.runner.time.FakeTimers;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.runtime.Backoff;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SourceSupervisorTest {

    private static final MediaInfo INFO = new MediaInfo("rtsp", "h264", 640, 480, 25, 1, 90_000, -1, -1, 0, true, 0);
    private static final Retry RETRY = new Retry(
            new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30), 0),
            Duration.ofMinutes(1),
            Duration.ofSeconds(10),
            Map.of(SourceFault.NOT_FOUND, 3, SourceFault.NOT_ALLOWED, 1));

    private final FakeTimers timers = new FakeTimers();
    private final List<Promise<MediaInfo>> opened = new ArrayList<>();
    private final List<Throwable> gaveUp = new ArrayList<>();
    private int closed;
    private int flows;
    private long hostWait;

    private final SourceSupervisor supervisor =
            new SourceSupervisor(RETRY, () -> hostWait, timers, new Random(1), new SourceSupervisor.Actions() {
                @Override
                public Future<MediaInfo> open() {
                    opened.add(Promise.promise());
                    return opened.get(opened.size() - 1).future();
                }

                @Override
                public Future<Void> close() {
                    closed++;
                    return Future.succeededFuture();
                }

                @Override
                public void opened(MediaInfo info) {
                    flows++;
                }

                @Override
                public void gaveUp(Throwable cause) {
                    gaveUp.add(cause);
                }

                @Override
                public void changed() {}
            });

    private Promise<MediaInfo> newest() {
        return opened.get(opened.size() - 1);
    }

    private void failsWith(SourceFault fault) {
        newest().fail(new MediaException(fault, "It is " + fault.wire() + "."));
    }

    private static MediaException broken(SourceFault fault) {
        return new MediaException(fault, "It broke.");
    }

    @Test
    void connectsAndSaysSoWithTheFirstFrame() {
        assertThat(supervisor.state().name()).isEqualTo("connecting");
        supervisor.start();
        supervisor.start();
        assertThat(opened).hasSize(1);
        newest().complete(INFO);
        assertThat(flows).isEqualTo(1);
        assertThat(supervisor.state().name()).isEqualTo("connecting");
        supervisor.frame();
        assertThat(supervisor.state()).isEqualTo(new SourceSupervisor.State("streaming", null, null, 1, -1));
    }

    @Test
    void pausesLongerAfterEachFailureUpToTheCap() {
        supervisor.start();
        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            failsWith(SourceFault.REFUSED);
            SourceSupervisor.State state = supervisor.state();
            assertThat(state.name()).isEqualTo("backing_off");
            assertThat(state.fault()).isEqualTo(SourceFault.REFUSED);
            assertThat(state.reason()).isEqualTo("It is refused.");
            assertThat(state.attempts()).isEqualTo(i + 1);
            pauses.add(state.retryMillis());
            timers.advance(Duration.ofMillis(state.retryMillis() - 1));
            assertThat(opened).hasSize(i + 1);
            timers.advance(Duration.ofMillis(1));
            assertThat(opened).hasSize(i + 2);
        }
        assertThat(pauses).containsExactly(1_000L, 2_000L, 4_000L, 8_000L, 16_000L, 30_000L, 30_000L, 30_000L);
        assertThat(closed).isEqualTo(8);
        assertThat(gaveUp).isEmpty();
    }

    @Test
    void startsAnewOnlyAfterFramesHaveFlowedForAWhile() {
        supervisor.start();
        for (int i = 0; i < 3; i++) {
            newest().complete(INFO);
            supervisor.frame();
            timers.advance(Duration.ofSeconds(9));
            supervisor.frame();
            supervisor.failed(broken(SourceFault.ENDED));
            assertThat(supervisor.state().retryMillis()).isEqualTo(1_000L << i);
            timers.advance(Duration.ofMillis(1_000L << i));
        }
        newest().complete(INFO);
        supervisor.frame();
        timers.advance(Duration.ofMillis(10_001));
        supervisor.frame();
        assertThat(supervisor.state().attempts()).isZero();
        supervisor.failed(broken(SourceFault.ENDED));
        assertThat(supervisor.state().retryMillis()).isEqualTo(1_000);
    }

    @Test
    void triesWrongCredentialsSlowly() {
        supervisor.start();
        for (int i = 1; i < 50; i++) {
            failsWith(SourceFault.UNAUTHORIZED);
            assertThat(supervisor.state().retryMillis()).isEqualTo(60_000);
            timers.advance(Duration.ofMinutes(1));
            assertThat(opened).hasSize(i + 1);
        }
        assertThat(gaveUp).isEmpty();
    }

    @Test
    void givesUpAfterSoManyTimesTheSameFaultInARow() {
        supervisor.start();
        for (SourceFault fault : List.of(
                SourceFault.NOT_FOUND,
                SourceFault.NOT_FOUND,
                SourceFault.TIMEOUT,
                SourceFault.NOT_FOUND,
                SourceFault.NOT_FOUND)) {
            failsWith(fault);
            timers.advance(Duration.ofMinutes(1));
        }
        assertThat(gaveUp).isEmpty();
        failsWith(SourceFault.NOT_FOUND);
        assertThat(gaveUp).hasSize(1);
        assertThat(gaveUp.get(0)).hasMessage("gave up after 3 attempts: It is not_found.");
        timers.advance(Duration.ofHours(1));
        assertThat(opened).hasSize(6);
        assertThat(timers.pending()).isZero();
    }

    @Test
    void givesUpAtOnceWhereTryingAgainIsOfNoUseOrItIsOurFault() {
        supervisor.start();
        failsWith(SourceFault.NOT_ALLOWED);
        assertThat(gaveUp).hasSize(1);
        assertThat(gaveUp.get(0)).hasMessage("It is not_allowed.");
    }

    @Test
    void tellsABugAsItIs() {
        supervisor.start();
        IllegalStateException bug = new IllegalStateException("a bug");
        newest().fail(bug);
        assertThat(gaveUp).isEqualTo(List.<Throwable>of(bug));
    }

    @Test
    void waitsForTheRightToConnect() {
        hostWait = Duration.ofSeconds(20).toNanos();
        supervisor.start();
        assertThat(opened).isEmpty();
        assertThat(supervisor.state().name()).isEqualTo("backing_off");
        assertThat(supervisor.state().retryMillis()).isEqualTo(20_000);
        assertThat(supervisor.state().reason()).contains("SOURCE_ATTEMPTS_PER_MINUTE");
        hostWait = 0;
        timers.advance(Duration.ofSeconds(20));
        assertThat(opened).hasSize(1);
    }

    @Test
    void doesNothingMoreOnceStopped() {
        supervisor.start();
        failsWith(SourceFault.REFUSED);
        supervisor.stop();
        assertThat(timers.pending()).isZero();
        timers.advance(Duration.ofHours(1));
        assertThat(opened).hasSize(1);
        supervisor.failed(broken(SourceFault.ENDED));
        assertThat(supervisor.state().name()).isEqualTo("ended");
    }

    @Test
    void doesNotUseWhatWasOpenedAfterItWasStopped() {
        supervisor.start();
        supervisor.stop();
        newest().complete(INFO);
        assertThat(flows).isZero();
        assertThat(gaveUp).isEmpty();
    }
}
