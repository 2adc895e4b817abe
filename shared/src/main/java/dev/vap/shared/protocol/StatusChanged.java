package dev.vap.shared.protocol;

import dev.vap.shared.domain.ScenarioStatus;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.UUID;

/**
 * A scenario changed its status (or only the reason of it).
 *
 * @param from null for a new scenario
 * @param status null once the scenario was deleted
 * @param actor {@code api} or {@code orchestrator}
 * @param shownUrl free of credentials
 */
public record StatusChanged(
        UUID messageId,
        UUID scenario,
        long scenarioId,
        ScenarioStatus from,
        ScenarioStatus status,
        String reason,
        long epoch,
        String actor,
        String shownUrl,
        Instant at) {

    /** For Kafka. */
    public JsonObject toJson() {
        return fill(new JsonObject().put("v", Protocol.VERSION).put("message_id", messageId.toString()));
    }

    /** For the event bus, in the form in which clients get it. */
    public JsonObject toLiveJson() {
        return fill(new JsonObject());
    }

    private JsonObject fill(JsonObject json) {
        return json.put("scenario_uuid", scenario.toString())
                .put("scenario_id", scenarioId)
                .put("from", from == null ? null : from.wire())
                .put("status", status == null ? "deleted" : status.wire())
                .put("status_reason", reason)
                .put("epoch", epoch)
                .put("actor", actor)
                .put("camera_url", shownUrl)
                .put("at", at.toString());
    }

    /**
     * @throws MessageFormatException if the text is no such message
     */
    public static StatusChanged parse(String text) {
        MessageReader in = MessageReader.of(MessageReader.parse(text));
        return new StatusChanged(
                in.uuid("message_id"),
                in.uuid("scenario_uuid"),
                in.number("scenario_id"),
                in.optionalString("from").map(StatusChanged::status).orElse(null),
                status(in.string("status")),
                in.optionalString("status_reason").orElse(null),
                in.number("epoch"),
                in.string("actor"),
                in.string("camera_url"),
                in.instant("at"));
    }

    private static ScenarioStatus status(String wire) {
        if (wire.equals("deleted")) {
            return null;
        }
        return ScenarioStatus.fromWire(wire)
                .orElseThrow(() -> new MessageFormatException("status \"" + wire + "\" is not known"));
    }
}
