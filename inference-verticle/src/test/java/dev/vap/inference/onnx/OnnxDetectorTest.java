package dev.vap.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.vap.inference.fixture.Outputs;
import dev.vap.inference.fixture.Requests;
import dev.vap.inference.fixture.TinyOnnx;
import dev.vap.inference.fixture.TinyOnnx.Seen;
import dev.vap.inference.head.TensorShape;
import dev.vap.inference.model.Detector;
import dev.vap.inference.model.ModelSpec;
import dev.vap.inference.model.ModelSpec.Colours;
import dev.vap.inference.model.ModelSpec.Layout;
import dev.vap.inference.model.ModelSpec.Range;
import dev.vap.inference.model.Tuning;
import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.InputSpec.Fit;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the catalogue says, batches, and outputs of open size. */
class OnnxDetectorTest {

    private static final Tuning EIGHT = new Tuning(1, 1, 8, Duration.ZERO, "cpu", false);
    private static final float[] BOXES = {0, 0, 8, 8, 8, 8, 16, 16, 4, 4, 12, 20};

    @TempDir
    Path directory;

    /** As torchvision exports its detectors: as many rows as there are objects. */
    @Test
    void readsAsManyObjectsAsThereAre() {
        Path file = TinyOnnx.model()
                .inputType(TinyOnnx.Type.UINT8)
                .input(1, 32, 32, 3)
                .rows("boxes", TinyOnnx.Type.FLOAT, BOXES, new long[] {3, 4}, 0, 0, 0)
                .rows("labels", TinyOnnx.Type.INT64, new float[] {1, 2, 1}, new long[] {3}, 0, 0, 0)
                .rows("scores", TinyOnnx.Type.FLOAT, new float[] {0.9f, 0.8f, 0.7f}, new long[] {3}, 0, 0, 0)
                .write(file("listed"));

        try (OnnxModel model = OnnxModel.load("listed", file, labelled("cat", "dog"), EIGHT);
                Detector detector = model.newDetector()) {
            assertThat(model.info().details().head()).isEqualTo("ssd");
            assertThat(model.maxBatch()).isEqualTo(1);
            for (int count : new int[] {3, 0, 1, 2, 3}) {
                // RGB: the first value is the picture's red.
                List<Detection> found = detector.detect(picture(0, 0, count));

                assertThat(found)
                        .isEqualTo(List.of(
                                        new Detection("cat", 0, 0.9f, new BoundingBox(0, 0, 8, 8)),
                                        new Detection("dog", 1, 0.8f, new BoundingBox(8, 8, 16, 16)),
                                        new Detection("cat", 0, 0.7f, new BoundingBox(4, 4, 12, 20)))
                                .subList(0, count));
            }
        }
    }

    @Test
    void takesNoMorePicturesThanAllAllow() {
        Path open = yolox(-1, Seen.at(10, 0, 0, 0, 0)).write(file("open"));
        Path three = yolox(3, Seen.at(10, 0, 0, 0, 0)).write(file("three"));
        // Says that it takes any number, and answers for one.
        Path one = yolox(-1).write(file("one"));

        assertThat(maxBatch(open, null, 8)).isEqualTo(8);
        assertThat(maxBatch(open, 5, 8)).isEqualTo(5);
        assertThat(maxBatch(open, 5, 2)).isEqualTo(2);
        assertThat(maxBatch(open, null, 1)).isEqualTo(1);
        assertThat(maxBatch(three, null, 8)).isEqualTo(3);
        assertThat(maxBatch(three, 2, 8)).isEqualTo(2);
        assertThat(maxBatch(one, null, 8)).isEqualTo(1);
        assertFails(
                () -> maxBatch(yolox(3).write(file("mixed")), null, 8),
                ErrorCode.MODEL_UNSUPPORTED,
                "The model takes 3 pictures at once, but its output is o float[1,21,6]: export it for one picture.");
    }

