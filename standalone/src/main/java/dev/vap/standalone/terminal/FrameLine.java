package dev.vap.standalone.terminal;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.stream.Collectors;

/** One stored result on one line. */
public final class FrameLine {

    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss.S", Locale.ROOT).withZone(ZoneId.systemDefault());

    private FrameLine() {}

    /**
     * {@code frame   120  0:12.0  2 objects: person 0.91, person 0.84}
     *
     * @param live whether the time of day says more than the time in the stream
     */
    public static String compact(JsonObject result, boolean live) {
        return String.format(
                Locale.ROOT,
                "frame %5d  %s  %s",
                result.getLong("frame_number"),
                time(result, live),
                result.getBoolean("gated", false)
                        ? "no motion"
                        : objects(result.getJsonArray("detections", new JsonArray())));
    }

    /** The result as a line of {@code --json} and {@code --output}. */
    public static String json(JsonObject result) {
        JsonObject line = new JsonObject()
                .put("frame_number", result.getValue("frame_number"))
                .put("timestamp", result.getValue("timestamp"))
                .put("width", result.getValue("width"))
                .put("height", result.getValue("height"))
                .put("detections", result.getValue("detections"));
        if (result.getBoolean("gated", false)) {
            line.put("gated", true);
        }
        return line.encode();
    }

    private static String objects(JsonArray detections) {
        if (detections.isEmpty()) {
            return "nothing";
        }
        String list = detections.stream()
                .map(JsonObject.class::cast)
                .map(d -> d.getString("class") + String.format(Locale.ROOT, " %.2f", d.getDouble("confidence", 0.0)))
                .collect(Collectors.joining(", "));
        return detections.size() + (detections.size() == 1 ? " object: " : " objects: ") + list;
    }

    private static String time(JsonObject result, boolean live) {
        long millis = result.getLong("pts_ms", -1L);
        String timestamp = result.getString("timestamp");
        if ((live || millis < 0) && timestamp != null) {
            return CLOCK.format(Instant.parse(timestamp));
        }
        return millis < 0 ? "-" : clock(millis);
    }

    /** {@code 0:12.0}, {@code 1:02:03.4}. */
    static String clock(long millis) {
        long tenths = millis / 100;
        long seconds = tenths / 10;
        long hours = seconds / 3600;
        return hours > 0
                ? String.format(Locale.ROOT, "%d:%02d:%02d.%d", hours, seconds / 60 % 60, seconds % 60, tenths % 10)
                : String.format(Locale.ROOT, "%d:%02d.%d", seconds / 60, seconds % 60, tenths % 10);
    }
}
