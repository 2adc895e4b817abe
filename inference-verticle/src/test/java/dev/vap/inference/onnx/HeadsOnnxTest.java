package dev.vap.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.vap.inference.fixture.Requests;
import dev.vap.inference.fixture.TinyOnnx;
import dev.vap.inference.fixture.TinyOnnx.Seen;
import dev.vap.inference.model.Detector;
import dev.vap.inference.model.ModelSpec;
import dev.vap.inference.model.ModelSpec.Layout;
import dev.vap.inference.model.ModelSpec.Range;
import dev.vap.inference.model.Tuning;
import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.InputSpec.Fit;
import dev.vap.shared.protocol.ModelInfo;
import dev.vap.shared.protocol.Placement;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each head behind each kind of input. The networks find one dog, whose confidence is made of the red of one pixel as they see
 * it: so they answer wrongly if channels, rows, colours, range or type are confused, or pictures of a batch.
 */
class HeadsOnnxTest {

    private static final int SIDE = 32;
    private static final int X = 5;
    private static final int Y = 2;
    private static final Placement PLACEMENT = new Placement(0.5, 0.25, 2, 4);
    private static final List<String> HEADS = List.of(
            "yolox",
            "yolox-decoded",
            "yolov5",
            "yolov8",
            "yolov8 transposed",
            "yolov10",
            "rtdetr",
            "rtdetr in one table",
            "rtdetr deployed",
            "detr",
            "ssd",
            "classifier");

    /** What of the input's shape is open. */
    private enum Open {
        NOTHING,
        /** The number of pictures. */
        BATCH,
        /** Their size as well. */
        ALL,
        /** There are always three pictures. */
        NOTHING_OF_THREE
    }

    private record Case(String head, TinyOnnx.Type type, Layout layout, Open open) {

        boolean is(String prefix) {
            return head.startsWith(prefix);
        }

        Range range() {
            if (type == TinyOnnx.Type.UINT8 || is("yolox")) {
                return Range.BYTE;
            }
            return is("detr") ? Range.IMAGENET : Range.UNIT;
        }

        /** What the network sees of a pixel. */
        double seen(int red) {
            return switch (range()) {
                case BYTE -> red;
                case UNIT -> red / 255.0;
                case IMAGENET -> (red / 255.0 - 0.485) / 0.229;
            };
        }

        /** So that what is seen, times this, is within 0..1. */
        float factor() {
            return switch (range()) {
                case BYTE -> 1 / 255f;
                case UNIT -> 1;
                case IMAGENET -> 0.229f;
            };
        }

        Seen red(int index) {
            int channel = is("yolox") ? 2 : 0;
            return layout == Layout.NCHW
                    ? Seen.at(index, factor(), channel, Y, X)
                    : Seen.at(index, factor(), Y, X, channel);
        }

        /** An output that is the same for all pictures, once for each. */
        Seen nothing() {
            return Seen.at(0, 0, 0, 0, 0);
        }

        /** Of the dog, where its score is what is seen. */
        double confidence(int red) {
            double score = seen(red) * factor();
            if (is("rtdetr") && !is("rtdetr in") && !is("rtdetr dep")) {
                return 1 / (1 + Math.exp(-score));
            }
            if (is("detr")) {
                return Math.exp(score) / (Math.exp(score) + 2 * Math.exp(-9));
            }
            if (is("classifier")) {
                return Math.exp(score) / (Math.exp(score) + Math.exp(-9));
            }
            return score;
        }
    }

    static List<Case> cases() {
        List<Case> all = new ArrayList<>();
        for (String head : HEADS) {
            for (TinyOnnx.Type type : List.of(TinyOnnx.Type.FLOAT, TinyOnnx.Type.FLOAT16, TinyOnnx.Type.UINT8)) {
                for (Layout layout : Layout.values()) {
                    all.add(new Case(head, type, layout, Open.NOTHING));
                }
                all.add(new Case(head, type, Layout.NCHW, Open.BATCH));
                all.add(new Case(head, type, Layout.NHWC, Open.ALL));
                all.add(new Case(head, type, Layout.NHWC, Open.NOTHING_OF_THREE));
            }
        }
        return all;
    }

    @TempDir
    Path directory;

