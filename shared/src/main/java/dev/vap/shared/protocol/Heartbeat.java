package dev.vap.shared.protocol;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * Runner → orchestrator, every 500 ms and at once on a change; published to {@link Addresses#RUNNERS} as well.
 *
 * @param capacity {@code MAX_WORKERS}
 * @param draining true once the runner takes no new sessions
 */
public record Heartbeat(
        String runnerId, String host, long pid, int capacity, boolean draining, List<SessionReport> sessions) {

    public Heartbeat {
        sessions = List.copyOf(sessions);
    }

    public JsonObject toJson() {
        JsonArray array = new JsonArray();
        sessions.forEach(s -> array.add(s.toJson()));
        return new JsonObject()
                .put("v", Protocol.VERSION)
                .put("runner_id", runnerId)
                .put("host", host)
                .put("pid", pid)
                .put("capacity", capacity)
                .put("draining", draining)
                .put("sessions", array);
    }

    public static Heartbeat fromJson(JsonObject json) {
        MessageReader in = MessageReader.of(json);
        return new Heartbeat(
                in.string("runner_id"),
                in.string("host"),
                in.number("pid"),
                in.integer("capacity"),
                in.flag("draining"),
                in.array("sessions").stream()
                        .map(s -> SessionReport.fromJson((JsonObject) s))
                        .toList());
    }
}
