package dev.vap.shared.protocol;

import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.VapException;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.UUID;

/**
 * API → orchestrator: what a user asked for. The row already says so; this wakes the orchestrator that acts on it.
 *
 * @param cameraUrl with credentials
 * @param epoch of the scenario when it was asked for; -1 if unknown
 * @param reason what was changed, in words without credentials; null unless that is what was asked for
 * @param live of a change: a session that runs may go on with the new options, without opening anything anew
 */
public record ScenarioCommand(
        UUID messageId,
        Kind kind,
        UUID scenario,
        String cameraUrl,
        String model,
        ScenarioOptions options,
        long epoch,
        String reason,
        boolean live) {

    /** Of anything but a change that a running session may go on with. */
    public ScenarioCommand(
            UUID messageId,
            Kind kind,
            UUID scenario,
            String cameraUrl,
            String model,
            ScenarioOptions options,
            long epoch,
            String reason) {
        this(messageId, kind, scenario, cameraUrl, model, options, epoch, reason, false);
    }

    public enum Kind {
        START,
        STOP,
        DELETE,
        /** The source or the options are others now: whoever runs it with the old ones gets them, or is replaced. */
        UPDATE;

        String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public static ScenarioCommand of(UUID messageId, Kind kind, Scenario s, String reason) {
        return new ScenarioCommand(messageId, kind, s.uuid(), s.cameraUrl(), s.model(), s.options(), s.epoch(), reason);
    }

    /** The scenario was changed. */
    public static ScenarioCommand updated(UUID messageId, Scenario s, String reason, boolean live) {
        return new ScenarioCommand(
                messageId, Kind.UPDATE, s.uuid(), s.cameraUrl(), s.model(), s.options(), s.epoch(), reason, live);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("v", Protocol.VERSION)
                .put("message_id", messageId.toString())
                .put("command", kind.wire())
                .put("scenario_uuid", scenario.toString())
                .put("camera_url", cameraUrl)
                .put("model", model)
                .put("options", options.toJson())
                .put("epoch", epoch)
                .put("reason", reason)
                .put("live", live);
    }

    /**
     * @throws MessageFormatException if the text is no such message
     */
    public static ScenarioCommand parse(String text) {
        MessageReader in = MessageReader.of(MessageReader.parse(text));
        return new ScenarioCommand(
                in.uuid("message_id"),
                in.converted("command", c -> Kind.valueOf(c.toUpperCase(Locale.ROOT))),
                in.uuid("scenario_uuid"),
                in.string("camera_url"),
                in.string("model"),
                options(in),
                in.number("epoch", -1),
                in.optionalString("reason").orElse(null),
                in.flag("live"));
    }

    @Override
    public String toString() {
        return kind + " " + scenario + " (" + Redact.url(cameraUrl) + ")";
    }

    static ScenarioOptions options(MessageReader in) {
        try {
            return ScenarioOptions.fromJson(in.object("options"));
        } catch (VapException e) {
            throw new MessageFormatException("field \"options\": " + e.getMessage(), e);
        }
    }
}
