package dev.vap.shared.protocol;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;

/**
 * Orchestrator → runner.
 *
 * @param stop workers that must stop now: their epoch is old, or nobody wants them
 * @param forget workers whose end is recorded: the runner need not report them again
 */
public record HeartbeatReply(List<UUID> stop, List<UUID> forget) {

    public HeartbeatReply {
        stop = List.copyOf(stop);
        forget = List.copyOf(forget);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("v", Protocol.VERSION)
                .put("stop", array(stop))
                .put("forget", array(forget));
    }

    public static HeartbeatReply fromJson(JsonObject json) {
        MessageReader in = MessageReader.of(json);
        return new HeartbeatReply(uuids(in.array("stop")), uuids(in.array("forget")));
    }

    private static JsonArray array(List<UUID> ids) {
        JsonArray array = new JsonArray();
        ids.forEach(id -> array.add(id.toString()));
        return array;
    }

    private static List<UUID> uuids(JsonArray array) {
        return array.stream().map(id -> UUID.fromString((String) id)).toList();
    }
}