    private int maxBatch(Path file, Integer said, int tuned) {
        ModelSpec spec = new ModelSpec(null, null, null, null, null, null, null, null, null, null, said);
        try (OnnxModel model = OnnxModel.load("x", file, spec, new Tuning(1, 1, tuned, Duration.ZERO, "cpu", false));
                Detector detector = model.newDetector()) {
            InferenceRequest request = Requests.picture(32, 32, 3).build();
            assertThat(detector.detect(Collections.nCopies(model.maxBatch(), request)))
                    .hasSize(model.maxBatch());
            assertThat(detector.detect(List.<InferenceRequest>of())).isEmpty();
            assertThatThrownBy(() -> detector.detect(Collections.nCopies(model.maxBatch() + 1, request)))
                    .isInstanceOf(IllegalArgumentException.class);
            return model.maxBatch();
        }
    }

    @Test
    void whatTheCatalogueSaysCounts() {
        // The score of cell 0 is the first value of the picture, as the network sees it.
        Path file = yolox(1, Seen.at(5, 1, 0, 0, 0)).write(file("said"));
        ModelSpec rgb = new ModelSpec(
                32,
                32,
                Layout.NCHW,
                Colours.RGB,
                Range.UNIT,
                Fit.STRETCH,
                "yolox",
                List.of("helmet"),
                0.55,
                null,
                null);

        try (OnnxModel model = OnnxModel.load("said", file, rgb, EIGHT);
                Detector detector = model.newDetector()) {
            assertThat(model.info().input().fit()).isEqualTo(Fit.STRETCH);
            assertThat(detector.detect(picture(0, 0, 153)))
                    .extracting(Detection::label, Detection::confidence)
                    .containsExactly(tuple("helmet", 0.6f));
            assertThat(detector.detect(picture(0, 0, 127))).isEmpty();
            assertThat(detector.detect(picture(255, 0, 0))).isEmpty();
        }
    }

    @Test
    void saysWhatDoesNotFitTogether() {
        Path file = yolox(1).write(file("x"));
        assertFails(
                () -> OnnxModel.load("x", file, sized(64, 32), EIGHT),
                ErrorCode.MODEL_UNSUPPORTED,
                "models.yaml says \"input.size\" with a width of 64, but the model's input is images float[1,3,32,32]: correct or remove that"
                        + " line.");
        assertFails(
                () -> OnnxModel.load("x", file, labelled("a", "b"), EIGHT),
                ErrorCode.MODEL_UNSUPPORTED,
                "The catalogue has 2 labels, but the model has 1 class: give \"labels: [...]\" in models.yaml, one for each"
                        + " class, or check its \"head: ...\".");
        assertFails(
                () -> OnnxModel.load("x", file, input(Layout.NHWC, null, null), EIGHT),
                ErrorCode.MODEL_UNSUPPORTED,
                "models.yaml says \"input.layout: nhwc\", but the model's input is images float[1,3,32,32]: correct or remove"
                        + " that line.");
        assertFails(
                () -> OnnxModel.load("x", file, input(null, null, Fit.FIT), EIGHT),
                ErrorCode.MODEL_UNSUPPORTED,
                "A network takes pictures of one size: use \"input.fit: letterbox\", \"letterbox_center\" or \"stretch\" in"
                        + " models.yaml.");
        Path bytes = yolox(1).inputType(TinyOnnx.Type.UINT8).write(file("bytes"));
        assertFails(
                () -> OnnxModel.load("x", bytes, input(null, Range.UNIT, null), EIGHT),
                ErrorCode.MODEL_UNSUPPORTED,
                "models.yaml says \"input.range: unit\", but the model's input takes bytes: correct or remove that line.");
        Path classifier = TinyOnnx.model().names("['a', 'b']").write(file("classifier"), new float[2], 1, 2);
        assertFails(
                () -> OnnxModel.load("x", classifier),
                ErrorCode.MODEL_UNSUPPORTED,
                "The model does not say what range its input has: add \"input.range: byte\" (0..255), \"unit\" (0..1) or"
                        + " \"imagenet\" to its entry in models.yaml.");
    }

