package dev.vap.shared.protocol;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Orchestrator → one runner: all it should be running. It stops what is not held, carries out the commands, and reports as
 * stopped what it should hold, has no command for, and does not have.
 *
 * @param instance the process it is meant for; another one under the same id ignores it
 * @param held the live workers of this runner, those that are being stopped included
 * @param commands what it may have missed: deployments it has not confirmed, shutdowns; oldest first
 */
public record AssignedSet(UUID instance, Set<UUID> held, List<DeployCommand> commands) {

    /** More are sent with the next set. */
    public static final int MAX_COMMANDS = 500;

    public AssignedSet {
        held = Set.copyOf(held);
        commands = List.copyOf(commands);
    }

    public JsonObject toJson() {
        JsonArray array = new JsonArray();
        commands.forEach(w -> array.add(w.toJson()));
        return new JsonObject()
                .put("v", Protocol.VERSION)
                .put("instance", instance.toString())
                .put("held", HeartbeatReply.array(held))
                .put("commands", array);
    }

    public static AssignedSet fromJson(JsonObject json) {
        MessageReader in = MessageReader.of(json);
        return new AssignedSet(
                in.uuid("instance"),
                Set.copyOf(in.uuids("held")),
                in.array("commands").stream()
                        .map(w -> DeployCommand.fromJson((JsonObject) w))
                        .toList());
    }
}
