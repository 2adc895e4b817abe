package dev.vap.inference.head;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.vap.inference.fixture.ReferenceDecoder;
import dev.vap.inference.fixture.ReferenceDecoder.Found;
import dev.vap.inference.fixture.Requests;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.Placement;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every head on random outputs, against {@link ReferenceDecoder}. */
class DecodersTest {

    private static final float IOU = 0.45f;
    /** Random values are multiples of a power of two, so that products of two are exact, and equal ones equal, in floats too. */
    private static final int STEPS = 1024;

    private static final int SOURCE_WIDTH = 800;
    private static final int SOURCE_HEIGHT = 300;
    private static final Placement PLACEMENT = new Placement(0.4, 0.5, 3, 7);

    @ParameterizedTest(name = "{0}x{1}, {2} classes, from {3}")
    @CsvSource({"32,32,1,0.1", "64,96,2,0.3", "320,320,80,0.3", "416,416,80,0.05", "640,384,7,0.3", "256,640,3,0.001"})
    void yolox(int width, int height, int classes, float confidence) {
        Random random = new Random(width + classes);
        double[][] rows = table(Grid.cells(width, height, Grid.P5), 5 + classes, random);
        for (double[] row : rows) {
            row[0] = 3 * row[0] - 1;
            row[1] = 3 * row[1] - 1;
            row[2] = 4 * row[2] - 1;
            row[3] = 4 * row[3] - 1;
        }
        Head head = head("yolox", width, height, output("o", 1, rows.length, 5 + classes));

        assertSame(
                decode(head, classes, width, height, confidence, rows),
                new ReferenceDecoder(width, height, confidence, IOU).yolox(floats(rows)));
    }

    @ParameterizedTest(name = "{0}: {1}x{2}, {3} classes, from {4}")
    @CsvSource({
        "yolov5,32,32,1,0.1",
        "yolov5,320,320,80,0.3",
        "yolov5,640,640,80,0.6",
        "yolov5,640,384,7,0.3",
        "yolox-decoded,416,416,80,0.3",
        "yolox-decoded,64,96,2,0.01",
    })
    void yolov5(String name, int width, int height, int classes, float confidence) {
        Random random = new Random(width + classes);
        int boxes = Grid.cells(width, height, Grid.P5) * (name.equals("yolov5") ? 3 : 1);
        double[][] rows = boxes(boxes, 5 + classes, width, height, random);
        Head head = head(name, width, height, output("o", 1, boxes, 5 + classes));

        assertSame(
                decode(head, classes, width, height, confidence, rows),
                new ReferenceDecoder(width, height, confidence, IOU).yolov5(floats(rows)));
    }

