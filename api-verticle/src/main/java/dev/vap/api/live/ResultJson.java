package dev.vap.api.live;

import dev.vap.shared.storage.Results;
import io.vertx.core.json.Json;
import java.time.Instant;
import java.util.regex.Pattern;

/**
 * The form in which a stored result is shown. Written as text: a hundred rows as trees of objects cost three times the
 * CPU, and this is what the API does most.
 */
public final class ResultJson {

    private static final Pattern PLAIN = Pattern.compile("[a-zA-Z0-9._-]*");

    private ResultJson() {}

    /** Appends the fields of the object, without its braces. */
    public static void append(StringBuilder out, Results.Stored r) {
        appendLive(out, r);
        instant(out.append(",\"stored_at\":"), r.storedAt());
    }

    /** The same in the form of a live result, which is not stored yet. */
    static void appendLive(StringBuilder out, Results.Stored r) {
        out.append("\"frame_number\":").append(r.frameNumber());
        instant(out.append(",\"timestamp\":"), r.timestamp());
        out.append(",\"age_ms\":").append(r.ageMillis());
        out.append(",\"pts_ms\":").append(r.ptsMillis());
        out.append(",\"width\":").append(r.width());
        out.append(",\"height\":").append(r.height());
        out.append(",\"epoch\":").append(r.epoch());
        out.append(",\"model\":").append(quoted(r.model()));
        out.append(",\"detector\":").append(quoted(r.detector()));
        out.append(",\"inference_ms\":").append(number(r.inferenceMillis()));
        if (r.gated()) {
            out.append(",\"gated\":true");
        }
        out.append(",\"detections\":").append(r.detections());
    }

    private static void instant(StringBuilder out, Instant value) {
        InstantText.append(out.append('"'), value);
        out.append('"');
    }

    /** Names of models and detectors are mostly such that nothing in them needs an escape. */
    private static String quoted(String text) {
        return text != null && PLAIN.matcher(text).matches() ? '"' + text + '"' : Json.encode(text);
    }

    /** The column holds four bytes: more digits would be noise. What is no number in JSON is null. */
    private static String number(double value) {
        float stored = (float) value;
        return Float.isFinite(stored) ? Float.toString(stored) : "null";
    }
}
