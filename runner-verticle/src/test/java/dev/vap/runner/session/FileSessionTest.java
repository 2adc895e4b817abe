package dev.vap.runner.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.Deployments;
import dev.vap.runner.decode.MediaException;
import dev.vap.runner.source.SourceOpener;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.protocol.SessionReport.State;
import dev.vap.testing.Await;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class FileSessionTest extends OnHarness {

    private static final int FRAMES = 200;
    private static final Duration SOON = Duration.ofSeconds(10);

    private final Deployments deployment = Deployments.of("clip.mp4");

    @Test
    void publishesEveryFrameOnceAndInOrder() throws Exception {
        List<Long> live = new CopyOnWriteArrayList<>();
        harness.vertx
                .eventBus()
                .<JsonObject>consumer(
                        Addresses.predictions(deployment.command().scenario()),
                        m -> live.add(m.body().getLong("frame_number")))
                .completion()
                .await(5, TimeUnit.SECONDS);
        Session session = harness.start(deployment.command(), frames(FRAMES));
        assertThat(harness.outcome(session)).isEqualTo(SessionOutcome.finished());
        assertThat(harness.log.frames()).isEqualTo(numbers(0, FRAMES));
        Await.until("all live results", SOON, () -> live.size() == FRAMES);
        assertThat(live).isEqualTo(numbers(0, FRAMES));
        assertThat(harness.states).containsExactly(State.RUNNING, State.FINISHED);
        assertFinished(harness.report(session), FRAMES);
        assertThat(harness.counter("vap_frames", "stage", "acknowledged")).isEqualTo(FRAMES);
    }

    private static void assertFinished(SessionReport report, int frames) {
        assertThat(report.state()).isEqualTo(State.FINISHED);
        assertThat(report.lastFrame()).isEqualTo(frames - 1);
        assertThat(report.framesDone()).isEqualTo(frames);
        assertThat(report.framesTotal()).isEqualTo(frames);
        assertThat(report.detector()).isEqualTo("mock");
        assertThat(report.reason()).isEqualTo("end of file");
        assertThat(report.dropped()).isEmpty();
        assertThat(report.source().state()).isEqualTo("ended");
        assertThat(report.source().codec()).isEqualTo("raw");
    }

    @Test
    void tellsWhatItKnowsOfEachFrame() throws Exception {
        harness.outcome(harness.start(deployment.command(), frames(2)));
        ResultMessage result = harness.log.results().get(1);
        assertThat(result.epoch()).isEqualTo(1);
        assertThat(result.timestamp()).isEqualTo(harness.clock.instant());
        assertThat(result.ptsMillis()).isEqualTo(40);
        assertThat(result.width()).isEqualTo(FakeSource.WIDTH);
        assertThat(result.model()).isEqualTo(Deployments.MODEL);
        assertThat(result.detector()).isEqualTo("mock");
        assertThat(result.inferenceMillis()).isEqualTo(0.1);
        assertThat(result.detections()).singleElement().satisfies(d -> assertThat(d.classId())
                .isEqualTo(1));
    }

    @Test
    void keepsTheOrderWhenAnswersComeOutOfOrder() throws Exception {
        harness.inference.script(r -> FakeInference.Answer.after(1 + (r.frameNumber() * 7) % 5));
        assertThat(harness.outcome(harness.start(deployment.command(), frames(FRAMES))))
                .isEqualTo(SessionOutcome.finished());
        assertThat(harness.log.frames()).isEqualTo(numbers(0, FRAMES));
    }

    @Test
    void keepsSeveralFramesInFlightButNotMoreThanAllowed() throws Exception {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        harness.inference.script(r -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            harness.vertx.setTimer(4, t -> now.decrementAndGet());
            return FakeInference.Answer.after(5);
        });
        harness.outcome(harness.start(deployment.command(), frames(50)));
        assertThat(most.get()).isBetween(3, 4);
    }

    @Test
    void losesNothingWhenInferenceIsBusyExpiredOrSilent() throws Exception {
        harness.config = SessionHarness.config(4, 32, Duration.ofMillis(100));
        Map<Long, AtomicInteger> tries = new ConcurrentHashMap<>();
        harness.inference.script(r -> {
            int nth = tries.computeIfAbsent(r.frameNumber(), n -> new AtomicInteger())
                    .incrementAndGet();
            if (nth > 2) {
                return FakeInference.Answer.OK;
            }
            return switch ((int) (r.frameNumber() % 20)) {
                case 3 -> FakeInference.Answer.failed(ErrorCode.INFERENCE_BUSY);
                case 9 -> FakeInference.Answer.failed(ErrorCode.INFERENCE_EXPIRED);
                case 14 -> FakeInference.Answer.SILENCE;
                case 17 -> FakeInference.Answer.failed(ErrorCode.INFERENCE_FAILED);
                default -> FakeInference.Answer.OK;
            };
        });
        assertThat(harness.outcome(harness.start(deployment.command(), frames(60))))
                .isEqualTo(SessionOutcome.finished());
        assertThat(harness.log.frames()).isEqualTo(numbers(0, 60));
        assertThat(harness.counter("vap_frames", "stage", "sent_again")).isGreaterThanOrEqualTo(24);
    }

    @Test
    void waitsForInferenceThatGoesAwayAndSaysSo() throws Exception {
        CountDownLatch some = new CountDownLatch(20);
        harness.inference.script(r -> {
            some.countDown();
            return FakeInference.Answer.OK;
        });
        Session session = harness.start(deployment.command(), slowly(FRAMES, 1));
        assertThat(some.await(10, TimeUnit.SECONDS)).isTrue();
        harness.inference.down();
        Await.until("the breaker opens", SOON, () -> {
            String reason = harness.report(session).reason();
            return reason != null && reason.contains("circuit breaker open");
        });
        assertThat(harness.report(session).state()).isEqualTo(State.RUNNING);
        harness.inference.up();
        assertThat(harness.outcome(session)).isEqualTo(SessionOutcome.finished());
        assertThat(harness.log.frames()).isEqualTo(numbers(0, FRAMES));
    }

    @Test
    void givesUpOnAFrameThatAlwaysFails() throws Exception {
        harness.inference.script(r -> r.frameNumber() == 5
                ? FakeInference.Answer.failed(ErrorCode.INFERENCE_FAILED)
                : FakeInference.Answer.OK);
        SessionOutcome outcome = harness.outcome(harness.start(deployment.command(), frames(FRAMES)));
        assertThat(outcome).isEqualTo(SessionOutcome.failed("The fake says INFERENCE_FAILED.", true));
        assertThat(harness.log.frames()).isEqualTo(numbers(0, 5));
    }

    @Test
    void waitsForKafkaWithABoundedNumberOfResults() throws Exception {
        harness.log.hold();
        Session session = harness.start(deployment.command(), frames(FRAMES));
        Await.until("the bound is reached", SOON, () -> harness.log.frames().size() == 32);
        assertThat(harness.report(session).lastFrame()).isEqualTo(-1);
        assertThat(harness.inference.asked()).hasSize(32);
        Await.until("it says what it waits for", SOON, () -> "waiting for Kafka to acknowledge 32 results"
                .equals(harness.report(session).reason()));
        harness.log.flow();
        assertThat(harness.outcome(session)).isEqualTo(SessionOutcome.finished());
        assertThat(harness.log.frames()).isEqualTo(numbers(0, FRAMES));
    }

    @Test
    void waitsUntilTheLogHasRoom() throws Exception {
        harness.log.setRoom(false);
        Session session = harness.start(deployment.command(), frames(20));
        Await.until(
                "it is open",
                SOON,
                () -> harness.report(session).source().state().equals("streaming"));
        assertThat(harness.log.frames()).isEmpty();
        harness.log.setRoom(true);
        assertThat(harness.outcome(session)).isEqualTo(SessionOutcome.finished());
        assertThat(harness.log.frames()).isEqualTo(numbers(0, 20));
    }

    @Test
    void isNotFinishedBeforeTheLastResultIsAcknowledged() throws Exception {
        harness.log.hold();
        Session session = harness.start(deployment.command(), frames(10));
        Await.until("all are sent", SOON, () -> harness.log.frames().size() == 10);
        assertThat(harness.report(session).state()).isEqualTo(State.RUNNING);
        harness.log.flow();
        assertThat(harness.outcome(session)).isEqualTo(SessionOutcome.finished());
        assertThat(harness.report(session).lastFrame()).isEqualTo(9);
    }

    @Test
    void failsWithTheSentenceOfTheSource() throws Exception {
        Session session = harness.start(deployment.command(), (spec, cancellation) -> {
            throw new MediaException(SourceFault.NOT_FOUND, "The file clip.mp4 does not exist.");
        });
        assertThat(harness.outcome(session))
                .isEqualTo(SessionOutcome.failed("The file clip.mp4 does not exist.", false));
        assertThat(harness.states).containsExactly(State.FAILED);
    }

    @Test
    void failsForAnUnknownModelAtOnce() throws Exception {
        harness.inference.refuseModel(new VapException(ErrorCode.MODEL_UNKNOWN, "There is no model \"fake\"."));
        Session session = harness.start(deployment.command(), frames(FRAMES));
        assertThat(harness.outcome(session)).isEqualTo(SessionOutcome.failed("There is no model \"fake\".", false));
    }

    @Test
    void waitsForInferenceAtTheStartButNotForEver() throws Exception {
        harness.inference.down();
        Session session = harness.start(deployment.command(), frames(FRAMES));
        Await.until("it says so", SOON, () -> {
            String reason = harness.report(session).reason();
            return reason != null && reason.startsWith("waiting for inference: ");
        });
        SessionOutcome outcome = harness.outcome(session);
        assertThat(outcome.state()).isEqualTo(State.FAILED);
        assertThat(outcome.retryable()).isTrue();
        assertThat(outcome.reason()).isEqualTo("No inference service is running; start one and try again.");
    }

    @Test
    void startsAtItsStartFrameAndSamples() throws Exception {
        ScenarioOptions five = ScenarioOptions.DEFAULTS.withFps(5.0);
        Deployments later = deployment.withOptions(five).withStartFrame(11);
        harness.outcome(harness.start(later.command(), frames(31)));
        // 25 frames a second, so every fifth; frame 10 was the last one taken before.
        assertThat(harness.log.frames()).containsExactly(15L, 20L, 25L, 30L);
    }

    @Test
    void playsInRealTimeIfAskedTo() throws Exception {
        ScenarioOptions realtime = ScenarioOptions.builder().realtime(true).build();
        long started = System.nanoTime();
        harness.outcome(harness.start(deployment.withOptions(realtime).command(), frames(26)));
        // The last frame is due 25 x 40 ms after the first.
        assertThat(System.nanoTime() - started).isGreaterThanOrEqualTo(1_000_000_000L);
        assertThat(harness.log.frames()).isEqualTo(numbers(0, 26));
    }

    @Test
    void endsWithItsCauseWhenSomethingUnexpectedHappens() throws Exception {
        Session session = harness.start(deployment.command(), (spec, cancellation) -> {
            throw new IllegalStateException("a bug");
        });
        SessionOutcome outcome = harness.outcome(session);
        assertThat(outcome.state()).isEqualTo(State.FAILED);
        assertThat(outcome.reason()).doesNotContain("a bug");
    }

    private static SourceOpener frames(long count) {
        return (spec, cancellation) -> new FakeSource(spec, cancellation, count, 0);
    }

    private static SourceOpener slowly(long count, long millis) {
        return (spec, cancellation) -> new FakeSource(spec, cancellation, count, millis * 1_000_000);
    }

    private static List<Long> numbers(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }
}
