package dev.vap.inference.head;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Networks that have chosen already and give boxes, classes and scores as lists, some with the number that is valid:
 *
 * <ul>
 *   <li>{@code ssd}: exports of TensorFlow's Object Detection API ({@code detection_boxes} as {@code yMin, xMin, yMax, xMax} in
 *       parts of the sides), and {@code boxes, labels, scores} as torchvision (boxes {@code [N, 4]} in pixels) and the ONNX model
 *       zoo ({@code [1, N, 4]} in parts of the sides) have them, both {@code xMin, yMin, xMax, yMax}. Class 0 is the background
 *       there.
 *   <li>{@code rtdetr} with its post-processor in the graph, which has an input {@value #TARGET_SIZES}: boxes in pixels of the
 *       size given there; class 0 is the first one.
 * </ul>
 *
 * @param reads boxes, classes, scores, and the number of valid ones where the network says it
 * @param yFirst whether a box starts with its y
 * @param scaleX pixels of the input for 1
 * @param background whether class 0 is none, so that class 1 is the first label
 */
record ListedHead(String name, List<Integer> reads, boolean yFirst, float scaleX, float scaleY, boolean background)
        implements Head {

    static final String SSD = "ssd";
    static final String TARGET_SIZES = "orig_target_sizes";

    private static final int CORNERS = 4;

    static Optional<Head> fitSsd(Network network) {
        return hasTargetSizes(network) ? Optional.empty() : fit(network, SSD);
    }

    static Optional<Head> fitRtDetr(Network network) {
        return hasTargetSizes(network) ? fit(network, DetrHead.RT_DETR) : Optional.empty();
    }

    private static boolean hasTargetSizes(Network network) {
        return network.furtherInputs().contains(TARGET_SIZES);
    }

    private static Optional<Head> fit(Network network, String name) {
        boolean tensorFlow =
                network.only(o -> o.plainName().equals("detection_boxes")).isPresent();
        Optional<Integer> boxes = network.only(o -> tensorFlow
                ? o.plainName().equals("detection_boxes")
                : o.plainName().contains("box"));
        Optional<Integer> classes = network.only(o -> tensorFlow
                ? o.plainName().equals("detection_classes")
                : o.plainName().contains("label") || o.plainName().contains("class"));
        Optional<Integer> scores = network.only(o -> tensorFlow
                ? o.plainName().equals("detection_scores")
                : o.plainName().contains("score"));
        if (boxes.isEmpty() || classes.isEmpty() || scores.isEmpty()) {
            return Optional.empty();
        }
        TensorShape box = network.outputs().get(boxes.get());
        int rank = box.rank();
        boolean lists = (rank == 2 || (rank == 3 && box.dim(0) == 1))
                && box.dim(-1) == CORNERS
                && isList(network, classes.get(), box)
                && isList(network, scores.get(), box);
        if (!lists) {
            return Optional.empty();
        }
        List<Integer> reads = new ArrayList<>(List.of(boxes.get(), classes.get(), scores.get()));
        network.only(o -> o.plainName().startsWith("num_detections") && o.values() == 1)
                .ifPresent(reads::add);
        boolean pixels = rank == 2 || name.equals(DetrHead.RT_DETR);
        return Optional.of(new ListedHead(
                name,
                List.copyOf(reads),
                tensorFlow,
                pixels ? 1 : network.width(),
                pixels ? 1 : network.height(),
                name.equals(SSD)));
    }

    private static boolean isList(Network network, int index, TensorShape box) {
        TensorShape list = network.outputs().get(index);
        return list.rank() == box.rank() - 1 && list.dim(-1) == box.dim(-2);
    }

    @Override
    public int classes() {
        return -1;
    }

    @Override
    public boolean varies() {
        return true;
    }

    @Override
    public Decoder newDecoder(List<String> labels, Thresholds model) {
        return new ListDecoder(this, labels, model);
    }

    private static final class ListDecoder extends BoxDecoder {

        private final ListedHead head;
        /** The class of the first label. */
        private final int firstClass;

        ListDecoder(ListedHead head, List<String> labels, Thresholds model) {
            super(labels, model, false);
            this.head = head;
            boolean labelled =
                    labels.get(0).toLowerCase(Locale.ROOT).replace("_", "").equals("background");
            this.firstClass = head.background && !labelled ? 1 : 0;
        }

        @Override
        void collect(List<FloatBuffer> outputs, Thresholds thresholds) {
            FloatBuffer boxes = outputs.get(0);
            FloatBuffer classes = outputs.get(1);
            FloatBuffer scores = outputs.get(2);
            int count = scores.limit();
            if (outputs.size() > 3) {
                float valid = outputs.get(3).get(0);
                if (Float.isNaN(valid)) {
                    throw Values.notANumber();
                }
                count = Math.min(count, (int) valid);
            }
            for (int i = 0; i < count; i++) {
                float confidence = scores.get(i);
                if (!Values.passes(confidence, thresholds.confidence()) || (head.background && classes.get(i) == 0)) {
                    continue;
                }
                int classId = Values.classOf(classes.get(i), firstClass, labels.size());
                if (thresholds.wants(labels.get(classId))) {
                    add(boxes, CORNERS * i, confidence, classId);
                }
            }
        }

        private void add(FloatBuffer boxes, int at, float confidence, int classId) {
            int x = head.yFirst ? at + 1 : at;
            int y = head.yFirst ? at : at + 1;
            candidates.add(
                    boxes.get(x) * head.scaleX,
                    boxes.get(y) * head.scaleY,
                    boxes.get(x + 2) * head.scaleX,
                    boxes.get(y + 2) * head.scaleY,
                    confidence,
                    classId);
        }
    }
}
