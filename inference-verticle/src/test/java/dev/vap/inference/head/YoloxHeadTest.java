package dev.vap.inference.head;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.vap.inference.fixture.Outputs;
import dev.vap.inference.fixture.Requests;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.InferenceRequest;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class YoloxHeadTest {

    private static final List<String> LABELS = List.of("cat", "dog");
    private final InferenceRequest request = Requests.picture(32, 32, 3).build();

    @Test
    void decodesCellsOfEveryStride() {
        // Cell 6 of stride 8: column 2, row 1. Cell 16 + 3 of stride 16: column 1, row 1. Cell 20 of stride 32: the
        // only one.
        Outputs outputs = Outputs.yolox32(2)
                .cell(6, 0.5f, 0.25f, 0, (float) Math.log(2), 0.9f, 0.1f, 0.8f)
                .cell(19, 0, 0, 0, 0, 0.8f, 0.5f, 0.1f)
                .cell(20, 0.5f, 0.5f, (float) Math.log(0.75), (float) Math.log(0.5), 0.7f, 0.6f, 0.5f);

        List<Detection> found =
                decode(outputs, Requests.picture(32, 32, 3).iou(0.7).build());

        assertThat(found).extracting(Detection::label).containsExactly("dog", "cat", "cat");
        assertDetection(found.get(0), 0.72f, 16, 2, 24, 18);
        assertDetection(found.get(1), 0.42f, 4, 8, 28, 24);
        assertDetection(found.get(2), 0.4f, 8, 8, 24, 24);
    }

    @Test
    void wantsTheThresholdOfTheProduct() {
        Outputs outputs = Outputs.yolox32(2)
                .cell(0, 0, 0, 0, 0, 0.5f, 0.5f, 0.4f)
                .cell(5, 0, 0, 0, 0, 0.29f, 1, 1)
                .cell(15, 0, 0, 0, 0, 0.31f, 1, 1);

        assertThat(decode(outputs, request)).hasSize(1);
        assertThat(decode(outputs, Requests.picture(32, 32, 3).confidence(0.25).build()))
                .hasSize(3);
        assertThat(decode(outputs, Requests.picture(32, 32, 3).confidence(0.4).build()))
                .isEmpty();
    }

    @Test
    void reportsOnlyTheClassesAskedFor() {
        Outputs outputs = Outputs.yolox32(2).cell(0, 0, 0, 0, 0, 0.9f, 0.9f, 0).cell(10, 0, 0, 0, 0, 0.9f, 0, 0.9f);

        assertThat(decode(outputs, Requests.picture(32, 32, 3).classes("dog").build()))
                .extracting(Detection::label)
                .containsExactly("dog");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 4, 5})
    void refusesValuesThatAreNoNumbers(int field) {
        float[] row = {0, 0, 0, 0, 0.9f, 0.9f, 0.1f};
        row[field] = Float.NaN;
        Outputs outputs = Outputs.yolox32(2).cell(3, row[0], row[1], row[2], row[3], row[4], row[5], row[6]);

        assertThatThrownBy(() -> decode(outputs, request))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INFERENCE_FAILED))
                .hasMessageContaining("no numbers");
    }

    @Test
    void refusesInfiniteBoxes() {
        Outputs outputs = Outputs.yolox32(2).cell(3, 0, 0, 1000, 0, 0.9f, 0.9f, 0);

        assertThatThrownBy(() -> decode(outputs, request)).isInstanceOf(VapException.class);
    }

    @Test
    void isRecognisedByItsGridCells() {
        Head head = recognise(416, 416, output(1, 3549, 85));

        assertThat(head.classes()).isEqualTo(80);
        assertThat(recognise(640, 384, output(1, 5040, 6)).classes()).isEqualTo(1);
    }

    private static List<Detection> decode(Outputs outputs, InferenceRequest request) {
        Head head = recognise(32, 32, output(outputs.dims()));
        return head.newDecoder(LABELS, Thresholds.DEFAULT).decode(List.of(FloatBuffer.wrap(outputs.values())), request);
    }

    private static Head recognise(int width, int height, TensorShape output) {
        return Heads.recognise(new Network(width, height, List.of(), List.of(output), List.of(), Map.of(), -1), null);
    }

    private static TensorShape output(long... dims) {
        return new TensorShape(
                "output", "float", java.util.Arrays.stream(dims).boxed().toList());
    }

    private static void assertDetection(Detection d, float confidence, float xMin, float yMin, float xMax, float yMax) {
        assertThat(d.confidence()).isCloseTo(confidence, within(1e-6f));
        assertThat(d.box().xMin()).isCloseTo(xMin, within(1e-4f));
        assertThat(d.box().yMin()).isCloseTo(yMin, within(1e-4f));
        assertThat(d.box().xMax()).isCloseTo(xMax, within(1e-4f));
        assertThat(d.box().yMax()).isCloseTo(yMax, within(1e-4f));
    }
}
