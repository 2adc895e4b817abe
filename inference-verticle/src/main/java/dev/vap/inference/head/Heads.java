package dev.vap.inference.head;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.ModelInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Finds the head that fits a network; and the words for heads in the catalogue. */
public final class Heads {

    private static final String WHERE = " to its entry in models.yaml";
    private static final Set<String> YOLOX = Set.of(YoloxHead.NAME, YoloRowsHead.YOLOX_DECODED);

    private enum Kind {
        YOLOX(YoloxHead.NAME, "YOLOX: [1,cells,5+classes], relative to the cells of strides 8, 16, 32"),
        YOLOX_DECODED(YoloRowsHead.YOLOX_DECODED, "YOLOX exported with its decoding: [1,cells,5+classes], in pixels"),
        YOLOV5(YoloRowsHead.YOLOV5, "YOLOv5, v7: [1,N,5+classes], in pixels"),
        YOLOV8(YoloColumnsHead.NAME, "YOLOv8, v9, 11: [1,4+classes,N], in pixels"),
        YOLOV10(EndToEndHead.NAME, "YOLOv10, v26 and exports with NMS inside: [1,N,6] of corners, score, class"),
        RTDETR(
                DetrHead.RT_DETR,
                "RT-DETR: boxes [1,Q,4] and logits [1,Q,classes] (sigmoid), or [1,Q,4+classes], or labels, boxes, scores"
                        + " with an input orig_target_sizes"),
        DETR(DetrHead.DETR, "DETR: boxes [1,Q,4] and logits [1,Q,classes+1] (softmax, \"no object\" last)"),
        SSD(ListedHead.SSD, "SSD and others with NMS inside: boxes, classes (from 1 on), scores, their number"),
        CLASSIFIER(ClassifierHead.NAME, "a classifier: [1,classes] of logits or probabilities");

        private final String word;
        private final String description;

        Kind(String word, String description) {
            this.word = word;
            this.description = description;
        }

        /** Empty if the outputs are of another shape, or, undeclared, do not look like it. */
        Optional<Head> fit(Network network, boolean declared) {
            return switch (this) {
                case YOLOX -> YoloxHead.fit(network, declared);
                case YOLOX_DECODED -> YoloxHead.fitDecoded(network, declared);
                case YOLOV5 -> YoloRowsHead.fit(network, declared);
                case YOLOV8 -> YoloColumnsHead.fit(network, declared);
                case YOLOV10 -> EndToEndHead.fit(network, declared);
                case RTDETR -> ListedHead.fitRtDetr(network).or(() -> DetrHead.fitRtDetr(network, declared));
                case DETR -> DetrHead.fitDetr(network, declared);
                case SSD -> ListedHead.fitSsd(network);
                case CLASSIFIER -> ClassifierHead.fit(network, declared);
            };
        }
    }

    private Heads() {}

    /** The words that {@code head:} may have in the catalogue. */
    public static List<String> names() {
        return Arrays.stream(Kind.values()).map(kind -> kind.word).toList();
    }

    /**
     * Which networks a head is for and what it reads.
     *
     * @param name one of {@link #names()}
     */
    public static String describe(String name) {
        return kind(name).description;
    }

    /**
     * @param declared one of {@link #names()}; null to find it out
     * @throws VapException {@code model_unsupported} if it isn't certain, which says what the outputs are and what to add
     */
    public static Head recognise(Network network, String declared) {
        if (declared != null) {
            Kind kind = kind(declared);
            return kind.fit(network, true)
                    .orElseThrow(() -> unsupported("The model's outputs do not fit its \"head: " + declared
                            + "\", which is for " + kind.description + ": it has " + shown(network)
                            + ". Correct or remove that line of its entry in models.yaml."));
        }
        refuseOtherTasks(network);
        List<Head> found = candidates(network);
        if (found.size() == 1) {
            return found.get(0);
        }
        if (found.isEmpty()) {
            throw unsupported("The model's outputs are not known: it has " + shown(network) + ". Add \"head: ...\""
                    + WHERE + " if it is one of " + String.join(", ", names()) + ".");
        }
        throw unsupported("The model's outputs can be read in more than one way: it has " + shown(network) + ". Add "
                + found.stream().map(head -> "\"head: " + head.name() + "\"").collect(Collectors.joining(" or "))
                + WHERE + ".");
    }

    private static Kind kind(String name) {
        return Arrays.stream(Kind.values())
                .filter(kind -> kind.word.equals(name))
                .findFirst()
                .orElseThrow(() -> unsupported("There is no head \"" + name + "\": use one of "
                        + String.join(", ", names()) + " in models.yaml."));
    }

    /** Tables of poses, masks and turned boxes would be taken for classes. */
    private static void refuseOtherTasks(Network network) {
        String task = network.meta("task");
        if (!task.isEmpty() && !task.equals(ModelInfo.DETECT) && !task.equals(ModelInfo.CLASSIFY)) {
            String shown = task.substring(0, Math.min(task.length(), 40)).toLowerCase(Locale.ROOT);
            throw unsupported("The model is made for the task \"" + shown
                    + "\": supported are detect and classify; export a model of those, or declare its \"head: ...\" in"
                    + " models.yaml.");
        }
    }

    /** What fits by its shape, less what the exporter's words or the number of labels exclude. */
    private static List<Head> candidates(Network network) {
        List<Head> found = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            kind.fit(network, false).ifPresent(found::add);
        }
        if (network.meta("task").equals(ModelInfo.CLASSIFY)) {
            found.removeIf(head -> !head.task().equals(ModelInfo.CLASSIFY));
        }
        if (network.meta("end2end").equals("true")) {
            found = preferred(found, head -> head.name().equals(EndToEndHead.NAME));
        }
        if (network.saysRtDetr()) {
            found = preferred(found, head -> head.name().equals(DetrHead.RT_DETR));
        }
        if (network.isUltralytics()) {
            found = preferred(found, head -> !YOLOX.contains(head.name()));
        }
        found = preferred(
                found, head -> head.classes() < 0 || network.labels() < 0 || head.classes() == network.labels());
        if (found.stream().anyMatch(head -> head.name().equals(YoloxHead.NAME))) {
            // Its boxes were seen to be relative to cells, which no other network's are.
            found = preferred(found, head -> head.name().equals(YoloxHead.NAME));
        }
        return found;
    }

    /** Those of which this is true, or all if it is true of none. */
    private static List<Head> preferred(List<Head> heads, Predicate<Head> condition) {
        List<Head> some = heads.stream().filter(condition).collect(Collectors.toCollection(ArrayList::new));
        return some.isEmpty() ? heads : some;
    }

    private static String shown(Network network) {
        return network.outputs().stream().limit(8).map(TensorShape::toString).collect(Collectors.joining(", "))
                + (network.outputs().size() > 8 ? ", ..." : "") + " for an input of " + network.width() + "x"
                + network.height();
    }

    private static VapException unsupported(String message) {
        return new VapException(ErrorCode.MODEL_UNSUPPORTED, message);
    }
}
