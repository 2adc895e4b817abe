package dev.vap.inference.head;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The DETR family: a fixed number of queries, each with one box, so nothing is suppressed. Boxes are centre and size in parts
 * of the input's sides. RT-DETR (Lv et al. 2023) and its kin rate each class by itself: the confidence is the sigmoid of its
 * logit, or given as a probability. DETR (Carion et al. 2020) rates classes against each other and against "no object", its
 * last one: the confidence is the softmax.
 *
 * <p>Two outputs, {@code [1, Q, 4]} and {@code [1, Q, C]}, or one of {@code [1, Q, 4 + C]}, which holds probabilities (as
 * Ultralytics exports RT-DETR). Of a query only its likeliest class is reported.
 *
 * @param boxes index of the output with boxes
 * @param scores index of the output with scores; the same if there is only one
 * @param classes without "no object"
 * @param rating how scores become confidences
 */
record DetrHead(String name, int boxes, int scores, int classes, Rating rating, int width, int height) implements Head {

    static final String RT_DETR = "rtdetr";
    static final String DETR = "detr";

    private static final int CORNERS = 4;
    private static final int USUAL_QUERIES = 300;
    private static final int MOST_QUERIES = 1000;
    /** Logits of COCO: its 80 classes by sigmoid; ids up to 90, 0 and "no object" by softmax. */
    private static final int COCO_CLASSES = 80;

    private static final int COCO_IDS_AND_NONE = 92;
    private static final int END_TO_END = 6;

    /** Names of outputs that hold scores, where there are further ones: features, auxiliary outputs. */
    private static final Pattern SCORES = Pattern.compile("logit|score|class|cls|prob");

    enum Rating {
        PROBABILITY,
        SIGMOID,
        SOFTMAX
    }

    static Optional<Head> fitRtDetr(Network network, boolean declared) {
        Optional<Head> single = network.onlyTable().flatMap(index -> single(network, index, declared));
        if (single.isPresent()) {
            return single;
        }
        return pair(network).flatMap(pair -> {
            long classes = network.outputs().get(pair.scores).dim(2);
            boolean certain = network.labels() < 0 ? classes != COCO_IDS_AND_NONE : network.labels() == classes;
            Rating rating = isProbability(network, pair.scores) ? Rating.PROBABILITY : Rating.SIGMOID;
            return certain || declared || mayBeEither(network, classes)
                    ? Optional.of(pair.head(RT_DETR, classes, rating, network))
                    : Optional.empty();
        });
    }

    static Optional<Head> fitDetr(Network network, boolean declared) {
        return pair(network).flatMap(pair -> {
            long classes = network.outputs().get(pair.scores).dim(2) - 1;
            boolean certain = network.labels() < 0 ? classes + 1 != COCO_CLASSES : network.labels() == classes;
            boolean fits = classes > 0 && (certain || declared || mayBeEither(network, classes + 1));
            return fits ? Optional.of(pair.head(DETR, classes, Rating.SOFTMAX, network)) : Optional.empty();
        });
    }

    /** Labels that fit neither decide nothing. */
    private static boolean mayBeEither(Network network, long scores) {
        return network.labels() >= 0 && network.labels() != scores && network.labels() != scores - 1;
    }

    private static boolean isProbability(Network network, int scores) {
        String name = network.outputs().get(scores).plainName();
        return !name.contains("logit") && (name.contains("prob") || network.allWithinUnit(scores));
    }