    @ParameterizedTest
    @MethodSource("cases")
    void findsTheDogInEachPicture(Case one) {
        Path file = network(one).write(directory.resolve("tiny.onnx"));
        Tuning tuning = new Tuning(2, 1, 4, Duration.ZERO, "cpu", false);

        try (OnnxModel model = OnnxModel.load("tiny", file, said(one), tuning);
                Detector detector = model.newDetector()) {
            String head = one.head.split(" ", -1)[0];
            int batch = one.open == Open.NOTHING ? 1 : one.open == Open.NOTHING_OF_THREE ? 3 : 4;
            String task = one.is("classifier") ? ModelInfo.CLASSIFY : ModelInfo.DETECT;
            assertThat(model.info().details()).isEqualTo(new ModelInfo.Details(task, head, null, "cpu", 2, batch));
            assertThat(model.info().labels().get(1)).isEqualTo("dog");
            assertThat(model.info().input().fit()).isEqualTo(fit(one));
            assertThat(model.maxBatch()).isEqualTo(batch);

            assertDog(one, detector.detect(request(204)), 204);
            List<Integer> reds = List.of(230, 150, 190, 250).subList(0, batch);
            for (int n = batch; n >= 1; n--) {
                List<List<Detection>> found = detector.detect(
                        reds.subList(0, n).stream().map(HeadsOnnxTest::request).toList());
                assertThat(found).hasSize(n);
                for (int i = 0; i < n; i++) {
                    assertDog(one, found.get(i), reds.get(i));
                }
            }
        }
    }

    private static void assertDog(Case one, List<Detection> found, int red) {
        assertThat(found).hasSize(1);
        Detection dog = found.get(0);
        assertThat(dog.label()).isEqualTo("dog");
        double tolerance = one.type == TinyOnnx.Type.FLOAT16 ? 2e-3 : 1e-5;
        assertThat((double) dog.confidence()).isCloseTo(one.confidence(red), within(tolerance));
        // 12,6..20,18 in the picture of 32 x 32.
        BoundingBox box = one.is("classifier") ? new BoundingBox(0, 0, 200, 100) : new BoundingBox(20, 8, 36, 56);
        float pixels = one.type == TinyOnnx.Type.FLOAT16 ? 0.1f : 1e-3f;
        assertThat(dog.box().xMin()).isCloseTo(box.xMin(), within(pixels));
        assertThat(dog.box().yMin()).isCloseTo(box.yMin(), within(pixels));
        assertThat(dog.box().xMax()).isCloseTo(box.xMax(), within(pixels));
        assertThat(dog.box().yMax()).isCloseTo(box.yMax(), within(pixels));
    }

    /** Every pixel is another; the one that counts has this red. */
    private static InferenceRequest request(int red) {
        FrameBuffer pixels = FrameBuffer.unpooled(SIDE * SIDE * 3);
        for (int i = 0; i < SIDE * SIDE * 3; i++) {
            pixels.memory().put(i, (byte) (i % 113));
        }
        pixels.memory().put((Y * SIDE + X) * 3 + 2, (byte) red);
        return Requests.picture(SIDE, SIDE, 3)
                .source(200, 100, PLACEMENT)
                .pixels(pixels)
                .confidence(0.12)
                .build();
    }

    private static Fit fit(Case one) {
        if (one.is("yolox")) {
            return Fit.LETTERBOX;
        }
        return one.is("yolo") ? Fit.LETTERBOX_CENTER : Fit.STRETCH;
    }

    /** No more than a network of this kind needs. */
    private static ModelSpec said(Case one) {
        Integer side = one.open == Open.ALL ? SIDE : null;
        boolean labelled = one.is("ssd") || one.is("classifier") || one.is("rtdetr deployed") || one.is("yolov10");
        boolean floats = one.type != TinyOnnx.Type.UINT8;
        return new ModelSpec(
                side,
                side,
                null,
                null,
                floats && (one.is("ssd") || one.is("classifier")) ? Range.UNIT : null,
                null,
                null,
                labelled ? List.of("cat", "dog") : null,
                null,
                null,
                null);
    }

