package dev.vap.standalone.demo;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Counts of one run. Not thread-safe. */
final class Report {

    private final Map<String, Long> objects = new TreeMap<>();
    private long frames;
    private long firstNanos;
    private long lastNanos;

    void add(List<JsonObject> results, long nanos) {
        if (results.isEmpty()) {
            return;
        }
        if (frames == 0) {
            firstNanos = nanos;
        }
        lastNanos = nanos;
        frames += results.size();
        for (JsonObject result : results) {
            JsonArray detections = result.getJsonArray("detections", new JsonArray());
            for (int i = 0; i < detections.size(); i++) {
                objects.merge(detections.getJsonObject(i).getString("class", "?"), 1L, Long::sum);
            }
        }
    }

    long frames() {
        return frames;
    }

    /** Since the first results came; 0 until there are some to compare. */
    double framesPerSecond(long nanos) {
        return nanos > firstNanos && frames > 0 ? frames * 1e9 / (nanos - firstNanos) : 0;
    }

    /**
     * {@code 1394 frames in 10.6 s (131.5 frames/s); objects: person 1892.}
     *
     * @param startNanos when the scenario was asked for
     */
    String summary(long startNanos) {
        if (frames == 0) {
            return "No frames.";
        }
        double seconds = Math.max(1, lastNanos - startNanos) / 1e9;
        String found = objects.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .map(e -> e.getKey() + " " + e.getValue())
                .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "%d %s in %.1f s (%.1f frames/s); objects: %s.",
                frames,
                frames == 1 ? "frame" : "frames",
                seconds,
                frames / seconds,
                found.isEmpty() ? "none" : found);
    }
}