    @Test
    void takesTheSizeThatTheExporterUsed() {
        Path file = TinyOnnx.model()
                .input(1, 3, -1, -1)
                .metadata("imgsz", "[32, 64]")
                .metadata("stride", "32")
                .names("['a', 'b']")
                .write(file("exported"), new float[6 * 42], 1, 6, 42);

        try (OnnxModel model = OnnxModel.load("exported", file)) {
            assertThat(model.info().input().width()).isEqualTo(64);
            assertThat(model.info().input().height()).isEqualTo(32);
            assertThat(model.info().details().head()).isEqualTo("yolov8");
        }
    }

    @Test
    void aModelThatAnswersWithInfinityIsAnError() {
        // Whatever it sees becomes infinite, or NaN where it sees nothing.
        Path file = TinyOnnx.model()
                .output(
                        "o",
                        TinyOnnx.Type.FLOAT,
                        Outputs.yolox32(1).values(),
                        new long[] {1, 21, 6},
                        Seen.at(4, Float.POSITIVE_INFINITY, 0, 0, 0))
                .write(file("infinite"));

        assertThatThrownBy(() -> {
                    try (OnnxModel model = OnnxModel.load("x", file);
                            Detector detector = model.newDetector()) {
                        detector.detect(picture(200, 0, 0));
                    }
                })
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INFERENCE_FAILED));
    }

    @Test
    void aGraphWithoutAnEndIsStopped() throws OrtException {
        Path file = TinyOnnx.model().endless("o").write(file("endless"));
        OnnxFile.check(file);
        PictureInput input = PictureInput.of(
                List.of(new TensorShape("images", "float", List.of(1L, 3L, 32L, 32L))), ModelSpec.UNKNOWN, Map.of());

        try (OrtSession.SessionOptions options = OnnxRuntime.options(EIGHT);
                OrtSession session = OnnxRuntime.environment().createSession(file.toString(), options)) {
            assertFails(
                    () -> Probe.run(session, input, null, 1, Duration.ofMillis(300)),
                    ErrorCode.MODEL_UNSUPPORTED,
                    "The model came to no end within 0 s for one grey picture: use a smaller one, and check where it comes"
                            + " from.");
        }
    }

    /** One box, of cell 0, whose objectness is 1. */
    private static TinyOnnx yolox(long batch, Seen... seen) {
        Outputs outputs = Outputs.yolox32(1).cell(0, 0.5f, 0.5f, 0, 0, 1, 0);
        TinyOnnx network = TinyOnnx.model().input(batch, 3, 32, 32);
        return seen.length == 0
                ? network.output("o", TinyOnnx.Type.FLOAT, outputs.values(), 1, 21, 6)
                : network.output("o", TinyOnnx.Type.FLOAT, outputs.values(), new long[] {1, 21, 6}, seen);
    }

    private static ModelSpec labelled(String... labels) {
        return new ModelSpec(null, null, null, null, null, null, null, List.of(labels), null, null, null);
    }

    private static ModelSpec sized(int width, int height) {
        return new ModelSpec(width, height, null, null, null, null, null, null, null, null, null);
    }

    private static ModelSpec input(Layout layout, Range range, Fit fit) {
        return new ModelSpec(null, null, layout, null, range, fit, null, null, null, null, null);
    }

    /** Black but for its first pixel. */
    private static InferenceRequest picture(int blue, int green, int red) {
        FrameBuffer pixels = FrameBuffer.unpooled(32 * 32 * 3);
        pixels.memory().put(0, (byte) blue).put(1, (byte) green).put(2, (byte) red);
        return Requests.picture(32, 32, 3).pixels(pixels).build();
    }

    private Path file(String name) {
        return directory.resolve(name + ".onnx");
    }

    private static void assertFails(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call, ErrorCode code, String message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessage(message);
    }
}
