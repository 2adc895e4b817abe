package dev.vap.inference.head;

import static dev.vap.inference.head.DecodersTest.output;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeadsTest {

    private static final Map<String, String> EXPORTED =
            Map.of("stride", "32", "names", "{...}", "description", "Ultralytics YOLO11n model", "task", "detect");

    @ParameterizedTest(name = "[1,{2},{3}] of {0}x{1} is {4} of {5} classes")
    @CsvSource({
        "416, 416, 3549, 85, yolox, 80",
        "640, 640, 8400, 6, yolox, 1",
        "640, 640, 25200, 85, yolov5, 80",
        "640, 384, 15120, 6, yolov5, 1",
        "1280, 1280, 102000, 85, yolov5, 80",
        "416, 416, 2535, 85, yolov5, 80",
        "640, 640, 84, 8400, yolov8, 80",
        "640, 384, 5, 5040, yolov8, 1",
        "1280, 1280, 84, 34000, yolov8, 80",
        "640, 640, 300, 6, yolov10, -1",
        "640, 640, 300, 84, rtdetr, 80",
        "640, 640, 300, 369, rtdetr, 365",
    })
    void isToldByItsShape(int width, int height, long rows, long columns, String name, int classes) {
        Head head = recognise(width, height, -1, Map.of(), output("output0", 1, rows, columns));

        assertThat(head.name()).isEqualTo(name);
        assertThat(head.classes()).isEqualTo(classes);
        assertThat(head.reads()).containsExactly(0);
    }

    @ParameterizedTest(name = "[1,{0},{1}] with {2} names is {3}")
    @CsvSource({
        // 8400 cells of 640 x 640: a box a row, or a class more.
        "8400, 84, 80, yolov8",
        "84, 8400, 80, yolov8",
        "6, 8400, 2, yolov8",
        "25200, 7, 2, yolov5",
        "300, 6, 80, yolov10",
        "300, 6, 2, yolov10",
    })
    void isToldByWhatItsExporterSays(long rows, long columns, int names, String name) {
        // In pixels, as every network of this exporter has them, save RT-DETR.
        float[] pixels = new float[Math.toIntExact(rows * columns)];
        Arrays.fill(pixels, 100);
        Network network = new Network(
                640,
                640,
                List.of(),
                List.of(output("output0", 1, rows, columns)),
                List.of(FloatBuffer.wrap(pixels)),
                EXPORTED,
                names);

        assertThat(Heads.recognise(network, null).name()).isEqualTo(name);
    }

    @Test
    void numbersOfLabelsDecideBetweenTheDetrs() {
        TensorShape boxes = output("pred_boxes", 1, 100, 4);
        TensorShape logits = output("logits", 1, 100, 7);

        assertThat(recognise(640, 640, 7, Map.of(), logits, boxes).name()).isEqualTo("rtdetr");
        assertThat(recognise(640, 640, 6, Map.of(), logits, boxes).name()).isEqualTo("detr");
        assertFails(
                () -> recognise(640, 640, -1, Map.of(), logits, boxes),
                "The model's outputs can be read in more than one way: it has logits float[1,100,7], pred_boxes"
                        + " float[1,100,4] for an input of 640x640. Add \"head: rtdetr\" or \"head: detr\" to its entry in"
                        + " models.yaml.");
    }

    @Test
    void cocosNumbersOfClassesDecideToo() {
        TensorShape boxes = output("boxes", 1, 300, 4);

        assertThat(recognise(640, 640, -1, Map.of(), boxes, output("scores", 1, 300, 80))
                        .name())
                .isEqualTo("rtdetr");
        assertThat(recognise(800, 800, -1, Map.of(), boxes, output("logits", 1, 300, 92))
                        .classes())
                .isEqualTo(91);
    }

    @Test
    void passesByFeaturesBesideTheScores() {
        Head head = recognise(
                800,
                800,
                91,
                Map.of(),
                output("logits", 1, 100, 92),
                output("pred_boxes", 1, 100, 4),
                output("last_hidden_state", 1, 100, 256));

        assertThat(head.reads()).containsExactly(1, 0);
    }

    @Test
    void passesByTheFeatureMapsOfOldExports() {
        Head head = recognise(
                640,
                640,
                -1,
                Map.of(),
                output("output", 1, 25200, 85),
                output("338", 1, 3, 80, 80, 85),
                output("339", 1, 3, 40, 40, 85));

        assertThat(head.name()).isEqualTo("yolov5");
        assertThat(head.reads()).containsExactly(0);
    }

    @Test
    void boxesInPixelsAreNoneOfRawYolox() {
        float[] values = new float[21 * 7];
        for (int i = 0; i < 21; i++) {
            values[i * 7] = 8;
            values[i * 7 + 1] = 20;
        }
        Network network = new Network(
                32, 32, List.of(), List.of(output("o", 1, 21, 7)), List.of(FloatBuffer.wrap(values)), Map.of(), -1);

        assertFails(
                () -> Heads.recognise(network, null),
                "The model's outputs can be read in more than one way: it has o float[1,21,7] for an input of 32x32. Add"
                        + " \"head: yolox-decoded\" or \"head: yolov8\" to its entry in models.yaml.");
    }

    @Test
    void postProcessedRtDetrIsNoSsd() {
        List<TensorShape> outputs =
                List.of(output("labels", 1, 300), output("boxes", 1, 300, 4), output("scores", 1, 300));
        Network deployed = new Network(640, 640, List.of("orig_target_sizes"), outputs, List.of(), Map.of(), -1);

        assertThat(Heads.recognise(deployed, null).name()).isEqualTo("rtdetr");
        assertThat(recognise(640, 640, -1, Map.of(), outputs.toArray(new TensorShape[0]))
                        .name())
                .isEqualTo("ssd");
    }

    @Test
    void aClassifierNeedsLabelsOrAWord() {
        assertThat(recognise(224, 224, 1000, Map.of(), output("o", 1, 1000)).name())
                .isEqualTo("classifier");
        assertThat(recognise(224, 224, -1, Map.of("task", "classify"), output("o", 1, 1000))
                        .classes())
                .isEqualTo(1000);
        assertThatThrownBy(() -> recognise(224, 224, -1, Map.of(), output("o", 1, 1000)))
                .hasMessageContaining("Add \"head: ...\" to its entry in models.yaml if it is one of yolox,")
                .hasMessageEndingWith(", classifier.");
    }

    @Test
    void refusesOtherTasks() {
        assertFails(
                () -> recognise(640, 640, 1, Map.of("task", "pose"), output("output0", 1, 56, 8400)),
                "The model is made for the task \"pose\": supported are detect and classify; export a model of those, or"
                        + " declare its \"head: ...\" in models.yaml.");
    }

    @Test
    void aWordThatDoesNotFitIsAnError() {
        Network network = new Network(640, 640, List.of(), List.of(output("o", 1, 8400, 85)), List.of(), Map.of(), -1);

        assertFails(
                () -> Heads.recognise(network, "yolov10"),
                "The model's outputs do not fit its \"head: yolov10\", which is for YOLOv10, v26 and exports with NMS inside:"
                        + " [1,N,6] of corners, score, class: it has o float[1,8400,85] for an input of 640x640. Correct or"
                        + " remove that line of its entry in models.yaml.");
        assertFails(
                () -> Heads.recognise(network, "frob"),
                "There is no head \"frob\": use one of yolox, yolox-decoded, yolov5, yolov8, yolov10, rtdetr, detr, ssd,"
                        + " classifier in models.yaml.");
    }

    @Test
    void aWordDecidesWhereShapesDoNot() {
        Network network = new Network(640, 640, List.of(), List.of(output("o", 1, 8400, 85)), List.of(), Map.of(), -1);

        assertThat(Heads.recognise(network, "yolox-decoded").classes()).isEqualTo(80);
        assertThat(Heads.recognise(network, "yolov8").classes()).isEqualTo(81);
        assertThat(Heads.recognise(network, "yolov5").classes()).isEqualTo(80);
    }

    @Test
    void everyWordIsDescribed() {
        assertThat(Heads.names()).hasSize(9).allSatisfy(name -> assertThat(Heads.describe(name))
                .isNotBlank());
    }

    private static Head recognise(
            int width, int height, int labels, Map<String, String> metadata, TensorShape... outputs) {
        return Heads.recognise(
                new Network(width, height, List.of(), List.of(outputs), List.of(), metadata, labels), null);
    }

    private static void assertFails(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_UNSUPPORTED))
                .hasMessage(message);
    }
}
