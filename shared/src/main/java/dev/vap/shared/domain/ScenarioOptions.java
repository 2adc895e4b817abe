package dev.vap.shared.domain;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a scenario is to be run. A null field means the platform's default for that kind of source.
 *
 * @param fps analysed frames a second; 0 is every frame (the default for a file)
 * @param loop a file starts again at its end; frame numbers go on growing
 * @param realtime a file is played at its own speed
 * @param confidence least confidence of a detection, 0..1
 * @param nmsIou IoU above which the weaker of two boxes of a class is dropped, 0..1
 * @param classes only these classes are reported; empty for all
 */
public record ScenarioOptions(
        Double fps, boolean loop, boolean realtime, Double confidence, Double nmsIou, List<String> classes) {

    public static final ScenarioOptions DEFAULTS = new ScenarioOptions(null, false, false, null, null, List.of());

    private static final Set<String> KNOWN =
            new TreeSet<>(Set.of("fps", "loop", "realtime", "confidence", "nms_iou", "classes"));
    private static final int MAX_CLASSES = 1000;
    private static final double MAX_FPS = 1000;

    public ScenarioOptions {
        classes = List.copyOf(classes);
        if (fps != null && !(fps >= 0 && fps <= MAX_FPS)) {
            throw invalid("fps", "a number from 0 (every frame) to 1000");
        }
        if (confidence != null && !(confidence >= 0 && confidence <= 1)) {
            throw invalid("confidence", "a number from 0 to 1");
        }
        if (nmsIou != null && !(nmsIou >= 0 && nmsIou <= 1)) {
            throw invalid("nms_iou", "a number from 0 to 1");
        }
        if (classes.size() > MAX_CLASSES) {
            throw invalid("classes", "a list of at most 1000 class names");
        }
    }

    public JsonObject toJson() {
        JsonObject json = new JsonObject();
        if (fps != null) {
            json.put("fps", fps);
        }
        if (loop) {
            json.put("loop", true);
        }
        if (realtime) {
            json.put("realtime", true);
        }
        if (confidence != null) {
            json.put("confidence", confidence);
        }
        if (nmsIou != null) {
            json.put("nms_iou", nmsIou);
        }
        if (!classes.isEmpty()) {
            json.put("classes", new JsonArray(classes));
        }
        return json;
    }

    /**
     * @throws VapException if a field is unknown, of a wrong type or out of range; the message names it
     */
    public static ScenarioOptions fromJson(JsonObject json) {
        for (String name : json.fieldNames()) {
            if (!KNOWN.contains(name)) {
                throw new VapException(
                        ErrorCode.UNKNOWN_FIELD,
                        "\"options." + Redact.shorten(name) + "\" is not known: use " + String.join(", ", KNOWN) + ".");
            }
        }
        return new ScenarioOptions(
                number(json, "fps"),
                flag(json, "loop"),
                flag(json, "realtime"),
                number(json, "confidence"),
                number(json, "nms_iou"),
                strings(json, "classes"));
    }

    public ScenarioOptions withFps(Double value) {
        return new ScenarioOptions(value, loop, realtime, confidence, nmsIou, classes);
    }

    private static Double number(JsonObject json, String name) {
        Object value = json.getValue(name);
        if (value == null) {
            return null;
        }
        if (value instanceof Number n) {
            return n.doubleValue();
        }
        throw invalid(name, "a number");
    }

    private static boolean flag(JsonObject json, String name) {
        Object value = json.getValue(name);
        if (value == null) {
            return false;
        }
        if (value instanceof Boolean b) {
            return b;
        }
        throw invalid(name, "true or false");
    }

    private static List<String> strings(JsonObject json, String name) {
        Object value = json.getValue(name);
        if (value == null) {
            return List.of();
        }
        if (value instanceof JsonArray array
                && array.stream().allMatch(v -> v instanceof String s && !s.isBlank() && s.length() <= 100)) {
            return array.stream().map(String.class::cast).toList();
        }
        throw invalid(name, "a list of class names");
    }

    private static VapException invalid(String name, String wanted) {
        return new VapException(ErrorCode.INVALID_VALUE, "\"" + name + "\" must be " + wanted + ".");
    }
}
