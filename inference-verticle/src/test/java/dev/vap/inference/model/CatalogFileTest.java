package dev.vap.inference.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.protocol.InputSpec.Fit;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CatalogFileTest {

    @TempDir
    Path directory;

    @Test
    void readsAllThatCanBeSaidOfAModel() {
        CatalogFile.Contents contents = parse("""
                models:
                  helmets:
                    file: helmets-v3.onnx
                    url: https://models.example.org/helmets-v3.onnx
                    sha256: 695E750a5d5754bb5a8d5325643b59282191a7e7a564e435a415fd3c578eab14
                    bytes: 12345
                    licence: Apache-2.0
                    input:
                      size: 640x480
                      layout: nhwc
                      colours: rgb
                      range: imagenet
                      fit: letterbox_center
                    head: yolov8
                    labels: [helmet, "no helmet"]
                    confidence: 0.3
                    nms_iou: 0.5
                    run:
                      provider: CUDA:1
                      fallback: true
                      max_batch: 8
                      max_delay_ms: 4
                      workers: 2
                      intra_threads: 3
                """);

        assertThat(contents.problems()).isEmpty();
        assertThat(contents.entries())
                .containsExactly(new CatalogEntry(
                        "helmets",
                        DetectorKind.ONNX,
                        "helmets-v3.onnx",
                        URI.create("https://models.example.org/helmets-v3.onnx"),
                        "695e750a5d5754bb5a8d5325643b59282191a7e7a564e435a415fd3c578eab14",
                        "Apache-2.0",
                        12345,
                        false,
                        new ModelSpec(
                                640,
                                480,
                                ModelSpec.Layout.NHWC,
                                ModelSpec.Colours.RGB,
                                ModelSpec.Range.IMAGENET,
                                Fit.LETTERBOX_CENTER,
                                "yolov8",
                                List.of("helmet", "no helmet"),
                                0.3,
                                0.5,
                                8),
                        null,
                        new RunSpec("cuda:1", true, 8, Duration.ofMillis(4), 2, 3),
                        null,
                        "models.yaml:2"));
    }

    @Test
    void leavesOpenWhatIsNotSaid() {
        CatalogFile.Contents contents =
                parse("models:\n  a:\n  b: {}\n  c: {labels: coco}\n  d: {labels: d/names.txt}");

        assertThat(contents.problems()).isEmpty();
        assertThat(contents.entries())
                .extracting(CatalogEntry::file)
                .containsExactly("a.onnx", "b.onnx", "c.onnx", "d.onnx");
        assertThat(contents.entries().get(0).spec()).isEqualTo(ModelSpec.UNKNOWN);
        assertThat(contents.entries().get(0).run()).isEqualTo(RunSpec.UNKNOWN);
        assertThat(contents.entries().get(2).spec().labels()).isEqualTo(Labels.COCO);
        assertThat(contents.entries().get(3).labelsFile()).isEqualTo("d/names.txt");
        assertThat(contents.entries().get(3).spec().labels()).isNull();
    }

    @Test
    void takesAnEmptyFileForOneWithoutModels() {
        for (String text : new String[] {"", "# nothing yet\n", "---\n", "models:\n", "models: {}"}) {
            assertThat(parse(text)).as(text).isEqualTo(new CatalogFile.Contents(List.of(), List.of()));
        }
    }

    @Test
    void namesEveryProblemWithItsPlaceAndKeepsTheOtherModels() {
        CatalogFile.Contents contents = parse("""
                version: 1
                models:
                  good: {head: yolox}
                  bad:
                    fiel: bad.onnx
                    url: https://user:secret@models.example.org/bad.onnx
                    sha256: abc
                    input:
                      size: 640
                      colors: rgb
                      range: 0-255
                    head: yolo
                    confidence: 1.5
                    confidence: 0.2
                    labels: [a, [b], ""]
                    run:
                      provider: quantum
                      fallback: maybe
                      max_batch: 0
                """);

        assertThat(contents.problems())
                .extracting(CatalogProblem::sentence)
                .containsExactly(
                        "models.yaml:1: version: is not known here; known are models",
                        "models.yaml:14: models.bad.confidence: is already given in line 13; give it once",
                        "models.yaml:6: models.bad.url: must be an http or https URL without user and password",
                        "models.yaml:7: models.bad.sha256: must be 64 hexadecimal digits, but is \"abc\"",
                        "models.yaml:15: models.bad.labels: has an entry that is no name of 1 to 200 characters",
                        "models.yaml:15: models.bad.labels: has an entry that is no name of 1 to 200 characters",
                        "models.yaml:17: models.bad.run.provider: must be one of cpu, cuda, tensorrt, openvino, coreml,"
                                + " directml, xnnpack, with a device as in cuda:1, but is \"quantum\"",
                        "models.yaml:18: models.bad.run.fallback: must be true or false, but is \"maybe\"",
                        "models.yaml:19: models.bad.run.max_batch: must be a whole number from 1 to 256, but is \"0\"",
                        "models.yaml:9: models.bad.input.size: must be WIDTHxHEIGHT in pixels, such as 640x480, up to"
                                + " 8192, but is \"640\"",
                        "models.yaml:11: models.bad.input.range: must be one of 0..1, 0..255, byte, imagenet, unit, but is \"0-255\"",
                        "models.yaml:10: models.bad.input.colors: is not known here; known are colours, fit, layout,"
                                + " range, size",
                        "models.yaml:12: models.bad.head: must be one of classifier, detr, rtdetr, ssd, yolov10, yolov5,"
                                + " yolov8, yolox, yolox-decoded, but is \"yolo\"",
                        "models.yaml:13: models.bad.confidence: must be a number from 0 to 1, but is \"1.5\"",
                        "models.yaml:5: models.bad.fiel: is not known here; known are bytes, confidence, file, head,"
                                + " input, labels, licence, nms_iou, run, sha256, url");
        assertThat(contents.entries()).extracting(CatalogEntry::name).containsExactly("good", "bad");
        assertThat(contents.entries().get(0).problem()).isNull();
        assertThat(contents.entries().get(1).problem())
                .startsWith("models.yaml:14: models.bad.confidence")
                .endsWith("sha256, url");
    }

    static Stream<Arguments> unusable() {
        return Stream.of(
                Arguments.of("- a\n", "models.yaml:1 must begin with \"models:\""),
                Arguments.of(
                        "models: [a]\n",
                        "models.yaml:1: models: must be a mapping: a name of a model, then what is" + " said of it"),
                Arguments.of("models:\n  a: b.onnx\n", "models.yaml:2: models.a: must be a mapping of keys to values"),
                Arguments.of(
                        "models:\n  ../a: {}\n",
                        "models.yaml:2: models.../a: can't be the name of a model: use up to 100 letters, digits, dots,"
                                + " dashes and underscores"),
                Arguments.of(
                        "models:\n  models: {}\n",
                        "models.yaml:2: models.models: can't be the name of a model: use up to 100 letters, digits, dots,"
                                + " dashes and underscores, and not \"models\""),
                Arguments.of(
                        "models:\n  a: {file: ../a.onnx}\n",
                        "models.yaml:2: models.a.file: must be a path of a file within MODEL_DIR, without \"..\", but is"
                                + " \"../a.onnx\""),
                Arguments.of(
                        "models:\n  a: {file: /etc/passwd}\n",
                        "models.yaml:2: models.a.file: must be a path of a file within MODEL_DIR, without \"..\", but is"
                                + " \"/etc/passwd\""),
                Arguments.of(
                        "models:\n  a: {url: 'https://example.org/a.onnx'}\n",
                        "models.yaml:2: models.a.url: needs \"sha256\" beside it, so that what is downloaded can be"
                                + " checked"),
                Arguments.of(
                        "models:\n  a: {input: 640x640}\n",
                        "models.yaml:2: models.a.input: must be a mapping of keys to values"),
                Arguments.of(
                        "models:\n  a: {head: [yolox]}\n",
                        "models.yaml:2: models.a.head: must be one value, not a list or a mapping"),
                Arguments.of(
                        "models:\n  a: {labels: []}\n",
                        "models.yaml:2: models.a.labels: has 0 names: give one for each class of the model"),
                Arguments.of(
                        "models:\n  a: &x {head: yolox}\n  b: *x\n",
                        "models.yaml:2 uses an anchor or alias (\"&\", \"*\"): write the value out"),
                Arguments.of(
                        "models: !!javax.script.ScriptEngineManager {}\n",
                        "models.yaml:1 uses a tag (\"tag:yaml.org,2002:javax.script.ScriptEngineManager\"): tags are not"
                                + " read"),
                Arguments.of(
                        "models: {}\n---\nmodels: {}\n",
                        "models.yaml:2 holds more than one document (\"---\"): give one"),
                Arguments.of("[".repeat(100_000), "models.yaml:1 is nested more than 16 deep"),
                Arguments.of("[1]: x\n", "models.yaml:1 has a list or a mapping as a key"));
    }

    @Test
    void neverRepeatsWhatMayBeASecret() {
        for (String url : List.of("ftp://models.example.org/a?token=secret", "user:secret@models.example.org")) {
            CatalogFile.Contents contents = CatalogFile.parse(
                    "models.yaml", "models:\n  a:\n    url: '" + url + "'\n    sha256: " + "0".repeat(64) + "\n");

            assertThat(contents.problems())
                    .extracting(CatalogProblem::sentence)
                    .containsExactly(
                            "models.yaml:3: models.a.url: must be an http or https URL without user and password");
        }
    }

    @ParameterizedTest
    @MethodSource("unusable")
    void saysWhatIsWrong(String text, String sentence) {
        assertThat(parse(text).problems()).extracting(CatalogProblem::sentence).containsExactly(sentence);
    }

    @Test
    void saysWhereTheYamlIsBroken() {
        assertThat(parse("models:\n  a: {head: yolox\n  b: x\n").problems())
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.line()).isEqualTo(3);
                    assertThat(problem.sentence()).startsWith("models.yaml:3 is not valid YAML: ");
                });
        assertThat(parse("models:\n\ta: {}\n").problems())
                .singleElement()
                .extracting(CatalogProblem::sentence)
                .asString()
                .startsWith("models.yaml:2 is not valid YAML: ");
    }

    @Test
    void refusesFilesThatAreNoText() throws IOException {
        Path binary = Files.write(directory.resolve("models.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
        assertThat(CatalogFile.read(binary).problems())
                .extracting(CatalogProblem::sentence)
                .containsExactly("models.yaml is no text in UTF-8");

        Files.writeString(binary, "#".repeat((1 << 20) + 1), StandardCharsets.UTF_8);
        assertThat(CatalogFile.read(binary).problems())
                .extracting(CatalogProblem::sentence)
                .containsExactly("models.yaml has 1048577 bytes: at most 1048576 are read");
    }

    @Test
    void parsesProviders() {
        assertThat(Provider.parse("cpu")).contains(new Provider.Choice(Provider.CPU, null));
        assertThat(Provider.parse("OpenVINO:GPU")).contains(new Provider.Choice(Provider.OPENVINO, "GPU"));
        assertThat(Provider.parse("cuda:2").orElseThrow().number()).isEqualTo(2);
        for (String wrong : new String[] {"", "gpu", "cuda:", "cuda:x", "cpu:1", "cuda:1234"}) {
            assertThat(Provider.parse(wrong)).as(wrong).isEmpty();
        }
    }

    private static CatalogFile.Contents parse(String text) {
        return CatalogFile.parse("models.yaml", text);
    }
}
