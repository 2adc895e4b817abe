package dev.vap.shared.protocol;

import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.ScenarioOptions;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.UUID;

/**
 * Orchestrator → runner: run this worker, let it go on with other options, or stop it. A runner that holds a newer epoch of the scenario ignores it.
 *
 * @param instance the process it is meant for; another one under the same id ignores it
 * @param cameraUrl with credentials
 * @param startFrame the number of the first frame to report: the first one not stored yet
 * @param revision of the options: of two commands for a worker the one with the larger number has the newer ones; -1 from
 *     an orchestrator of an older version
 */
public record DeployCommand(
        UUID messageId,
        Kind kind,
        String runnerId,
        UUID instance,
        UUID scenario,
        UUID workerId,
        long epoch,
        String cameraUrl,
        String model,
        ScenarioOptions options,
        long startFrame,
        int attempt,
        long revision) {

    public enum Kind {
        DEPLOY,
        SHUTDOWN,
        /** The worker goes on as it is with these options, which concern nothing that would have to be opened anew. */
        UPDATE
    }

    /** With options of no known revision. */
    public DeployCommand(
            UUID messageId,
            Kind kind,
            String runnerId,
            UUID instance,
            UUID scenario,
            UUID workerId,
            long epoch,
            String cameraUrl,
            String model,
            ScenarioOptions options,
            long startFrame,
            int attempt) {
        this(
                messageId,
                kind,
                runnerId,
                instance,
                scenario,
                workerId,
                epoch,
                cameraUrl,
                model,
                options,
                startFrame,
                attempt,
                -1);
    }

    /** The same with other options. */
    public DeployCommand with(ScenarioOptions newer, long newerRevision) {
        return new DeployCommand(
                messageId,
                kind,
                runnerId,
                instance,
                scenario,
                workerId,
                epoch,
                cameraUrl,
                model,
                newer,
                startFrame,
                attempt,
                newerRevision);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("v", Protocol.VERSION)
                .put("message_id", messageId.toString())
                .put("command", kind.name().toLowerCase(Locale.ROOT))
                .put("runner_id", runnerId)
                .put("instance", instance.toString())
                .put("scenario_uuid", scenario.toString())
                .put("worker_id", workerId.toString())
                .put("epoch", epoch)
                .put("camera_url", cameraUrl)
                .put("model", model)
                .put("options", options.toJson())
                .put("start_frame", startFrame)
                .put("attempt", attempt)
                .put("revision", revision);
    }

    /**
     * @throws MessageFormatException if the text is no such message
     */
    public static DeployCommand parse(String text) {
        return fromJson(MessageReader.parse(text));
    }

    public static DeployCommand fromJson(JsonObject json) {
        MessageReader in = MessageReader.of(json);
        return new DeployCommand(
                in.uuid("message_id"),
                in.converted("command", c -> Kind.valueOf(c.toUpperCase(Locale.ROOT))),
                in.string("runner_id"),
                in.uuid("instance"),
                in.uuid("scenario_uuid"),
                in.uuid("worker_id"),
                in.number("epoch"),
                in.string("camera_url"),
                in.string("model"),
                ScenarioCommand.options(in),
                in.number("start_frame"),
                in.integer("attempt"),
                in.number("revision", -1));
    }

    @Override
    public String toString() {
        return kind + " " + scenario + " epoch " + epoch + " on " + runnerId + " (" + Redact.url(cameraUrl) + ")";
    }
}
