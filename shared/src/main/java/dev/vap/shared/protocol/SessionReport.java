package dev.vap.shared.protocol;

import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.SourceFault;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * What a runner says of one session in every heartbeat. A terminal state (FINISHED, FAILED, STOPPED) is repeated until
 * the orchestrator's reply tells the runner to forget it, so that no end is ever lost.
 *
 * @param lastFrame number of the last frame whose result was handed to Kafka and acknowledged; -1 if none
 * @param framesDone results of this session
 * @param framesTotal frames of the file, -1 if unknown or live
 * @param detector null until the first frame was processed
 * @param reason why it ended or backs off; free of credentials
 * @param dropped frames not analysed, by cause
 * @param gated frames not analysed because nothing moved in them
 * @param inference how the scenario's model is reached; null as long as nothing was asked of it
 * @param objects how many of each class the newest analysed frame showed; null if there was none, or it is not known
 */
public record SessionReport(
        UUID scenario,
        UUID workerId,
        long epoch,
        State state,
        long lastFrame,
        long framesDone,
        long framesTotal,
        double fps,
        String detector,
        SourceReport source,
        String reason,
        Map<String, Long> dropped,
        long gated,
        InferenceReport inference,
        Map<String, Integer> objects) {

    /** Classes that are told of. */
    public static final int MAX_CLASSES = 20;

    /** Without a gate, and with nothing known of inference. */
    public SessionReport(
            UUID scenario,
            UUID workerId,
            long epoch,
            State state,
            long lastFrame,
            long framesDone,
            long framesTotal,
            double fps,
            String detector,
            SourceReport source,
            String reason,
            Map<String, Long> dropped) {
        this(
                scenario,
                workerId,
                epoch,
                state,
                lastFrame,
                framesDone,
                framesTotal,
                fps,
                detector,
                source,
                reason,
                dropped,
                0,
                null,
                null);
    }

    /** The most frequent classes with the numbers of their detections; null for null. */
    public static Map<String, Integer> count(List<Detection> detections) {
        if (detections == null) {
            return null;
        }
        Map<String, Integer> all = new TreeMap<>();
        detections.forEach(d -> all.merge(d.label(), 1, Integer::sum));
        if (all.size() <= MAX_CLASSES) {
            return all;
        }
        return all.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .limit(MAX_CLASSES)
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /**
     * How a model is reached.
     *
     * @param state of the circuit breaker, the best of all processes that have the model: {@code closed}, {@code half_open},
     *     {@code open}
     * @param reason why the breaker of some process is not closed; null if all are
     * @param node the process that analysed the last frame; null if none did, or it does not say its name
     * @param busy the last frame was refused because too many wait
     */
    public record InferenceReport(String model, String state, String reason, String node, boolean busy) {

        public JsonObject toJson() {
            return new JsonObject()
                    .put("model", model)
                    .put("state", state)
                    .put("reason", reason)
                    .put("node", node)
                    .put("busy", busy);
        }

        static InferenceReport fromJson(JsonObject json) {
            MessageReader in = MessageReader.ofPart(json);
            return new InferenceReport(
                    in.string("model"),
                    in.string("state"),
                    in.optionalString("reason").orElse(null),
                    in.optionalString("node").orElse(null),
                    in.flag("busy"));
        }
    }

    public enum State {
        /** Deployed; no frame processed yet. */
        STARTING,
        /** At least one frame was processed. */
        RUNNING,
        STOPPING,
        /** End of file: every result is acknowledged by Kafka. */
        FINISHED,
        /** The reason also went to {@code retry_topic}. */
        FAILED,
        STOPPED;

        public boolean isTerminal() {
            return this == FINISHED || this == FAILED || this == STOPPED;
        }
    }

    /**
     * @param state {@code connecting}, {@code streaming}, {@code backing_off}, {@code ended}
     * @param reason why it backs off or ended; null otherwise
     * @param fault the same for code; null otherwise
     * @param attempts to connect since frames last flowed for a while
     * @param retryMillis until the next attempt; -1 unless it backs off
     * @param frameAgeMillis since the newest frame was captured; -1 if none was
     * @param clock where capture times come from: {@code rtcp} (the camera), {@code arrival}, or null for a recording
     * @param hwaccel what decodes; null for software
     */
    public record SourceReport(
            String state,
            String reason,
            SourceFault fault,
            int attempts,
            long retryMillis,
            long frameAgeMillis,
            String codec,
            int width,
            int height,
            double sourceFps,
            String clock,
            String hwaccel) {

        /** A source of which nothing but this is known. */
        public static SourceReport of(String state, String reason) {
            return new SourceReport(state, reason, null, 0, -1, -1, null, 0, 0, 0, null, null);
        }

        public JsonObject toJson() {
            return new JsonObject()
                    .put("state", state)
                    .put("reason", reason)
                    .put("fault", fault == null ? null : fault.wire())
                    .put("attempts", attempts)
                    .put("retry_ms", retryMillis)
                    .put("frame_age_ms", frameAgeMillis)
                    .put("codec", codec)
                    .put("width", width)
                    .put("height", height)
                    .put("fps", sourceFps)
                    .put("clock", clock)
                    .put("hwaccel", hwaccel);
        }

        static SourceReport fromJson(JsonObject json) {
            MessageReader in = MessageReader.ofPart(json);
            return new SourceReport(
                    in.string("state"),
                    in.optionalString("reason").orElse(null),
                    in.optionalString("fault").flatMap(SourceFault::fromWire).orElse(null),
                    (int) in.number("attempts", 0),
                    in.number("retry_ms", -1),
                    in.number("frame_age_ms"),
                    in.optionalString("codec").orElse(null),
                    in.integer("width"),
                    in.integer("height"),
                    in.real("fps", 0),
                    in.optionalString("clock").orElse(null),
                    in.optionalString("hwaccel").orElse(null));
        }
    }

    public SessionReport {
        dropped = Map.copyOf(dropped);
        objects = objects == null ? null : Map.copyOf(objects);
    }

    public JsonObject toJson() {
        JsonObject drops = new JsonObject();
        new TreeMap<>(dropped).forEach(drops::put);
        return new JsonObject()
                .put("scenario_uuid", scenario.toString())
                .put("worker_id", workerId.toString())
                .put("epoch", epoch)
                .put("state", state.name().toLowerCase(Locale.ROOT))
                .put("last_frame", lastFrame)
                .put("frames_done", framesDone)
                .put("frames_total", framesTotal)
                .put("fps", fps)
                .put("detector", detector)
                .put("source", source.toJson())
                .put("reason", reason)
                .put("dropped", drops)
                .put("gated", gated)
                .put("inference", inference == null ? null : inference.toJson())
                .put("objects", objectsJson());
    }

    /** By name; null if it is not known. */
    public JsonObject objectsJson() {
        if (objects == null) {
            return null;
        }
        JsonObject json = new JsonObject();
        new TreeMap<>(objects).forEach(json::put);
        return json;
    }

    private static Map<String, Integer> counted(JsonObject json) {
        Map<String, Integer> counted = new TreeMap<>();
        json.fieldNames().forEach(label -> counted.put(label, json.getInteger(label)));
        return counted;
    }

    public static SessionReport fromJson(JsonObject json) {
        MessageReader in = MessageReader.ofPart(json);
        Map<String, Long> dropped = new TreeMap<>();
        JsonObject drops = in.object("dropped");
        drops.fieldNames().forEach(cause -> dropped.put(cause, drops.getLong(cause)));
        return new SessionReport(
                in.uuid("scenario_uuid"),
                in.uuid("worker_id"),
                in.number("epoch"),
                in.converted("state", s -> State.valueOf(s.toUpperCase(Locale.ROOT))),
                in.number("last_frame"),
                in.number("frames_done"),
                in.number("frames_total"),
                in.real("fps", 0),
                in.optionalString("detector").orElse(null),
                SourceReport.fromJson(in.object("source")),
                in.optionalString("reason").orElse(null),
                dropped,
                in.number("gated", 0),
                in.optionalObject("inference").map(InferenceReport::fromJson).orElse(null),
                in.optionalObject("objects").map(SessionReport::counted).orElse(null));
    }
}
