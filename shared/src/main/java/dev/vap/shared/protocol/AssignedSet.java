package dev.vap.shared.protocol;

import dev.vap.shared.domain.ScenarioOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;

/**
 * Orchestrator → one runner: all it should be running. It stops what is not held, carries out the commands, and reports as
 * stopped what it should hold, once had, and does not have any more.
 *
 * @param instance the process it is meant for; another one under the same id ignores it
 * @param held the live workers of this runner, those that are being stopped included
 * @param commands what it may have missed: deployments it has not confirmed, shutdowns; oldest first
 */
public record AssignedSet(UUID instance, List<Held> held, List<DeployCommand> commands) {

    /** More are sent with the next set. */
    public static final int MAX_COMMANDS = 500;

    /**
     * A live worker, with what a report of it needs.
     *
     * @param confirmed true once the runner has reported it. While it has not, its command may still be on its way, or wait
     *     for the next set, so that a runner that does not know it says nothing
     * @param options with which it is to go on if they were changed since it was assigned, null if they were not
     * @param revision of the options, as in {@link DeployCommand}
     */
    public record Held(
            UUID workerId, UUID scenario, long epoch, boolean confirmed, ScenarioOptions options, long revision) {

        /** With the options that it was assigned with. */
        public Held(UUID workerId, UUID scenario, long epoch, boolean confirmed) {
            this(workerId, scenario, epoch, confirmed, null, -1);
        }

        JsonObject toJson() {
            return new JsonObject()
                    .put("worker_id", workerId.toString())
                    .put("scenario_uuid", scenario.toString())
                    .put("epoch", epoch)
                    .put("confirmed", confirmed)
                    .put("options", options == null ? null : options.toJson())
                    .put("revision", revision);
        }

        static Held fromJson(JsonObject json) {
            MessageReader in = MessageReader.ofPart(json);
            return new Held(
                    in.uuid("worker_id"),
                    in.uuid("scenario_uuid"),
                    in.number("epoch"),
                    in.flag("confirmed"),
                    in.optionalObject("options")
                            .map(o -> ScenarioCommand.options(in))
                            .orElse(null),
                    in.number("revision", -1));
        }
    }

    public AssignedSet {
        held = List.copyOf(held);
        commands = List.copyOf(commands);
    }

    public JsonObject toJson() {
        JsonArray workers = new JsonArray();
        held.forEach(w -> workers.add(w.toJson()));
        JsonArray array = new JsonArray();
        commands.forEach(w -> array.add(w.toJson()));
        return new JsonObject()
                .put("v", Protocol.VERSION)
                .put("instance", instance.toString())
                .put("held", workers)
                .put("commands", array);
    }

    public static AssignedSet fromJson(JsonObject json) {
        MessageReader in = MessageReader.of(json);
        return new AssignedSet(
                in.uuid("instance"),
                in.array("held").stream()
                        .map(w -> Held.fromJson((JsonObject) w))
                        .toList(),
                in.array("commands").stream()
                        .map(w -> DeployCommand.fromJson((JsonObject) w))
                        .toList());
    }
}