    @ParameterizedTest(name = "{0}x{1}, {2} classes, from {3}, transposed: {4}")
    @CsvSource({
        "32,32,1,0.1,false",
        "320,320,80,0.99,false",
        "640,640,80,0.995,false",
        "640,384,7,0.9,true",
        "416,416,80,0.99,true",
        "96,64,3,0,false",
    })
    void yolov8(int width, int height, int classes, float confidence, boolean transposed) {
        Random random = new Random(width + classes);
        double[][] rows = boxes(Grid.cells(width, height, Grid.P5), 4 + classes, width, height, random);
        double[][] columns = turned(rows);
        double[][] values = transposed ? rows : columns;
        Head head = head("yolov8", width, height, output("o", 1, values.length, values[0].length));

        assertThat(head.classes()).isEqualTo(classes);
        assertSame(
                decode(head, classes, width, height, confidence, values),
                new ReferenceDecoder(width, height, confidence, IOU).yolov8(floats(columns)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 300})
    void yolov10(int rows) {
        Random random = new Random(rows);
        double[][] values = boxes(rows, 6, 640, 640, random);
        for (double[] row : values) {
            double x = row[0] - row[2] / 2;
            double y = row[1] - row[3] / 2;
            row[2] += x;
            row[3] += y;
            row[0] = x;
            row[1] = y;
            row[5] = random.nextInt(80);
        }
        Head head = head("yolov10", 640, 640, output("o", 1, rows, 6));

        assertSame(
                decode(head, 80, 640, 640, 0.25f, values),
                new ReferenceDecoder(640, 640, 0.25, IOU).yolov10(floats(values)));
    }

    @ParameterizedTest(name = "{0}, {1} queries, {2} classes")
    @CsvSource({"rtdetr,300,80", "rtdetr,100,1", "detr,100,91", "detr,50,2"})
    void detr(String name, int queries, int classes) {
        boolean softmax = name.equals("detr");
        Random random = new Random(queries);
        double[][] boxes = table(queries, 4, random);
        double[][] logits = table(queries, softmax ? classes + 1 : classes, random);
        for (double[] row : logits) {
            for (int i = 0; i < row.length; i++) {
                row[i] = 16 * row[i] - 8;
            }
        }
        Head head = head(
                name, 640, 480, output("logits", 1, queries, logits[0].length), output("pred_boxes", 1, queries, 4));

        assertThat(head.classes()).isEqualTo(classes);
        assertThat(head.reads()).containsExactly(1, 0);
        assertSame(
                decode(head, classes, 640, 480, 0.3f, boxes, logits),
                new ReferenceDecoder(640, 480, 0.3, IOU).detr(floats(boxes), floats(logits), softmax));
    }

    @Test
    void rtDetrInOneTable() {
        Random random = new Random(5);
        double[][] rows = table(300, 4 + 7, random);
        double[][] logits = new double[300][7];
        for (int q = 0; q < 300; q++) {
            for (int c = 0; c < 7; c++) {
                double p = (float) rows[q][4 + c];
                logits[q][c] = Math.log(p / (1 - p));
            }
        }
        Head head = head("rtdetr", 640, 480, output("o", 1, 300, 11));

        assertSame(
                decode(head, 7, 640, 480, 0.5f, rows),
                new ReferenceDecoder(640, 480, 0.5, IOU).detr(floats(rows), logits, false));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 40, 100})
    void ssd(int count) {
        Random random = new Random(count);
        double[][] boxes = table(100, 4, random);
        double[][] classes = new double[1][100];
        double[][] scores = table(1, 100, random);
        for (int i = 0; i < 100; i++) {
            boxes[i][2] += boxes[i][0];
            boxes[i][3] += boxes[i][1];
            classes[0][i] = 1 + random.nextInt(90);
        }
        Head head = head(
                "ssd",
                300,
                200,
                output("detection_boxes:0", 1, 100, 4),
                output("detection_classes:0", 1, 100),
                output("detection_multiclass_scores:0", 1, 100, 91),
                output("detection_scores:0", 1, 100),
                output("num_detections:0", 1));

        assertThat(head.reads()).containsExactly(0, 1, 3, 4);
        assertSame(
                decode(head, 90, 300, 200, 0.3f, boxes, classes, scores, new double[][] {{count}}),
                new ReferenceDecoder(300, 200, 0.3, IOU).ssd(floats(boxes), classes[0], floats(scores)[0], count));
    }

    @Test
    void listsWithBoxesInPixels() {
        Head head = head("ssd", 300, 200, output("boxes", 2, 4), output("labels", 2), output("scores", 2));
        List<Detection> found = decode(
                head,
                2,
                300,
                200,
                0.3f,
                new double[][] {{30, 20, 130, 120}, {0, 0, 9, 9}},
                new double[][] {{2, 0}},
                new double[][] {{0.9, 0.9}});

        assertSame(found, List.of(new Found(1, 0.9f, 30, 20, 130, 120)));
    }

    @Test
    void aListOfLabelsWithBackgroundStartsAtZero() {
        Decoder decoder = head("ssd", 10, 10, output("boxes", 1, 4), output("labels", 1), output("scores", 1))
                .newDecoder(List.of("__background__", "cat"), Thresholds.DEFAULT);

        assertThat(decoder.decode(
                        List.of(
                                buffer(new double[][] {{0, 0, 5, 5}}),
                                FloatBuffer.wrap(new float[] {1}),
                                FloatBuffer.wrap(new float[] {1})),
                        Requests.picture(10, 10, 3).build()))
                .extracting(Detection::label)
                .containsExactly("cat");
    }

