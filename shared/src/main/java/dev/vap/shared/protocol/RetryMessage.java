package dev.vap.shared.protocol;

import io.vertx.core.json.JsonObject;
import java.util.UUID;

/**
 * Runner → orchestrator: a session failed.
 *
 * @param reason one sentence for the user, free of credentials
 * @param retryable false if trying again can't help (no such file, no video in it, unknown model)
 */
public record RetryMessage(
        UUID messageId,
        UUID scenario,
        UUID workerId,
        String runnerId,
        long epoch,
        int attempt,
        String reason,
        boolean retryable) {

    public JsonObject toJson() {
        return new JsonObject()
                .put("v", Protocol.VERSION)
                .put("message_id", messageId.toString())
                .put("scenario_uuid", scenario.toString())
                .put("worker_id", workerId.toString())
                .put("runner_id", runnerId)
                .put("epoch", epoch)
                .put("attempt", attempt)
                .put("reason", reason)
                .put("retryable", retryable);
    }

    /**
     * @throws MessageFormatException if the text is no such message
     */
    public static RetryMessage parse(String text) {
        MessageReader in = MessageReader.of(MessageReader.parse(text));
        return new RetryMessage(
                in.uuid("message_id"),
                in.uuid("scenario_uuid"),
                in.uuid("worker_id"),
                in.string("runner_id"),
                in.number("epoch"),
                in.integer("attempt"),
                in.string("reason"),
                in.flag("retryable"));
    }
}
