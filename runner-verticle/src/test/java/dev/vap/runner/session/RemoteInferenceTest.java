package dev.vap.runner.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.Deployments;
import dev.vap.shared.domain.FrameEncoding;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.InferenceAnnouncement;
import dev.vap.shared.protocol.InferenceAnnouncement.Load;
import dev.vap.shared.protocol.InferenceReply;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.InferenceRequest.Encoding;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.protocol.SessionReport.InferenceReport;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.imgcodecs.Imgcodecs;

/** A session beside an inference process that announces itself. */
class RemoteInferenceTest extends OnHarness {

    private static final ScenarioOptions JPEG =
            ScenarioOptions.builder().frameEncoding(FrameEncoding.JPEG).build();

    private final List<InferenceRequest> requests = new CopyOnWriteArrayList<>();
    /** Size that the pixels of a JPEG really have. */
    private final List<String> decoded = new CopyOnWriteArrayList<>();

    @Test
    void sendsJpegToAnotherHostIfAskedFor() throws Exception {
        nodeUp("host-2", "elsewhere");
        Session session = run(JPEG);
        assertThat(requests).hasSize(20).extracting(InferenceRequest::encoding).containsOnly(Encoding.JPEG);
        assertThat(decoded).hasSize(20).containsOnly("64x48x3");
        assertThat(session.buffersInUse()).isZero();
        SessionReport report = harness.report(session);
        assertThat(report.inference())
                .isEqualTo(new InferenceReport(Deployments.MODEL, "closed", null, "node-1", false));
    }

    @Test
    void handsPicturesOverAsTheyAreInItsOwnProcess() throws Exception {
        nodeUp(SessionHarness.HOST, SessionHarness.PROCESS);
        run(JPEG);
        assertThat(requests).hasSize(20).extracting(InferenceRequest::encoding).containsOnly(Encoding.RAW);
    }

    @Test
    void sendsPicturesAsTheyAreUnlessAskedOtherwise() throws Exception {
        nodeUp("host-2", "elsewhere");
        run(ScenarioOptions.DEFAULTS);
        assertThat(requests).hasSize(20).extracting(InferenceRequest::encoding).containsOnly(Encoding.RAW);
    }

    private Session run(ScenarioOptions options) throws Exception {
        Session session = harness.start(
                Deployments.of("clip.mp4").withOptions(options).command(), (spec, c) -> new FakeSource(spec, c, 20, 0));
        assertThat(harness.outcome(session)).isEqualTo(SessionOutcome.finished());
        assertThat(harness.log.frames()).hasSize(20);
        return session;
    }

    private void nodeUp(String host, String process) throws Exception {
        harness.router();
        harness.vertx
                .eventBus()
                .<InferenceRequest>consumer(Addresses.inferenceAt("node-1", Deployments.MODEL), message -> {
                    look(message.body());
                    message.reply(new InferenceReply(List.of(), "mock", 0, 100));
                })
                .completion()
                .await(5, TimeUnit.SECONDS);
        InferenceAnnouncement announcement = new InferenceAnnouncement(
                "node-1", host, process, false, 2, List.of(new Load(Deployments.MODEL, 0, 16, true)));
        harness.vertx.eventBus().publish(Addresses.INFERENCE_NODES, announcement.toJson());
    }

    private void look(InferenceRequest request) {
        requests.add(request);
        if (request.encoding() == Encoding.JPEG) {
            Mat bytes = new Mat(
                    1, request.encodedBytes(), CvType.CV_8UC1, request.pixels().memory());
            Mat picture = Imgcodecs.imdecode(bytes, Imgcodecs.IMREAD_UNCHANGED);
            decoded.add(picture.cols() + "x" + picture.rows() + "x" + picture.channels());
            bytes.release();
            picture.release();
        }
    }
}
