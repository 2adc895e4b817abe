package dev.vap.inference.model;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

    private Labels() {}

    /**
     * The first of these that fits: the lines of {@code NAME.labels.txt} beside {@code NAME.onnx}, the model's metadata
     * {@code names} (a Python dictionary or a list, as YOLO exporters write it), COCO's for 80 classes, else
     * {@code class_0}, {@code class_1}….
     *
     * @throws VapException {@code model_unsupported} if there is a labels file with another number of labels
     */
    public static List<String> find(int classes, Path model, Map<String, String> metadata) {
        Path file = labelFile(model);
        if (Files.isRegularFile(file)) {
            return read(file, classes);
        }
        List<String> named = parse(metadata.getOrDefault("names", ""));
        if (named.size() == classes) {
            return named;
        }
        if (classes == COCO.size()) {
            return COCO;
        }
        return IntStream.range(0, classes).mapToObj(i -> "class_" + i).toList();
    }

    static Path labelFile(Path model) {
        String name = model.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return model.resolveSibling((dot < 0 ? name : name.substring(0, dot)) + ".labels.txt");
    }

    private static List<String> read(Path file, int classes) {
        List<String> labels;
        try {
            labels = Files.readAllLines(file, StandardCharsets.UTF_8).stream()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList();
        } catch (IOException e) {
            throw new VapException(
                    ErrorCode.MODEL_UNSUPPORTED,
                    file.getFileName() + " can't be read: give one label a line, UTF-8.",
                    e);
        }
        if (labels.size() != classes) {
            throw new VapException(
                    ErrorCode.MODEL_UNSUPPORTED,
                    file.getFileName() + " has " + labels.size() + " labels, but the model has " + classes
                            + " classes.");
        }
        return labels;
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
