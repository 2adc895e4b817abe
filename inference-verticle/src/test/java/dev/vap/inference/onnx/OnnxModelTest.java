package dev.vap.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.vap.inference.fixture.Outputs;
import dev.vap.inference.fixture.Requests;
import dev.vap.inference.fixture.TinyOnnx;
import dev.vap.inference.model.Detector;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.InputSpec;
import dev.vap.testing.SharedData;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxModelTest {

    @TempDir
    Path directory;

    @Test
    void findsWhatTheNetworkAnswers() {
        Outputs outputs = Outputs.yolox32(2).cell(6, 0.5f, 0.5f, 0, 0, 0.9f, 0.1f, 0.8f);
        Path file = TinyOnnx.model()
                .names("{0: 'cat', 1: 'dog'}")
                .write(directory.resolve("tiny.onnx"), outputs.values(), outputs.dims());

        try (OnnxModel model = OnnxModel.load("tiny", file);
                Detector detector = model.newDetector()) {
            assertThat(model.info().input())
                    .isEqualTo(new InputSpec(32, 32, InputSpec.Fit.LETTERBOX, InputSpec.Pixels.BGR));
            assertThat(model.info().labels()).containsExactly("cat", "dog");
            for (int i = 0; i < 3; i++) {
                List<Detection> found = detector.detect(
                        Requests.picture(32, 32, 3).source(64, 48, 0.5).build());

                assertThat(found).hasSize(1);
                assertThat(found.get(0).label()).isEqualTo("dog");
                assertThat(found.get(0).confidence()).isCloseTo(0.72f, within(1e-6f));
                // Cell 6 is column 2, row 1 of stride 8: centre (20, 12), side 8, in a source twice as large.
                assertThat(found.get(0).box().xMin()).isEqualTo(32);
                assertThat(found.get(0).box().yMin()).isEqualTo(16);
                assertThat(found.get(0).box().xMax()).isEqualTo(48);
                assertThat(found.get(0).box().yMax()).isEqualTo(32);
            }
        }
    }

    @Test
    void severalDetectorsShareOneModel() throws Exception {
        Outputs outputs = Outputs.yolox32(1).cell(0, 0.5f, 0.5f, 0, 0, 1, 1);
        Path file = TinyOnnx.model().write(directory.resolve("tiny.onnx"), outputs.values(), outputs.dims());

        try (OnnxModel model = OnnxModel.load("tiny", file)) {
            List<CompletableFuture<Integer>> all = Arrays.asList(run(model), run(model), run(model));
            for (CompletableFuture<Integer> found : all) {
                assertThat(found.get(20, TimeUnit.SECONDS)).isEqualTo(500);
            }
        }
    }

    private static CompletableFuture<Integer> run(OnnxModel model) {
        return CompletableFuture.supplyAsync(() -> {
            int found = 0;
            try (Detector detector = model.newDetector()) {
                for (int i = 0; i < 500; i++) {
                    found +=
                            detector.detect(Requests.picture(32, 32, 3).build()).size();
                }
            }
            return found;
        });
    }

    @Test
    void acceptsABatchOfAnySize() {
        Outputs outputs = Outputs.yolox32(1);
        Path file = TinyOnnx.model()
                .input(-1, 3, 32, 32)
                .write(directory.resolve("batch.onnx"), outputs.values(), outputs.dims());

        try (OnnxModel model = OnnxModel.load("batch", file)) {
            assertThat(model.info().labels()).containsExactly("class_0");
        }
    }

    @Test
    void tellsOfValuesThatAreNoNumbers() {
        Outputs outputs = Outputs.yolox32(1).cell(0, 0, 0, 0, 0, Float.NaN, 1);
        Path file = TinyOnnx.model().write(directory.resolve("nan.onnx"), outputs.values(), outputs.dims());

        try (OnnxModel model = OnnxModel.load("nan", file);
                Detector detector = model.newDetector()) {
            assertFails(
                    () -> detector.detect(Requests.picture(32, 32, 3).build()),
                    ErrorCode.INFERENCE_FAILED,
                    "The model answered with values that are no numbers (NaN or infinite): its file may be damaged.");
        }
    }

    @Test
    void tellsOfAModelThatKnowsNoNumbersAtAll() {
        float[] values = new float[21 * 6];
        Arrays.fill(values, Float.NaN);
        Path file = TinyOnnx.model().write(directory.resolve("nan.onnx"), values, 1, 21, 6);

        try (OnnxModel model = OnnxModel.load("nan", file);
                Detector detector = model.newDetector()) {
            assertThatThrownBy(() -> detector.detect(Requests.picture(32, 32, 3).build()))
                    .isInstanceOfSatisfying(
                            VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INFERENCE_FAILED));
        }
    }

    @Test
    void saysWhichOutputsItCantRead() {
        Path file = TinyOnnx.model().write(directory.resolve("odd.onnx"), new float[10], 1, 10);

        assertFails(
                () -> OnnxModel.load("odd", file),
                ErrorCode.MODEL_UNSUPPORTED,
                "The model's outputs are not known: it has output float[1,10] for an input of 32x32. Add \"head: ...\" to its"
                        + " entry in models.yaml if it is one of yolox, yolox-decoded, yolov5, yolov8, yolov10, rtdetr, detr,"
                        + " ssd, classifier.");
    }

    @Test
    void saysWhichInputsItCantFill() {
        float[] values = new float[10];
        String supported = ": supported is one picture of three channels, float[1,3,height,width] or"
                + " uint8[1,height,width,3].";
        assertFails(
                () -> OnnxModel.load("x", TinyOnnx.model().inputs(2).write(file("two"), values, 1, 10)),
                ErrorCode.MODEL_UNSUPPORTED,
                "The model has 2 inputs [images float[1,3,32,32], images1 float[1,3,32,32]]" + supported);
        assertFails(
                () -> OnnxModel.load("x", TinyOnnx.model().input(1, 3, -1, -1).write(file("any"), values, 1, 10)),
                ErrorCode.MODEL_UNSUPPORTED,
                "The model's input is images float[1,3,?,?], which leaves its size open: add \"input.size:"
                        + " WIDTHxHEIGHT\" to its entry in models.yaml.");
        assertFails(
                () -> OnnxModel.load(
                        "x", TinyOnnx.model().inputType(TinyOnnx.Type.INT64).write(file("int"), values, 1, 10)),
                ErrorCode.MODEL_UNSUPPORTED,
                "The model's input is images int64[1,3,32,32]" + supported);
        assertFails(
                () -> OnnxModel.load("x", TinyOnnx.model().input(1, 1, 32, 32).write(file("grey"), values, 1, 10)),
                ErrorCode.MODEL_UNSUPPORTED,
                "The model's input is images float[1,1,32,32]" + supported);
        assertFails(
                () -> OnnxModel.load("x", TinyOnnx.model().input(-1, -1, -1, -1).write(file("open"), values, 1, 10)),
                ErrorCode.MODEL_UNSUPPORTED,
                "The model's input is images float[?,?,?,?], which leaves open where its channels are: add \"input.layout:"
                        + " nchw\" or \"input.layout: nhwc\" to its entry in models.yaml.");
    }

    @Test
    void refusesInputsAndOutputsThatWouldExhaustTheMemory() {
        float[] values = new float[10];
        assertFails(
                () -> OnnxModel.load(
                        "x", TinyOnnx.model().input(1, 3, 8192, 8192).write(file("large"), values, 1, 10)),
                ErrorCode.MODEL_UNSUPPORTED,
                "The model's input is images float[1,3,8192,8192], for pictures of 8192x8192 768 MiB a run: at most 512 MiB"
                        + " are supported; export it for smaller pictures or fewer at once.");
        assertFails(
                () -> OnnxModel.load("x", TinyOnnx.model().input(1, 3, 32, 9000).write(file("wide"), values, 1, 10)),
                ErrorCode.MODEL_UNSUPPORTED,
                "The model's input is images float[1,3,32,9000] with a width of 9000: supported are 1 to 8192 pixels a"
                        + " side.");
        assertFails(
                () -> OnnxModel.load(
                        "x", TinyOnnx.model().input(4000, 3, 640, 640).write(file("many"), values, 1, 10)),
                ErrorCode.MODEL_UNSUPPORTED,
                "The model's input is images float[4000,3,640,640], for pictures of 640x640 18750 MiB a run: at most 512 MiB"
                        + " are supported; export it for smaller pictures or fewer at once.");
        assertThatThrownBy(() -> OnnxModel.load(
                        "x", TinyOnnx.model().expanded(20_000, 20_000).write(file("out"))))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_UNSUPPORTED))
                .hasMessageContaining("outputs are too large: [output float[20000,20000]]");
    }

    @Test
    void saysThatTheFileIsTooNew() {
        assertThatThrownBy(() -> OnnxModel.load("x", TinyOnnx.model().opset(99).write(file("new"), new float[1], 1, 1)))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_UNSUPPORTED))
                .hasMessageMatching(
                        "new.onnx is made for opset 99 of ai.onnx, which is too new: export it again with opset"
                                + " \\d+ or lower\\.");
        assertThatThrownBy(() -> OnnxModel.load("x", TinyOnnx.model().format(99).write(file("ir"), new float[1], 1, 1)))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_UNSUPPORTED))
                .hasMessageMatching(
                        "ir.onnx is of version 99 of the ONNX format, which is too new: export it again with"
                                + " version \\d+ or lower\\.");
    }

    @Test
    void saysThatAFileIsNoModel() throws IOException {
        Path empty = Files.createFile(file("empty"));
        Path text = Files.writeString(file("text"), "this is not a model\n".repeat(100));
        byte[] noise = new byte[10_000];
        new Random(1).nextBytes(noise);
        Path random = Files.write(file("noise"), noise);
        Path html = Files.writeString(file("html"), "<!DOCTYPE html><html><body>login</body></html>");

        assertFails(
                () -> OnnxModel.load("x", empty),
                ErrorCode.MODEL_NOT_ONNX,
                "empty.onnx is not a usable ONNX model: it is empty. Fetch or export it again.");
        for (Path file : List.of(text, random, html)) {
            assertFails(
                    () -> OnnxModel.load("x", file),
                    ErrorCode.MODEL_NOT_ONNX,
                    file.getFileName()
                            + " is not a usable ONNX model: it is another kind of file, or only a part of one."
                            + " Fetch or export it again.");
        }
    }

    @Test
    void saysThatAFileIsCut() throws IOException {
        Outputs outputs = Outputs.yolox32(80);
        byte[] whole = Files.readAllBytes(TinyOnnx.model().write(file("whole"), outputs.values(), outputs.dims()));

        for (int length : new int[] {1, 100, whole.length / 2, whole.length - 1}) {
            Path cut = Files.write(file("cut" + length), Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> OnnxModel.load("x", cut))
                    .as("%d of %d bytes", length, whole.length)
                    .isInstanceOfSatisfying(
                            VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_NOT_ONNX));
        }
    }

    @Test
    void saysThatTheRealModelIsCut() throws IOException {
        byte[] whole = Files.readAllBytes(SharedData.assumeModel("yolox_nano.onnx"));
        Path cut = Files.write(file("cut"), Arrays.copyOf(whole, whole.length / 2));

        assertThatThrownBy(() -> OnnxModel.load("x", cut))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_NOT_ONNX));
    }

    @Test
    void namesTheOperatorThatIsMissing() {
        Path file = TinyOnnx.model().operator("Frobnicate").write(file("future"), new float[10], 1, 10);

        assertThatThrownBy(() -> OnnxModel.load("x", file))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_UNSUPPORTED))
                .hasMessageStartingWith("ONNX Runtime can't run future.onnx: ")
                .hasMessageContaining("Frobnicate")
                .hasMessageNotContaining(directory.toString());
    }

    /** 1.29.0 does, from its start on, whatever the program says. */
    @Test
    void theLibrarySendsNoTelemetry() throws IOException {
        String library =
                "/ai/onnxruntime/native/" + OnnxRuntime.platform() + "/" + System.mapLibraryName("onnxruntime");
        try (InputStream in = OnnxRuntime.class.getResourceAsStream(library)) {
            String content = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
            assertThat(content.contains("events.data.microsoft.com")).isFalse();
        }
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
