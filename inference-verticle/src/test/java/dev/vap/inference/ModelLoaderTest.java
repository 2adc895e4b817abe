package dev.vap.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.inference.fixture.Outputs;
import dev.vap.inference.fixture.TinyOnnx;
import dev.vap.inference.model.Model;
import dev.vap.inference.model.ModelDownload;
import dev.vap.inference.model.Tuning;
import dev.vap.shared.config.Settings;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.ModelInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelLoaderTest {

    @TempDir
    Path directory;

    @Test
    void loadsWhatTheCatalogueDeclares() throws IOException {
        String sha256 = writeTiny("two.onnx");
        Files.writeString(directory.resolve("two.txt"), "cat\n\n dog \n");
        catalogue("two: {sha256: " + sha256 + ", licence: MIT, head: yolox, labels: two.txt, run: {workers: 3}}");

        ModelInfo listed = describe("two", Map.of());
        assertThat(listed.available()).isTrue();
        assertThat(listed.details().licence()).isEqualTo("MIT");
        assertThat(listed.details().head()).isEqualTo("yolox");

        try (Model model = loader(Map.of()).load("two")) {
            assertThat(model.info().labels()).containsExactly("cat", "dog");
            assertThat(model.info().details().licence()).isEqualTo("MIT");
            assertThat(model.info().details().provider()).isEqualTo("cpu");
            assertThat(model.info().details().workers()).isEqualTo(3);
        }
    }

    @Test
    void runsAsManyAtOnceAsTheSettingsHaveCores() throws IOException {
        writeTiny("two.onnx");

        try (Model model = loader(Map.of("INFERENCE_THREADS", "5")).load("two")) {
            assertThat(model.parallelism()).isEqualTo(5);
        }
    }

    @Test
    void aProviderThatIsNotThereFailsThatModelOnly() throws IOException {
        writeTiny("two.onnx");
        writeTiny("three.onnx");
        catalogue("two: {run: {provider: openvino}}");
        ModelLoader loader = loader(Map.of());

        assertFails(loader, "two", ErrorCode.MODEL_UNSUPPORTED, "The model \"two\" is to run on openvino, but");
        loader.load("three").close();
    }

    @Test
    void saysWhichFileIsAnother() throws IOException {
        writeTiny("two.onnx");
        catalogue("two: {sha256: " + "ab".repeat(32) + "}");

        assertFails(loader(Map.of()), "two", ErrorCode.MODEL_CORRUPT, "two.onnx is not the model two: SHA-256 ");
        assertFails(
                loader(Map.of()),
                "two",
                ErrorCode.MODEL_CORRUPT,
                "Correct \"sha256\" in models.yaml:2, or put the right file into MODEL_DIR.");
    }

    @Test
    void saysWhatIsWrongWithTheLabelsFile() throws IOException {
        writeTiny("two.onnx");
        catalogue("two: {head: yolox, labels: two.txt}");
        Path labels = Files.writeString(directory.resolve("two.txt"), "\n \n");
        assertFails(
                loader(Map.of()),
                "two",
                ErrorCode.MODEL_UNSUPPORTED,
                "The labels file two.txt is empty: give one label a line.");

        Files.write(labels, new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        assertFails(
                loader(Map.of()), "two", ErrorCode.MODEL_UNSUPPORTED, "The labels file two.txt is no text in UTF-8");

        Files.writeString(labels, "one\ntwo\nthree\n");
        assertFails(loader(Map.of()), "two", ErrorCode.MODEL_UNSUPPORTED, "3 labels");
    }

    @Test
    void describesWhatIsWrongWithoutLoading() throws IOException {
        catalogue("bad: {head: yolo}\n  gone: {licence: MIT}");
        writeTiny("bad.onnx");

        assertThat(describe("bad", Map.of()).available()).isFalse();
        assertThat(describe("bad", Map.of()).problem())
                .startsWith(
                        "What the catalogue says of model \"bad\" is wrong: models.yaml:2: models.bad.head: must be one of")
                .endsWith("Correct the file.");
        assertThat(describe("gone", Map.of()).problem())
                .isEqualTo("The file of model \"gone\" is not there yet: put gone.onnx into MODEL_DIR.");
    }

    @Test
    void hasNothingToChooseForDetectorsWithoutANetwork() {
        assertThatThrownBy(() -> loader(Map.of()).load("motion", Tuning.cpu(1)))
                .hasMessage("The model motion is built in and runs on one thread: there is nothing to choose.");
    }

    private ModelInfo describe(String name, Map<String, String> settings) {
        ModelLoader loader = loader(settings);
        return loader.describe(loader.catalog().find(name).orElseThrow());
    }

    private ModelLoader loader(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("MODEL_DIR", directory.toString());
        all.put("DATA_DIR", directory.resolve("data").toString());
        return ModelLoader.of(Settings.of(all));
    }

    private void catalogue(String models) throws IOException {
        Files.writeString(directory.resolve("models.yaml"), "models:\n  " + models + "\n");
    }

    private String writeTiny(String file) throws IOException {
        Outputs outputs = Outputs.yolox32(2).cell(6, 0.5f, 0.5f, 0, 0, 0.9f, 0.1f, 0.8f);
        return ModelDownload.sha256(TinyOnnx.model().write(directory.resolve(file), outputs.values(), outputs.dims()));
    }

    private static void assertFails(ModelLoader loader, String name, ErrorCode code, String words) {
        assertThatThrownBy(() -> loader.load(name).close())
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(words);
    }

    @Test
    void takesAsManyCoresAsItIsGivenOrAllThereAre() {
        assertThat(ModelLoader.cores(Settings.of(Map.of("INFERENCE_THREADS", "5"))))
                .isEqualTo(5);
        assertThat(ModelLoader.cores(Settings.of(Map.of()))).isPositive();
    }
}