    private static TinyOnnx network(Case one) {
        long batch = one.open == Open.NOTHING ? 1 : one.open == Open.NOTHING_OF_THREE ? 3 : -1;
        long side = one.open == Open.ALL ? -1 : SIDE;
        TinyOnnx network = TinyOnnx.model().inputType(one.type);
        if (one.layout == Layout.NCHW) {
            network.input(batch, 3, side, side);
        } else {
            network.input(batch, side, side, 3);
        }
        TinyOnnx.Type type = one.type == TinyOnnx.Type.FLOAT16 ? TinyOnnx.Type.FLOAT16 : TinyOnnx.Type.FLOAT;
        switch (one.head) {
            case "yolox" -> table(one, network.names("['cat', 'dog']"), type, 21, 7, 6, 5 + 1, yoloxDog());
            case "yolox-decoded" ->
                table(one, network.names("['cat', 'dog']"), type, 21, 7, 6, 5 + 1, 16, 12, 8, 12, 1);
            case "yolov5" -> table(one, network.names("['cat', 'dog']"), type, 63, 7, 20, 5 + 1, 16, 12, 8, 12, 1);
            case "yolov8" -> columns(one, network.names("['cat', 'dog']"), type);
            case "yolov8 transposed" ->
                table(one, network.names("['cat', 'dog']"), type, 21, 6, 6, 4 + 1, 16, 12, 8, 12);
            case "yolov10" -> table(one, network, type, 10, 6, 3, 4, 12, 6, 20, 18, 0, 1);
            case "rtdetr" -> pair(one, network.names("['cat', 'dog']"), type, 2);
            case "rtdetr in one table" ->
                table(one, network.names("['cat', 'dog', 'cow']"), type, 300, 7, 9, 4 + 1, 0.5f, 0.375f, 0.25f, 0.375f);
            case "rtdetr deployed" ->
                listed(
                        one,
                        network.furtherInput("orig_target_sizes", TinyOnnx.Type.INT64, batch, 2),
                        type,
                        List.of("labels", "boxes", "scores"),
                        1,
                        12,
                        6,
                        20,
                        18);
            case "detr" -> pair(one, network.names("['cat', 'dog']"), type, 3);
            case "ssd" ->
                listed(
                        one,
                        network,
                        type,
                        List.of("detection_classes", "detection_boxes", "detection_scores", "num_detections"),
                        2,
                        6 / 32f,
                        12 / 32f,
                        18 / 32f,
                        20 / 32f);
            case "classifier" -> network.output("o", type, new float[] {-9, 0}, new long[] {1, 2}, one.red(1));
            default -> throw new IllegalArgumentException(one.head);
        }
        return network;
    }

    /** Cell 6 is column 2, row 1 of stride 8. */
    private static float[] yoloxDog() {
        return new float[] {0, 0.5f, 0, (float) Math.log(1.5), 1};
    }

    private static void table(
            Case one, TinyOnnx network, TinyOnnx.Type type, int rows, int columns, int row, int score, float... dog) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < rows && !one.head.equals("yolox"); i++) {
            // All the others are somewhere in the picture, with a score of 0.
            values[i * columns] = one.is("rtdetr") ? 0.5f : 16;
            values[i * columns + 1] = one.is("rtdetr") ? 0.5f : 16;
        }
        System.arraycopy(dog, 0, values, row * columns, dog.length);
        network.output("o", type, values, new long[] {1, rows, columns}, one.red(row * columns + score));
    }

    private static void columns(Case one, TinyOnnx network, TinyOnnx.Type type) {
        float[] values = new float[6 * 21];
        float[] dog = {16, 12, 8, 12};
        for (int i = 0; i < dog.length; i++) {
            values[i * 21 + 8] = dog[i];
        }
        network.output("o", type, values, new long[] {1, 6, 21}, one.red(5 * 21 + 8));
    }

    /** Five queries; all are sure that there is nothing but in the one with the dog. */
    private static void pair(Case one, TinyOnnx network, TinyOnnx.Type type, int scores) {
        float[] logits = new float[5 * scores];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = scores == 3 && i % 3 == 2 ? 9 : -9;
        }
        logits[3 * scores + 1] = 0;
        if (scores == 3) {
            logits[3 * scores + 2] = -9;
        }
        float[] boxes = new float[5 * 4];
        System.arraycopy(new float[] {0.5f, 0.375f, 0.25f, 0.375f}, 0, boxes, 3 * 4, 4);
        network.output("logits", type, logits, new long[] {1, 5, scores}, one.red(3 * scores + 1));
        network.output("pred_boxes", type, boxes, new long[] {1, 5, 4}, one.nothing());
    }

    private static void listed(
            Case one, TinyOnnx network, TinyOnnx.Type type, List<String> names, int dogClass, float... box) {
        boolean isCounted = names.size() > 3;
        float[] classes = {1, dogClass, 1};
        float[] boxes = new float[3 * 4];
        System.arraycopy(box, 0, boxes, 4, 4);
        // Behind the last valid one, where there is a count, lies what an earlier picture left.
        float[] scores = {0, 0, isCounted ? 0.9f : 0};
        TinyOnnx.Type classType = isCounted ? type : TinyOnnx.Type.INT64;
        network.output(names.get(0), classType, classes, new long[] {1, 3}, one.nothing());
        network.output(names.get(1), type, boxes, new long[] {1, 3, 4}, one.nothing());
        network.output(names.get(2), type, scores, new long[] {1, 3}, one.red(1));
        if (isCounted) {
            network.output(names.get(3), type, new float[] {2}, new long[] {1}, one.nothing());
        }
    }
}
