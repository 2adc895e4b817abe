package dev.vap.runner.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.Deployments;
import dev.vap.runner.source.SourceOpener;
import dev.vap.shared.protocol.SessionReport.State;
import dev.vap.testing.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StopSessionTest extends OnHarness {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration LIMIT = Duration.ofSeconds(2);
    private static final long HOUR = 3_600_000_000_000L;

    private final Deployments deployment = Deployments.of("clip.mp4");

    @Test
    void stopsWhileOpeningHangs() throws Exception {
        Session session = harness.start(deployment.command(), (spec, cancellation) -> {
            FakeSource.waitUnlessCancelled(HOUR, cancellation);
            throw new AssertionError("was cancelled");
        });
        assertStopsInTime(session);
        assertThat(harness.states).containsExactly(State.STOPPING, State.STOPPED);
    }

    @Test
    void stopsWhileReadingHangs() throws Exception {
        Session session = harness.start(deployment.command(), (spec, c) -> new FakeSource(spec, c, 10, HOUR));
        Await.until(
                "it is open",
                SOON,
                () -> harness.report(session).source().state().equals("streaming"));
        assertStopsInTime(session);
    }

    @Test
    void stopsWhileWaitingForTheModel() throws Exception {
        harness.inference.down();
        Session session = harness.start(deployment.command(), fast());
        Await.until("it waits", SOON, () -> harness.report(session).reason() != null);
        assertStopsInTime(session);
    }

    @Test
    void stopsWhileInferenceIsSilentAndTakesItsPixelsBackAfterTheTimeOut() throws Exception {
        harness.config = SessionHarness.config(4, 32, Duration.ofMillis(400));
        harness.inference.script(r -> FakeInference.Answer.SILENCE);
        Session session = harness.start(deployment.command(), fast());
        Await.until("frames are out", SOON, () -> harness.inference.asked().size() == 4);
        assertStopsInTime(session);
        Await.until("all buffers are back", SOON, () -> harness.onContext(session::buffersInUse) == 0);
    }

    @Test
    void stopsWhileKafkaIsAway() throws Exception {
        harness.log.hold();
        Session session = harness.start(deployment.command(), fast());
        Await.until("the bound is reached", SOON, () -> harness.log.frames().size() == 32);
        assertStopsInTime(session);
    }

    @Test
    void waitsAMomentForKafkaSoThatTheLastFrameIsKnown() throws Exception {
        harness.log.hold();
        Session session = harness.start(deployment.command(), fast());
        Await.until("the bound is reached", SOON, () -> harness.log.frames().size() == 32);
        harness.stop(session);
        harness.log.flow();
        harness.outcome(session);
        assertThat(harness.report(session).lastFrame()).isEqualTo(31);
    }

    @Test
    void endsOnceHoweverOftenItIsStopped() throws Exception {
        Session session = harness.start(deployment.command(), fast());
        harness.stop(session);
        harness.stop(session);
        assertThat(harness.outcome(session)).isEqualTo(SessionOutcome.stopped("test"));
        harness.stop(session);
        assertThat(harness.states).containsOnlyOnce(State.STOPPED).last().isEqualTo(State.STOPPED);
    }

    @Test
    void leavesNoThreadAndNoBufferBehindAfterAHundredCycles() throws Exception {
        List<Session> sessions = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            sessions.add(cycle(i));
        }
        int threads = Thread.activeCount();
        for (int i = 0; i < 100; i++) {
            sessions.add(cycle(i));
        }
        assertThat(Thread.activeCount()).isLessThanOrEqualTo(threads);
        for (Session session : sessions) {
            Await.until("buffers are back", SOON, () -> harness.onContext(session::buffersInUse) == 0);
        }
        assertThat(FakeSource.OPEN.get()).isZero();
    }

    /** Stopped before, while and after it starts to deliver. */
    private Session cycle(int number) throws Exception {
        Deployments next = Deployments.of(number % 2 == 0 ? "clip.mp4" : "http://camera/live");
        int before = harness.log.frames().size();
        Session session = harness.start(next.command(), fast());
        if (number % 3 > 0) {
            Await.until("results", SOON, () -> harness.log.frames().size() > before + number % 5);
        }
        harness.stop(session);
        harness.outcome(session);
        return session;
    }

    private void assertStopsInTime(Session session) throws Exception {
        long started = System.nanoTime();
        harness.stop(session);
        assertThat(harness.outcome(session)).isEqualTo(SessionOutcome.stopped("test"));
        assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(LIMIT);
        assertThat(harness.report(session).state()).isEqualTo(State.STOPPED);
        assertThat(FakeSource.OPEN.get()).isZero();
    }

    private static SourceOpener fast() {
        return (spec, cancellation) -> new FakeSource(spec, cancellation, Long.MAX_VALUE / 100, 0);
    }
}