    @Test
    void aClassWithoutALabelIsAnError() {
        Head head = head("yolov10", 640, 640, output("o", 1, 1, 6));

        assertThatThrownBy(() -> decode(head, 2, 640, 640, 0.3f, new double[][] {{0, 0, 9, 9, 0.9, 2}}))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INFERENCE_FAILED))
                .hasMessage(
                        "The model found class 2.0, but has labels for 0 to 1 only: give all its labels in models.yaml or"
                                + " beside its file.");
    }

    @Test
    void aClassifierNamesTheLikeliestClasses() {
        Head logits = head("classifier", 224, 224, output("o", 1, 4));
        List<Detection> found = decode(logits, 4, 224, 224, 0.1f, new double[][] {{1, 3, -2, 2}});

        double sum = Math.exp(1) + Math.exp(3) + Math.exp(-2) + Math.exp(2);
        assertThat(found).extracting(Detection::classId).containsExactly(1, 3);
        assertThat(found.get(0).confidence()).isCloseTo((float) (Math.exp(3) / sum), within(1e-6f));
        assertThat(found.get(1).confidence()).isCloseTo((float) (Math.exp(2) / sum), within(1e-6f));
        assertThat(found.get(0).box().xMax()).isEqualTo(SOURCE_WIDTH);
        assertThat(found.get(0).box().yMax()).isEqualTo(SOURCE_HEIGHT);
    }

    @Test
    void aClassifierThatGivesProbabilitiesIsLeftAsItIs() {
        double[][] values = {{0.25, 0.5, 0.125, 0.125}};
        Head head = Heads.recognise(
                new Network(224, 224, List.of(), List.of(output("o", 1, 4)), List.of(buffer(values)), Map.of(), -1),
                "classifier");

        assertThat(decode(head, 4, 224, 224, 0, values))
                .extracting(Detection::confidence)
                .containsExactly(0.5f, 0.25f, 0.125f, 0.125f);
    }

    /** Each value of each output, one after the other. */
    @ParameterizedTest
    @ValueSource(strings = {"yolov5", "yolov8", "yolov10", "rtdetr", "detr", "ssd", "classifier"})
    void valuesThatAreNoNumbersAreAnError(String name) {
        List<TensorShape> outputs =
                switch (name) {
                    case "yolov5" -> List.of(output("o", 1, 63, 6));
                    case "yolov8" -> List.of(output("o", 1, 6, 21));
                    case "yolov10" -> List.of(output("o", 1, 2, 6));
                    case "ssd" -> List.of(output("boxes", 1, 2, 4), output("labels", 1, 2), output("scores", 1, 2));
                    case "classifier" -> List.of(output("o", 1, 3));
                    default -> List.of(output("boxes", 1, 2, 4), output("logits", 1, 2, 3));
                };
        Head head = head(name, 32, 32, outputs.toArray(new TensorShape[0]));
        int classes = head.classes() < 0 ? 3 : head.classes();
        Decoder decoder = head.newDecoder(labels(classes), Thresholds.DEFAULT);
        InferenceRequest request = request(32, 32, 0.01f);
        for (int o = 0; o < outputs.size(); o++) {
            for (int i = 0; i < outputs.get(o).values(); i++) {
                List<FloatBuffer> values = new ArrayList<>();
                for (TensorShape output : outputs) {
                    float[] all = new float[Math.toIntExact(output.values())];
                    Arrays.fill(all, 1);
                    values.add(FloatBuffer.wrap(all));
                }
                values.get(o).put(i, Float.NaN);
                assertThatThrownBy(() -> decoder.decode(values, request))
                        .as("value %d of %s", i, outputs.get(o))
                        .isInstanceOfSatisfying(
                                VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INFERENCE_FAILED));
            }
        }
    }

    private static Head head(String name, int width, int height, TensorShape... outputs) {
        return Heads.recognise(new Network(width, height, List.of(), List.of(outputs), List.of(), Map.of(), -1), name);
    }

    static TensorShape output(String name, long... dims) {
        return new TensorShape(name, "float", Arrays.stream(dims).boxed().toList());
    }

    private static List<String> labels(int classes) {
        return IntStream.range(0, classes).mapToObj(i -> "class_" + i).toList();
    }

    private static InferenceRequest request(int width, int height, float confidence) {
        return Requests.picture(width, height, 3)
                .source(SOURCE_WIDTH, SOURCE_HEIGHT, PLACEMENT)
                .confidence(confidence)
                .iou(IOU)
                .build();
    }

    /**
     * @param outputs as the head reads them
     */
    private static List<Detection> decode(
            Head head, int classes, int width, int height, float confidence, double[][]... outputs) {
        List<FloatBuffer> buffers =
                Arrays.stream(outputs).map(DecodersTest::buffer).toList();
        Decoder decoder = head.newDecoder(labels(classes), Thresholds.DEFAULT);
        List<Detection> first = decoder.decode(buffers, request(width, height, confidence));
        // Nothing of a frame stays for the next one.
        assertThat(decoder.decode(buffers, request(width, height, confidence))).isEqualTo(first);
        return first;
    }

    private static FloatBuffer buffer(double[][] table) {
        FloatBuffer buffer = FloatBuffer.allocate(table.length * table[0].length);
        for (double[] row : table) {
            for (double value : row) {
                buffer.put((float) value);
            }
        }
        return buffer.flip();
    }

    private static double[][] table(int rows, int columns, Random random) {
        double[][] table = new double[rows][columns];
        for (double[] row : table) {
            for (int i = 0; i < columns; i++) {
                row[i] = random.nextInt(1, STEPS) / (double) STEPS;
            }
        }
        return table;
    }

    /** Rows that begin with a box in pixels; many overlap. */
    private static double[][] boxes(int rows, int columns, int width, int height, Random random) {
        double[][] table = table(rows, columns, random);
        for (double[] row : table) {
            row[0] *= width;
            row[1] *= height;
            row[2] *= width / 2.0;
            row[3] *= height / 2.0;
        }
        return table;
    }

    /** What is left of the doubles in the network's floats. */
    private static double[][] floats(double[][] table) {
        return Arrays.stream(table)
                .map(row -> Arrays.stream(row).map(v -> (float) v).toArray())
                .toArray(double[][]::new);
    }

    private static double[][] turned(double[][] table) {
        double[][] turned = new double[table[0].length][table.length];
        for (int r = 0; r < table.length; r++) {
            for (int c = 0; c < table[0].length; c++) {
                turned[c][r] = table[r][c];
            }
        }
        return turned;
    }

    private static void assertSame(List<Detection> found, List<Found> inInput) {
        List<Found> wanted = ReferenceDecoder.inSource(inInput, PLACEMENT, SOURCE_WIDTH, SOURCE_HEIGHT);
        assertThat(found).hasSameSizeAs(wanted);
        for (int i = 0; i < wanted.size(); i++) {
            Detection got = found.get(i);
            Found want = wanted.get(i);
            assertThat(got.classId()).as("class of %d: %s, %s", i, got, want).isEqualTo(want.classId());
            assertThat((double) got.confidence()).as("confidence").isCloseTo(want.confidence(), within(1e-5));
            assertThat((double) got.box().xMin()).isCloseTo(want.xMin(), within(0.01));
            assertThat((double) got.box().yMin()).isCloseTo(want.yMin(), within(0.01));
            assertThat((double) got.box().xMax()).isCloseTo(want.xMax(), within(0.01));
            assertThat((double) got.box().yMax()).isCloseTo(want.yMax(), within(0.01));
        }
    }
}
