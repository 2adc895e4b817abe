package dev.vap.shared.storage;

import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.ResultMessage;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What was seen of one scenario, by minute of the frames' own time and by class, while a batch is applied. The counts of the
 * minute that its newest result belongs to are <em>open</em>: they are kept in the scenario's cursor, which is written with every
 * batch anyway, and become rows of {@code result_minutes} when the next minute has begun. Not thread-safe.
 */
final class MinuteCounts {

    /** The row of all frames of a minute, whatever was seen in them. */
    static final String ALL_FRAMES = "";

    /** Names are cut here: they are a part of a key. */
    static final int MAX_CLASS = 200;

    private static final int SECONDS = 60;

    /**
     * One row.
     *
     * @param minute since the epoch
     */
    record Key(UUID scenario, long minute, String label) implements Comparable<Key> {

        @Override
        public int compareTo(Key other) {
            int order = scenario.compareTo(other.scenario);
            if (order == 0) {
                order = Long.compare(minute, other.minute);
            }
            return order == 0 ? label.compareTo(other.label) : order;
        }

        long epochSecond() {
            return minute * SECONDS;
        }
    }

    /** What is in it. */
    static final class Count {
        final Key key;
        long frames;
        long gated;
        long detections;
        int most;
        long firstFrame = Long.MAX_VALUE;
        long lastFrame = Long.MIN_VALUE;
        /** The frame that a detection was last counted in, and how many so far. */
        private int inFrame;

        private Count(Key key) {
            this.key = key;
        }

        private Count(Key key, JsonArray values) {
            this.key = key;
            frames = values.getLong(0);
            gated = values.getLong(1);
            detections = values.getLong(2);
            most = values.getInteger(3);
            firstFrame = values.getLong(4);
            lastFrame = values.getLong(5);
        }

        private JsonArray values() {
            return new JsonArray(new ArrayList<>(List.of(frames, gated, detections, most, firstFrame, lastFrame)));
        }

        private void begin(long frame) {
            firstFrame = Math.min(firstFrame, frame);
            lastFrame = frame;
            inFrame = 0;
        }

        private void seen(int more) {
            detections += more;
            inFrame += more;
            most = Math.max(most, inFrame);
        }
    }

    private final UUID scenario;
    /** Of the open minute, by class. */
    private Map<String, Count> counts = new HashMap<>();
    /** Of other minutes; null as long as there are none, which is nearly always. */
    private Map<Long, Map<String, Count>> others;

    private long open;

    /**
     * @param open as {@link #open()} wrote it; null if there was nothing yet
     */
    MinuteCounts(UUID scenario, String open) {
        this.scenario = scenario;
        if (open != null) {
            JsonObject json = new JsonObject(open);
            this.open = json.getLong("minute");
            JsonObject classes = json.getJsonObject("classes");
            for (String label : classes.fieldNames()) {
                Key key = new Key(scenario, this.open, label);
                counts.put(label, new Count(key, classes.getJsonArray(label)));
            }
        }
    }

    /** Results come in growing order of frames. */
    void add(ResultMessage result) {
        long minute = Math.floorDiv(result.timestamp().getEpochSecond(), SECONDS);
        if (minute != open) {
            turnTo(minute);
        }
        long frame = result.frameNumber();
        Count all = count(ALL_FRAMES);
        all.begin(frame);
        all.seen(result.detections().size());
        if (result.gated()) {
            all.gated++;
        } else {
            all.frames++;
        }
        for (Detection detection : result.detections()) {
            String label = detection.label();
            if (label != null && !label.isEmpty()) {
                Count count = count(cut(label));
                if (count.lastFrame != frame) {
                    count.begin(frame);
                    count.frames++;
                }
                count.seen(1);
            }
        }
    }

    /** Time may go back to a minute that this batch has left. */
    private void turnTo(long minute) {
        if (!counts.isEmpty()) {
            if (others == null) {
                others = new HashMap<>();
            }
            others.put(open, counts);
        }
        Map<String, Count> before = others == null ? null : others.remove(minute);
        counts = before == null ? new HashMap<>() : before;
        open = minute;
    }

    private Count count(String label) {
        Count count = counts.get(label);
        if (count == null) {
            count = new Count(new Key(scenario, open, label));
            counts.put(label, count);
        }
        return count;
    }

    /** A class as it is counted: in characters as PostgreSQL counts them, which does not tear a pair of surrogates. */
    static String cut(String label) {
        return label.length() <= MAX_CLASS || label.codePointCount(0, label.length()) <= MAX_CLASS
                ? label
                : label.substring(0, label.offsetByCodePoints(0, MAX_CLASS));
    }

    /** The minute of the newest result, for the cursor. */
    String open() {
        JsonObject classes = new JsonObject();
        counts.forEach((label, count) -> classes.put(label, count.values()));
        return new JsonObject().put("minute", open).put("classes", classes).encode();
    }

    /** What no longer is in the cursor. */
    void closed(List<Count> out) {
        if (others != null) {
            others.values().forEach(minute -> out.addAll(minute.values()));
        }
    }
}
