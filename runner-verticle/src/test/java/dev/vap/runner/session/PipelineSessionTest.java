package dev.vap.runner.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.Deployments;
import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.Detection.Attribute;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.FrameEncoding;
import dev.vap.shared.domain.PipelineStage;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.BusErrors;
import dev.vap.shared.protocol.InferenceAnnouncement;
import dev.vap.shared.protocol.InferenceAnnouncement.Load;
import dev.vap.shared.protocol.InferenceReply;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.InferenceRequest.Encoding;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.shared.protocol.SessionReport.State;
import dev.vap.testing.Await;
import io.vertx.core.eventbus.Message;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A detector that finds one thing at (1, 2)-(3, 4) in every frame, and a second model that looks at it. */
class PipelineSessionTest extends OnHarness {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final String SECOND = "colours";
    private static final int FRAMES = 30;

    private final List<InferenceRequest> crops = new CopyOnWriteArrayList<>();
    private volatile ErrorCode failure;
    private final AtomicInteger refusals = new AtomicInteger();

    @BeforeEach
    void listen() throws Exception {
        harness.vertx
                .eventBus()
                .consumer(Addresses.inference(SECOND), this::onCrop)
                .completion()
                .await(5, TimeUnit.SECONDS);
    }

    @Test
    void attachesWhatAClassifierSaysToTheDetection() throws Exception {
        harness.inference.classifier(SECOND);
        Session session = analyseFile(PipelineStage.of(SECOND, List.of("thing")));

        assertThat(harness.log.results()).hasSize(FRAMES).allSatisfy(result -> assertThat(result.detections())
                .singleElement()
                .satisfies(found -> {
                    assertThat(found.label()).isEqualTo("thing");
                    assertThat(found.attributes()).containsExactly(new Attribute(SECOND, "red", 0.75f));
                }));
        assertThat(crops).hasSize(FRAMES);
        // The box with a tenth of itself on each side, in whole pixels.
        assertThat(crops.get(0).sourceWidth()).isEqualTo(4);
        assertThat(crops.get(0).sourceHeight()).isEqualTo(4);
        assertThat(crops.get(0).width()).isEqualTo(FakeInference.INPUT.width());
        assertThat(crops.get(0).stream()).endsWith("/1/1");
        Await.until("all buffers are back", SOON, () -> session.buffersInUse() == 0);
        assertThat(harness.counter("vap_crops", "outcome", "analysed")).isEqualTo(FRAMES);
    }

    @Test
    void addsWhatADetectorFindsInsideAsDetectionsWithAParent() throws Exception {
        analyseFile(PipelineStage.of(SECOND, List.of()));
        assertThat(harness.log.results()).hasSize(FRAMES).allSatisfy(result -> {
            assertThat(result.detections()).hasSize(2);
            Detection inside = result.detections().get(1);
            assertThat(inside.parent()).isZero();
            assertThat(inside.label()).isEqualTo("red");
            // The crop begins at (0, 1).
            assertThat(inside.box()).isEqualTo(new BoundingBox(1, 2, 2, 3));
        });
    }

    @Test
    void sendsCropsToAnotherHostAsJpegIfTheScenarioAsksForIt() throws Exception {
        harness.inference.classifier(SECOND);
        harness.router();
        InferenceAnnouncement announcement = new InferenceAnnouncement(
                "node-1", "host-2", "elsewhere", false, 2, List.of(new Load(SECOND, 0, 16, true)));
        harness.vertx
                .eventBus()
                .consumer(Addresses.inferenceAt("node-1", SECOND), this::onCrop)
                .completion()
                .await(5, TimeUnit.SECONDS);
        harness.vertx.eventBus().publish(Addresses.INFERENCE_NODES, announcement.toJson());
        ScenarioOptions options = ScenarioOptions.builder()
                .pipeline(List.of(PipelineStage.of(SECOND, List.of())))
                .frameEncoding(FrameEncoding.JPEG)
                .build();

        Session session = start(options, "clip.mp4", FRAMES);

        assertThat(harness.outcome(session)).isEqualTo(SessionOutcome.finished());
        assertThat(crops).hasSize(FRAMES).extracting(InferenceRequest::encoding).containsOnly(Encoding.JPEG);
        assertThat(crops.get(0).width()).isEqualTo(FakeInference.INPUT.width());
        Await.until("all buffers are back", SOON, () -> session.buffersInUse() == 0);
    }

