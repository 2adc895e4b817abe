package dev.vap.runner.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.Deployments;
import dev.vap.runner.decode.MediaException;
import dev.vap.runner.source.SourceOpener;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.protocol.SessionReport.State;
import dev.vap.testing.Await;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LiveSessionTest extends OnHarness {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final long FOREVER = Long.MAX_VALUE / 100;

    private final Deployments deployment = Deployments.of("http://camera/stream");

    @Test
    void analysesTheNewestFramesTwoAtATimeAndCountsTheRest() throws Exception {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        harness.inference.script(r -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            harness.vertx.setTimer(19, t -> now.decrementAndGet());
            return FakeInference.Answer.after(20);
        });
        Session session = harness.start(deployment.command(), camera(1));
        Await.until("results", SOON, () -> harness.log.frames().size() >= 20);
        SessionReport report = harness.report(session);
        harness.stop(session);
        harness.outcome(session);
        assertThat(most.get()).isEqualTo(2);
        assertThat(report.dropped()).containsOnlyKeys("superseded");
        assertThat(report.dropped().get("superseded")).isGreaterThan(20);
        assertThat(report.source().frameAgeMillis()).isBetween(0L, 1_000L);
        assertThat(report.framesTotal()).isEqualTo(-1);
        assertThat(harness.log.frames()).isSorted().doesNotHaveDuplicates();
        assertThat(harness.counter("vap_frames_dropped", "cause", "superseded")).isPositive();
    }

    @Test
    void countsWhatInferenceDoesNotTakeByCauseAndGoesOn() throws Exception {
        harness.inference.script(r -> r.frameNumber() < 10
                ? FakeInference.Answer.failed(ErrorCode.INFERENCE_BUSY)
                : r.frameNumber() < 20
                        ? FakeInference.Answer.failed(ErrorCode.INFERENCE_FAILED)
                        : FakeInference.Answer.OK);
        Session session = harness.start(deployment.command(), camera(5));
        Await.until("results", SOON, () -> harness.log.frames().size() >= 5);
        SessionReport report = harness.report(session);
        assertThat(report.dropped().get("inference_busy")).isEqualTo(10);
        assertThat(report.dropped().get("inference_failed")).isBetween(5L, 10L);
        assertThat(report.dropped()).containsKey("breaker_open");
        assertThat(report.reason()).isNull();
        harness.stop(session);
        harness.outcome(session);
    }

    @Test
    void goesOnWithoutInferenceAndRecovers() throws Exception {
        Session session = harness.start(deployment.command(), camera(5));
        Await.until("results", SOON, () -> harness.log.frames().size() >= 5);
        harness.inference.down();
        Await.until(
                "frames are counted as skipped",
                SOON,
                () -> harness.report(session).dropped().getOrDefault("breaker_open", 0L) > 3);
        assertThat(harness.report(session).source().state()).isEqualTo("streaming");
        int before = harness.log.frames().size();
        harness.inference.up();
        Await.until("results again", SOON, () -> harness.log.frames().size() > before + 5);
        harness.stop(session);
        harness.outcome(session);
    }

    @Test
    void losesResultsWhenKafkaStaysAwayButNotTheLivePicture() throws Exception {
        harness.log.hold();
        Session session = harness.start(deployment.command(), camera(1));
        Await.until(
                "the bound is passed",
                SOON,
                () -> harness.report(session).dropped().getOrDefault("kafka_behind", 0L) > 10);
        assertThat(harness.log.frames()).hasSize(32);
        assertThat(harness.report(session).framesDone()).isGreaterThan(42);
        harness.log.flow();
        Await.until("results again", SOON, () -> harness.log.frames().size() > 40);
        harness.stop(session);
        harness.outcome(session);
        assertThat(harness.log.frames()).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void connectsAgainWhenTheStreamEndsAndGoesOnCounting() throws Exception {
        AtomicInteger opened = new AtomicInteger();
        Session session = harness.start(deployment.command(), (spec, c) -> {
            opened.incrementAndGet();
            return new FakeSource(spec, c, spec.startFrame() + 5, 1_000_000);
        });
        Await.until("three streams", SOON, () -> opened.get() > 3);
        Await.until("their results", SOON, () -> harness.log.frames().size() >= 15);
        harness.stop(session);
        assertThat(harness.outcome(session).state()).isEqualTo(State.STOPPED);
        assertThat(harness.log.frames().subList(0, 15))
                .isEqualTo(LongStream.range(0, 15).boxed().toList());
    }

    @Test
    void saysWhyItBacksOffAndStopsAtOnceThen() throws Exception {
        Session session = harness.start(deployment.command(), (spec, c) -> {
            throw new MediaException(SourceFault.REFUSED, "Nobody listens.");
        });
        Await.until("it has tried", SOON, () -> harness.report(session).source().attempts() > 2);
        SessionReport report = harness.report(session);
        assertThat(report.state()).isEqualTo(State.STARTING);
        assertThat(report.source().state()).isIn("backing_off", "connecting");
        assertThat(report.source().fault()).isEqualTo(SourceFault.REFUSED);
        assertThat(report.source().reason()).isEqualTo("Nobody listens.");
        harness.stop(session);
        assertThat(harness.outcome(session).state()).isEqualTo(State.STOPPED);
    }

    @Test
    void givesUpWhatCannotBecomeWell() throws Exception {
        Session session = harness.start(deployment.command(), (spec, c) -> {
            throw new MediaException(SourceFault.NO_VIDEO_STREAM, "Only audio.");
        });
        assertThat(harness.outcome(session))
                .isEqualTo(SessionOutcome.failed("gave up after 3 attempts: Only audio.", false));
    }

    @Test
    void goesOnCountingWhereItsPredecessorStopped() throws Exception {
        Session session = harness.start(deployment.withStartFrame(1_000).command(), camera(1));
        Await.until("results", SOON, () -> !harness.log.frames().isEmpty());
        harness.stop(session);
        harness.outcome(session);
        assertThat(harness.log.frames().get(0)).isEqualTo(1_000);
        assertThat(harness.states.stream().distinct())
                .containsExactly(State.STARTING, State.RUNNING, State.STOPPING, State.STOPPED);
    }

    private static SourceOpener camera(long millisPerFrame) {
        return (spec, c) -> new FakeSource(spec, c, FOREVER, millisPerFrame * 1_000_000);
    }
}
