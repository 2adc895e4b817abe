package dev.vap.shared.protocol;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Orchestrator → one runner: all it should be running. It starts what it lacks and stops what is not listed. */
public record AssignedSet(List<DeployCommand> workers) {

    public AssignedSet {
        workers = List.copyOf(workers);
    }

    public JsonObject toJson() {
        JsonArray array = new JsonArray();
        workers.forEach(w -> array.add(w.toJson()));
        return new JsonObject().put("v", Protocol.VERSION).put("workers", array);
    }

    public static AssignedSet fromJson(JsonObject json) {
        JsonArray array = MessageReader.of(json).array("workers");
        return new AssignedSet(
                array.stream().map(w -> DeployCommand.fromJson((JsonObject) w)).toList());
    }
}
