package dev.vap.shared.protocol;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Orchestrator → runner.
 *
 * @param stop workers that must stop now: their epoch is old, or nobody wants them
 * @param forget workers whose end is recorded: the runner need not report them again
 * @param noted workers whose state is recorded, with that state: not reported as changed again until it changes
 */
public record HeartbeatReply(List<UUID> stop, List<UUID> forget, Map<UUID, SessionReport.State> noted) {

    /** Says only that somebody lives. */
    public static final HeartbeatReply NOTHING = new HeartbeatReply(List.of(), List.of(), Map.of());

    public HeartbeatReply {
        stop = List.copyOf(stop);
        forget = List.copyOf(forget);
        noted = Map.copyOf(noted);
    }

    public JsonObject toJson() {
        JsonObject states = new JsonObject();
        new TreeMap<>(noted)
                .forEach((id, state) -> states.put(id.toString(), state.name().toLowerCase(Locale.ROOT)));
        return new JsonObject()
                .put("v", Protocol.VERSION)
                .put("stop", array(stop))
                .put("forget", array(forget))
                .put("noted", states);
    }

    public static HeartbeatReply fromJson(JsonObject json) {
        MessageReader in = MessageReader.of(json);
        MessageReader noted = MessageReader.ofPart(in.object("noted"));
        Map<UUID, SessionReport.State> states = new TreeMap<>();
        for (String id : in.object("noted").fieldNames()) {
            states.put(
                    MessageReader.uuidOf("noted", id),
                    noted.converted(id, s -> SessionReport.State.valueOf(s.toUpperCase(Locale.ROOT))));
        }
        return new HeartbeatReply(in.uuids("stop"), in.uuids("forget"), states);
    }

    static JsonArray array(Iterable<UUID> ids) {
        JsonArray array = new JsonArray();
        ids.forEach(id -> array.add(id.toString()));
        return array;
    }
}
