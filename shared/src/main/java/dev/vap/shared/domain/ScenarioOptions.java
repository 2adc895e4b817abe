package dev.vap.shared.domain;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
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
 * @param rtspTransport how RTP packets travel: {@code tcp} or {@code udp}; null for TCP, or UDP where TCP is refused
 * @param hwaccel {@code auto}, {@code none} or a kind of hardware that decodes; falls back to software; null for none
 * @param tlsVerify certificates of {@code https}, {@code rtsps} and {@code rtmps} sources must be trusted
 */
public record ScenarioOptions(
        Double fps,
        boolean loop,
        boolean realtime,
        Double confidence,
        Double nmsIou,
        List<String> classes,
        String rtspTransport,
        String hwaccel,
        boolean tlsVerify) {

    public static final ScenarioOptions DEFAULTS =
            new ScenarioOptions(null, false, false, null, null, List.of(), null, null, false);

    private static final Set<String> KNOWN = new TreeSet<>(Set.of(
            "fps", "loop", "realtime", "confidence", "nms_iou", "classes", "rtsp_transport", "hwaccel", "tls_verify"));
    private static final Set<String> TRANSPORTS = new TreeSet<>(Set.of("tcp", "udp"));
    private static final Set<String> HWACCELS =
            new TreeSet<>(Set.of("auto", "none", "vaapi", "cuda", "qsv", "vulkan", "videotoolbox", "d3d11va"));
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
        if (rtspTransport != null && !TRANSPORTS.contains(rtspTransport)) {
            throw invalid("rtsp_transport", "one of " + String.join(", ", TRANSPORTS));
        }
        if (hwaccel != null && !HWACCELS.contains(hwaccel)) {
            throw invalid("hwaccel", "one of " + String.join(", ", HWACCELS));
        }
    }

    /** The defaults with a rate, or as {@link #DEFAULTS} where that is null. */
    public static ScenarioOptions ofFile(Double fps, boolean loop, boolean realtime) {
        return new ScenarioOptions(fps, loop, realtime, null, null, List.of(), null, null, false);
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
        if (rtspTransport != null) {
            json.put("rtsp_transport", rtspTransport);
        }
        if (hwaccel != null) {
            json.put("hwaccel", hwaccel);
        }
        if (tlsVerify) {
            json.put("tls_verify", true);
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
                strings(json, "classes"),
                word(json, "rtsp_transport"),
                word(json, "hwaccel"),
                flag(json, "tls_verify"));
    }

    public ScenarioOptions withFps(Double value) {
        return new ScenarioOptions(
                value, loop, realtime, confidence, nmsIou, classes, rtspTransport, hwaccel, tlsVerify);
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

    private static String word(JsonObject json, String name) {
        Object value = json.getValue(name);
        if (value == null) {
            return null;
        }
        if (value instanceof String s) {
            return s.toLowerCase(Locale.ROOT);
        }
        throw invalid(name, "a text");
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
