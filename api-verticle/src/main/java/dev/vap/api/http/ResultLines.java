package dev.vap.api.http;

import dev.vap.api.live.ResultJson;
import dev.vap.shared.storage.Results;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Results as lines of text, for files. */
enum ResultLines {

    /** A JSON object a line, as in a page. */
    NDJSON("application/x-ndjson", "ndjson", "") {
        @Override
        void append(StringBuilder out, Results.Stored result) {
            out.append('{');
            ResultJson.append(out, result);
            out.append("}\n");
        }
    },

    /** A line per detection (RFC 4180). */
    CSV(
            "text/csv",
            "csv",
            "frame_number,timestamp,pts_ms,width,height,epoch,model,detector,class,class_id,confidence,x_min,y_min,x_max,"
                    + "y_max\r\n") {
        @Override
        void append(StringBuilder out, Results.Stored r) {
            JsonArray detections = new JsonArray(r.detections());
            if (detections.isEmpty()) {
                return;
            }
            String frame = r.frameNumber() + "," + r.timestamp() + "," + r.ptsMillis() + "," + r.width() + ","
                    + r.height() + "," + r.epoch() + "," + cell(r.model()) + "," + cell(r.detector());
            for (int i = 0; i < detections.size(); i++) {
                JsonObject detection = detections.getJsonObject(i);
                out.append(frame).append(',').append(cell(detection.getString("class")));
                out.append(',').append(detection.getValue("class_id"));
                out.append(',').append(detection.getValue("confidence"));
                JsonArray box = detection.getJsonArray("bbox");
                for (int n = 0; n < 4; n++) {
                    out.append(',').append(box.getValue(n));
                }
                out.append("\r\n");
            }
        }
    };

    private final String type;
    private final String extension;
    private final String head;

    ResultLines(String type, String extension, String head) {
        this.type = type;
        this.extension = extension;
        this.head = head;
    }

    abstract void append(StringBuilder out, Results.Stored result);

    String type() {
        return type;
    }

    String extension() {
        return extension;
    }

    /** What stands before the first line. */
    String head() {
        return head;
    }

    String lines(List<Results.Stored> results) {
        StringBuilder out = new StringBuilder(400 * results.size() + 16);
        results.forEach(result -> append(out, result));
        return out.toString();
    }

    /** Null for the type of a page. */
    static ResultLines ofType(String type) {
        for (ResultLines lines : values()) {
            if (lines.type.equals(type)) {
                return lines;
            }
        }
        return null;
    }

    /** A text that a spreadsheet would take for a formula gets an apostrophe before it. */
    static String cell(String text) {
        if (text == null || text.isEmpty()) {
            return "";
        }
        String safe = "=+-@\t\r".indexOf(text.charAt(0)) < 0 ? text : "'" + text;
        boolean quoted = safe.chars().anyMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n');
        return quoted ? '"' + safe.replace("\"", "\"\"") + '"' : safe;
    }
}
