package dev.vap.shared.domain;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * A further model of a scenario, which looks at the objects that the scenario's own model has found.
 *
 * @param model its name
 * @param classes only objects of these classes are looked at; empty for all
 * @param minConfidence only objects found with at least this confidence are looked at, 0..1
 * @param maxCrops objects of a frame that are looked at, the surest first
 * @param margin by which the crop is larger than the object's box on each side, as a share of the box's width and height
 */
public record PipelineStage(String model, List<String> classes, double minConfidence, int maxCrops, double margin) {

    public static final int MAX_CROPS = 32;

    private static final Set<String> KNOWN =
            new TreeSet<>(Set.of("model", "classes", "min_confidence", "max_crops", "margin"));
    private static final Pattern MODEL_NAME = Pattern.compile("[a-zA-Z0-9._-]{1,100}");
    private static final String PATH = "pipeline.";
    private static final int MAX_CLASSES = 1000;
    private static final int DEFAULT_CROPS = 8;
    private static final double DEFAULT_MARGIN = 0.1;

    public PipelineStage {
        classes = List.copyOf(classes);
        if (model == null || !MODEL_NAME.matcher(model).matches()) {
            throw invalid("model", "the name of a model: letters, digits, dots, dashes and underscores");
        }
        if (classes.size() > MAX_CLASSES
                || classes.stream().anyMatch(name -> name.chars().anyMatch(Character::isISOControl))) {
            throw invalid("classes", "a list of at most 1000 class names without control characters");
        }
        if (!(minConfidence >= 0 && minConfidence <= 1)) {
            throw invalid("min_confidence", "a number from 0 to 1");
        }
        if (maxCrops < 1 || maxCrops > MAX_CROPS) {
            throw invalid("max_crops", "a whole number from 1 to " + MAX_CROPS);
        }
        if (!(margin >= 0 && margin <= 1)) {
            throw invalid("margin", "a share of the box from 0 to 1");
        }
    }

    /** All objects, with the defaults. */
    public static PipelineStage of(String model, List<String> classes) {
        return new PipelineStage(model, classes, 0, DEFAULT_CROPS, DEFAULT_MARGIN);
    }

    public boolean looksAt(Detection detection) {
        return detection.confidence() >= minConfidence && (classes.isEmpty() || classes.contains(detection.label()));
    }

    JsonObject toJson() {
        JsonObject json = new JsonObject().put("model", model);
        if (!classes.isEmpty()) {
            json.put("classes", new JsonArray(classes));
        }
        return json.put("min_confidence", minConfidence)
                .put("max_crops", maxCrops)
                .put("margin", margin);
    }

    static PipelineStage fromJson(JsonObject json) {
        OptionFields in = OptionFields.of(json, "options.pipeline", PATH, KNOWN);
        return new PipelineStage(
                in.text("model"),
                in.classes("classes"),
                in.number("min_confidence", 0),
                in.whole("max_crops", DEFAULT_CROPS),
                in.number("margin", DEFAULT_MARGIN));
    }

    private static VapException invalid(String name, String wanted) {
        return OptionFields.invalidValue(PATH + name, wanted);
    }
}