    private static Optional<Head> single(Network network, int index, boolean declared) {
        TensorShape output = network.outputs().get(index);
        long queries = output.dim(1);
        long classes = output.dim(2) - CORNERS;
        boolean isGrid = Grid.isOnePerCell(network, queries)
                || Grid.isThreePerCell(network, queries)
                || Grid.isOnePerCell(network, output.dim(2));
        boolean usual = queries == USUAL_QUERIES && output.dim(2) != END_TO_END;
        boolean likely = usual || (queries <= MOST_QUERIES && network.labels() == classes);
        // Boxes and scores are parts of one; tables of other networks hold pixels.
        boolean looksSo = network.values().isEmpty() || network.allWithinUnit(index);
        boolean certain = network.saysRtDetr() || (!isGrid && likely && looksSo);
        return classes > 0 && (declared || certain)
                ? Optional.of(new DetrHead(
                        RT_DETR,
                        index,
                        index,
                        Math.toIntExact(classes),
                        Rating.PROBABILITY,
                        network.width(),
                        network.height()))
                : Optional.empty();
    }

    private record Pair(int boxes, int scores) {

        Head head(String name, long classes, Rating rating, Network network) {
            return new DetrHead(
                    name, boxes, scores, Math.toIntExact(classes), rating, network.width(), network.height());
        }
    }

    private static Optional<Pair> pair(Network network) {
        Optional<Integer> boxes = network.only(
                o -> isTable(o) && o.dim(2) == CORNERS && o.plainName().contains("box"));
        if (boxes.isEmpty()) {
            boxes = network.only(o -> isTable(o) && o.dim(2) == CORNERS);
        }
        int found = boxes.orElse(-1);
        if (found < 0) {
            return Optional.empty();
        }
        TensorShape box = network.outputs().get(found);
        Predicate<TensorShape> beside = o -> isTable(o) && !o.equals(box) && o.dim(1) == box.dim(1);
        return network.only(beside)
                .or(() -> network.only(
                        beside.and(o -> SCORES.matcher(o.plainName()).find())))
                .filter(scores -> box.dim(1) <= MOST_QUERIES)
                .map(scores -> new Pair(found, scores));
    }

    private static boolean isTable(TensorShape output) {
        return output.isFloat() && output.rank() == 3 && output.dim(0) == 1;
    }

    @Override
    public List<Integer> reads() {
        return boxes == scores ? List.of(boxes) : List.of(boxes, scores);
    }

    @Override
    public Decoder newDecoder(List<String> labels, Thresholds model) {
        return new DetrDecoder(this, labels, model);
    }

    private static final class DetrDecoder extends BoxDecoder {

        private final DetrHead head;

        DetrDecoder(DetrHead head, List<String> labels, Thresholds model) {
            super(labels, model, false);
            this.head = head;
        }

        @Override
        void collect(List<FloatBuffer> outputs, Thresholds thresholds) {
            FloatBuffer boxes = outputs.get(0);
            boolean single = outputs.size() == 1;
            FloatBuffer scores = single ? boxes : outputs.get(1);
            int boxStep = single ? CORNERS + head.classes : CORNERS;
            int first = single ? CORNERS : 0;
            int scoreStep = single ? boxStep : head.classes + (head.rating == Rating.SOFTMAX ? 1 : 0);
            int queries = boxes.limit() / boxStep;
            for (int q = 0; q < queries; q++) {
                int at = first + q * scoreStep;
                int best = Values.argmax(scores, at, head.classes);
                float confidence = confidence(scores, at, best);
                if (Values.passes(confidence, thresholds.confidence()) && thresholds.wants(labels.get(best))) {
                    add(boxes, q * boxStep, confidence, best);
                }
            }
        }

        private float confidence(FloatBuffer scores, int at, int best) {
            return switch (head.rating) {
                case PROBABILITY -> scores.get(at + best);
                case SIGMOID -> Values.sigmoid(scores.get(at + best));
                case SOFTMAX -> Values.softmax(scores, at, head.classes + 1, best);
            };
        }

        private void add(FloatBuffer boxes, int at, float confidence, int classId) {
            candidates.addCentred(
                    boxes.get(at) * head.width,
                    boxes.get(at + 1) * head.height,
                    boxes.get(at + 2) * head.width,
                    boxes.get(at + 3) * head.height,
                    confidence,
                    classId);
        }
    }
}
