package dev.vap.api.live;

import dev.vap.shared.storage.Results;
import io.vertx.core.json.Json;

/**
 * The form in which a stored result is shown. Written as text: a hundred rows as trees of objects cost three times the
 * CPU, and this is what the API does most.
 */
public final class ResultJson {

    private ResultJson() {}

    /** Appends the fields of the object, without its braces. */
    public static void append(StringBuilder out, Results.Stored r) {
        out.append("\"frame_number\":").append(r.frameNumber());
        out.append(",\"timestamp\":\"").append(r.timestamp()).append('"');
        out.append(",\"age_ms\":").append(r.ageMillis());
        out.append(",\"pts_ms\":").append(r.ptsMillis());
        out.append(",\"width\":").append(r.width());
        out.append(",\"height\":").append(r.height());
        out.append(",\"epoch\":").append(r.epoch());
        out.append(",\"model\":").append(Json.encode(r.model()));
        out.append(",\"detector\":").append(Json.encode(r.detector()));
        out.append(",\"inference_ms\":").append(number(r.inferenceMillis()));
        out.append(",\"stored_at\":\"").append(r.storedAt()).append('"');
        if (r.gated()) {
            out.append(",\"gated\":true");
        }
        out.append(",\"detections\":").append(r.detections());
    }

    /** The column holds four bytes: more digits would be noise. What is no number in JSON is null. */
    private static String number(double value) {
        float stored = (float) value;
        return Float.isFinite(stored) ? Float.toString(stored) : "null";
    }
}
