package dev.vap.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.inference.fixture.Outputs;
import dev.vap.inference.fixture.Requests;
import dev.vap.inference.fixture.TinyOnnx;
import dev.vap.inference.model.Detector;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.testing.SharedData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxFileTest {

    @TempDir
    Path directory;

    private Path folder;
    private Path file;

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createDirectory(directory.resolve("models"));
        file = folder.resolve("tiny.onnx");
    }

    @Test
    void readsWeightsThatLieBesideTheModel() throws IOException {
        Outputs outputs = Outputs.yolox32(1).cell(0, 0.5f, 0.5f, 0, 0, 1, 1);
        Files.createDirectory(folder.resolve("weights"));
        Files.write(folder.resolve("weights/tiny.data"), bytes(outputs.values()));
        TinyOnnx.model().external("output", "weights/tiny.data", outputs.dims()).write(file);

        try (OnnxModel model = OnnxModel.load("tiny", file);
                Detector detector = model.newDetector()) {
            assertThat(detector.detect(Requests.picture(32, 32, 3).build())).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/etc/passwd",
                "../secret.bin",
                "weights/../../secret.bin",
                "..\\secret.bin",
                "C:\\secret.bin",
                "c:secret.bin",
                "\\\\host\\share\\secret.bin",
                ""
            })
    void refusesWeightsOutsideOfTheModelsFolder(String location) throws IOException {
        Files.write(directory.resolve("secret.bin"), new byte[4 * 21 * 6]);
        TinyOnnx.model().external("output", location, 1, 21, 6).write(file);

        assertFails(
                ErrorCode.MODEL_UNSUPPORTED,
                "tiny.onnx wants to read its weights from \"" + location
                        + "\", outside its own folder, which is refused: put them beside it and export it again.");
    }

    @Test
    void refusesLinksThatLeaveTheFolder() throws IOException {
        Path secret = Files.write(directory.resolve("secret.bin"), new byte[4 * 21 * 6]);
        Files.createSymbolicLink(folder.resolve("link.bin"), secret);
        Files.createSymbolicLink(folder.resolve("up"), directory);

        for (String location : new String[] {"link.bin", "up/secret.bin"}) {
            TinyOnnx.model().external("output", location, 1, 21, 6).write(file);
            assertFails(
                    ErrorCode.MODEL_UNSUPPORTED,
                    "tiny.onnx wants to read its weights from \"" + location
                            + "\", outside its own folder, which is refused: put them beside it and export it again.");
        }
    }

    /** ONNX Runtime takes such a name for an address in its own memory. */
    @Test
    void refusesNamesThatMeanMemory() {
        TinyOnnx.model().external("output", "*/_ORT_MEM_ADDR_/*", 1, 21, 6).write(file);

        assertThatThrownBy(() -> OnnxModel.load("x", file))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_UNSUPPORTED))
                .hasMessageContaining("which is not there");
    }

    @Test
    void saysWhichWeightsAreMissing() {
        TinyOnnx.model().external("output", "tiny.data", 1, 21, 6).write(file);

        assertFails(
                ErrorCode.MODEL_UNSUPPORTED,
                "tiny.onnx keeps its weights in \"tiny.data\", which is not there: put that file beside it.");
    }

    @Test
    void weightsThatAreCutAreAnError() throws IOException {
        Files.write(folder.resolve("tiny.data"), new byte[7]);
        TinyOnnx.model().external("output", "tiny.data", 1, 21, 6).write(file);

        assertThatThrownBy(() -> OnnxModel.load("x", file))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_UNSUPPORTED));
    }

    @Test
    void aFileWithoutANetworkIsNone() throws IOException {
        // Version 8 of the format, and nothing else.
        Files.write(file, new byte[] {8, 8});

        assertFails(
                ErrorCode.MODEL_NOT_ONNX,
                "tiny.onnx is not a usable ONNX model: it holds no network. Fetch or export it again.");
    }

    @Test
    void aFileThatIsNotThereIsUnknown() {
        assertFails(ErrorCode.MODEL_UNKNOWN, "tiny.onnx can't be read: check the file and its rights.");
    }

    @Test
    void tooManyNestedMessagesAreAnError() throws IOException {
        // Graph, node, attribute, graph...; each knows its length.
        byte[] message = {};
        int[] fields = {6, 5, 1};
        for (int i = 0; i < 300; i++) {
            message = wrapped(fields[i % 3], message);
        }
        Files.write(file, wrapped(7, message));

        assertFails(
                ErrorCode.MODEL_NOT_ONNX,
                "tiny.onnx is not a usable ONNX model: it is another kind of file, or only a part of one. Fetch or export it"
                        + " again.");
    }

    /** None may bring down the process, whatever else becomes of it. */
    @Test
    void damagedFilesAreLoadedOrRefused() throws IOException {
        Outputs outputs = Outputs.yolox32(1);
        byte[] whole = Files.readAllBytes(TinyOnnx.model().write(file, outputs.values(), outputs.dims()));
        int head = whole.length - 4 * 21 * 6;
        Random random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 400; i++) {
            byte[] damaged = whole.clone();
            for (int n = 0; n <= i % 3; n++) {
                // What describes the tensors is at both ends.
                int at = random.nextInt(head);
                damaged[at < head / 2 ? at : whole.length - (head - at)] = (byte) random.nextInt(256);
            }
            Files.write(file, i % 5 == 0 ? Arrays.copyOf(damaged, random.nextInt(whole.length)) : damaged);
            try {
                OnnxModel.load("x", file).close();
            } catch (VapException e) {
                assertThat(e.code().name()).startsWith("MODEL_");
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(80);
    }

    @Test
    void theRealModelIsWhole() {
        OnnxFile.check(SharedData.assumeModel("yolox_nano.onnx"));
    }

    private static byte[] wrapped(int field, byte[] content) {
        ByteBuffer out = ByteBuffer.allocate(content.length + 6).put((byte) ((field << 3) | 2));
        int length = content.length;
        while (length > 127) {
            out.put((byte) ((length & 127) | 128));
            length >>>= 7;
        }
        return Arrays.copyOf(out.put((byte) length).put(content).array(), out.position());
    }

    private static byte[] bytes(float[] values) {
        ByteBuffer out = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            out.putFloat(value);
        }
        return out.array();
    }

    private void assertFails(ErrorCode code, String message) {
        assertThatThrownBy(() -> OnnxModel.load("x", file))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessage(message);
    }
}
