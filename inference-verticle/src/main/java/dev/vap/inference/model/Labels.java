package dev.vap.inference.model;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** What the classes of a model are called. */
public final class Labels {

    /** The 80 classes of COCO's detection task, in the order all its models use. */
    public static final List<String> COCO = List.of(("person|bicycle|car|motorcycle|airplane|bus|train|truck|boat|"
                    + "traffic light|fire hydrant|stop sign|parking meter|bench|bird|cat|dog|horse|sheep|cow|elephant|"
                    + "bear|zebra|giraffe|backpack|umbrella|handbag|tie|suitcase|frisbee|skis|snowboard|sports ball|"
                    + "kite|baseball bat|baseball glove|skateboard|surfboard|tennis racket|bottle|wine glass|cup|fork|"
                    + "knife|spoon|bowl|banana|apple|sandwich|orange|broccoli|carrot|hot dog|pizza|donut|cake|chair|"
                    + "couch|potted plant|bed|dining table|toilet|tv|laptop|mouse|remote|keyboard|cell phone|"
                    + "microwave|oven|toaster|sink|refrigerator|book|clock|vase|scissors|teddy bear|hair drier|"
                    + "toothbrush")
            .split("\\|"));

    /** {@code 0: 'person'} of a Python dictionary, or {@code "0": "person"} of a JSON object. */
    private static final Pattern PAIR =
            Pattern.compile("(\\d{1,6})[\"']?\\s*:\\s*(?:'((?:[^'\\\\]|\\\\.)*+)'|\"((?:[^\"\\\\]|\\\\.)*+)\")");

    /** {@code 'person'} of a list. */
    private static final Pattern ITEM = Pattern.compile("'((?:[^'\\\\]|\\\\.)*+)'|\"((?:[^\"\\\\]|\\\\.)*+)\"");

    /** More than any vocabulary; each is an object of its own. */
    private static final int MOST_CLASSES = 100_000;

    private Labels() {}

    /**
     * Names from one place.
     *
     * @param source where they come from, for messages
     */
    public record Known(List<String> labels, String source) {}

    /**
     * The first of these that is there: what the catalogue says, the lines of {@code NAME.labels.txt} beside {@code NAME.onnx},
     * the model's metadata {@code names} (a Python dictionary or a list, as YOLO exporters write it).
     *
     * @param said null if the catalogue says nothing
     * @throws VapException {@code model_unsupported} if the labels file is none
     */
    public static Optional<Known> known(List<String> said, Path model, Map<String, String> metadata) {
        if (said != null) {
            return Optional.of(new Known(said, "The catalogue"));
        }
        Path file = labelFile(model);
        if (Files.isRegularFile(file)) {
            return Optional.of(
                    new Known(LabelsFile.read(file), file.getFileName().toString()));
        }
        List<String> named = parse(metadata.getOrDefault("names", ""));
        return named.isEmpty() ? Optional.empty() : Optional.of(new Known(named, "The model's metadata"));
    }

    /**
     * Labels for a head: those known; else COCO's for 80 classes, or {@code class_0}, {@code class_1}….
     *
     * @param classes -1 if the head does not say how many there are
     * @throws VapException {@code model_unsupported} if their number is another, or nothing is known of them
     */
    public static List<String> of(int classes, Optional<Known> known, Path model) {
        if (classes > MOST_CLASSES) {
            throw new VapException(
                    ErrorCode.MODEL_UNSUPPORTED,
                    model.getFileName() + " has " + classes + " classes, and may have " + MOST_CLASSES
                            + ": check its \"head: ...\" in models.yaml.");
        }
        if (known.isEmpty()) {
            if (classes < 0) {
                throw new VapException(
                        ErrorCode.MODEL_UNSUPPORTED,
                        model.getFileName()
                                + " does not say what its classes are: add \"labels: [...]\" to its entry in"
                                + " models.yaml, or put " + labelFile(model).getFileName()
                                + " beside it, one label a line.");
            }
            return classes == COCO.size()
                    ? COCO
                    : IntStream.range(0, classes).mapToObj(i -> "class_" + i).toList();
        }
        int count = known.get().labels().size();
        if (count == 0 || (classes >= 0 && count != classes)) {
            throw new VapException(
                    ErrorCode.MODEL_UNSUPPORTED,
                    known.get().source() + " has " + count + (count == 1 ? " label" : " labels")
                            + ", but the model has " + (classes < 0 ? "" : classes + " ")
                            + (classes == 1 ? "class" : "classes")
                            + ": give \"labels: [...]\" in models.yaml,"
                            + " one for each class, or check its \"head: ...\".");
        }
        return known.get().labels();
    }

    static Path labelFile(Path model) {
        String name = model.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return model.resolveSibling((dot < 0 ? name : name.substring(0, dot)) + ".labels.txt");
    }

    /** Empty if the text is no complete list from 0 on. */
    static List<String> parse(String names) {
        if (names.isBlank()) {
            return List.of();
        }
        TreeMap<Integer, String> byNumber = new TreeMap<>();
        Matcher pair = PAIR.matcher(names);
        while (pair.find()) {
            byNumber.put(Integer.parseInt(pair.group(1)), text(pair.group(2), pair.group(3)));
        }
        if (!byNumber.isEmpty()) {
            boolean complete = byNumber.lastKey() == byNumber.size() - 1;
            return complete ? List.copyOf(byNumber.values()) : List.of();
        }
        List<String> items = new ArrayList<>();
        Matcher item = ITEM.matcher(names);
        while (item.find()) {
            items.add(text(item.group(1), item.group(2)));
        }
        return List.copyOf(items);
    }

    private static String text(String single, String twice) {
        return (single == null ? twice : single).replaceAll("\\\\(.)", "$1");
    }
}