    @Test
    void leavesOtherClassesAlone() throws Exception {
        analyseFile(PipelineStage.of(SECOND, List.of("car")));
        assertThat(crops).isEmpty();
        assertThat(harness.log.results()).hasSize(FRAMES).allSatisfy(result -> assertThat(result.detections())
                .hasSize(1));
    }

    @Test
    void sendsACropOfAFileAgainUntilItIsAnalysed() throws Exception {
        harness.inference.classifier(SECOND);
        failure = ErrorCode.INFERENCE_BUSY;
        refusals.set(5);
        analyseFile(PipelineStage.of(SECOND, List.of()));
        assertThat(harness.log.frames()).hasSize(FRAMES).isSorted();
        assertThat(harness.log.results())
                .allSatisfy(result ->
                        assertThat(result.detections().get(0).attributes()).hasSize(1));
        assertThat(crops).hasSize(FRAMES + 5);
    }

    @Test
    void failsAFileWhoseCropsCannotBeAnalysed() throws Exception {
        failure = ErrorCode.INFERENCE_FAILED;
        refusals.set(Integer.MAX_VALUE);
        Session session = start(PipelineStage.of(SECOND, List.of()), "clip.mp4", FRAMES);
        assertThat(harness.outcome(session).state()).isEqualTo(State.FAILED);
        Await.until("all buffers are back", SOON, () -> session.buffersInUse() == 0);
    }

    @Test
    void publishesDetectionsOfALiveSourceWithoutAttributesWhenTheSecondModelIsBusy() throws Exception {
        failure = ErrorCode.INFERENCE_BUSY;
        refusals.set(Integer.MAX_VALUE);
        Session session = start(PipelineStage.of(SECOND, List.of()), "rtsp://camera/1", Integer.MAX_VALUE);
        Await.until("results", SOON, () -> harness.log.results().size() > 10);
        assertThat(harness.report(session).dropped()).containsKey("crop_inference_busy");
        harness.stop(session);
        harness.outcome(session);
        assertThat(harness.log.results()).extracting(ResultMessage::detections).allSatisfy(found -> assertThat(found)
                .hasSize(1));
        Await.until("all buffers are back", SOON, () -> session.buffersInUse() == 0);
    }

    @Test
    void givesEverythingBackWhenItIsStoppedWhileCropsWait() throws Exception {
        failure = ErrorCode.INFERENCE_BUSY;
        refusals.set(Integer.MAX_VALUE);
        Session session = start(PipelineStage.of(SECOND, List.of()), "clip.mp4", FRAMES);
        Await.until("crops are refused", SOON, () -> crops.size() > 3);
        harness.stop(session);
        assertThat(harness.outcome(session).state()).isEqualTo(State.STOPPED);
        Await.until("all buffers are back", SOON, () -> session.buffersInUse() == 0);
    }

    private Session analyseFile(PipelineStage stage) throws Exception {
        Session session = start(stage, "clip.mp4", FRAMES);
        assertThat(harness.outcome(session)).isEqualTo(SessionOutcome.finished());
        return session;
    }

    private Session start(PipelineStage stage, String url, long frames) throws Exception {
        return start(ScenarioOptions.builder().pipeline(List.of(stage)).build(), url, frames);
    }

    private Session start(ScenarioOptions options, String url, long frames) throws Exception {
        return harness.start(
                Deployments.of(url).withOptions(options).command(),
                (spec, c) -> new FakeSource(spec, c, frames, spec.live() ? 1_000_000 : 0));
    }

    private void onCrop(Message<InferenceRequest> message) {
        crops.add(message.body());
        if (failure != null && refusals.getAndDecrement() > 0) {
            BusErrors.fail(message, new VapException(failure, "The second model says " + failure + "."));
        } else {
            Detection red = new Detection("red", 3, 0.75f, new BoundingBox(1, 1, 2, 2));
            message.reply(new InferenceReply(List.of(red), "mock", 0, 100));
        }
    }
}
