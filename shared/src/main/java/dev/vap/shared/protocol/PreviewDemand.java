package dev.vap.shared.protocol;

import io.vertx.core.json.JsonObject;
import java.util.UUID;

/**
 * API → runner: somebody watches this scenario. Repeated as long as somebody does, so that a message lost costs a moment and
 * a watcher who dies is forgotten.
 *
 * @param ttlMillis for which pictures are wanted, from the arrival on
 */
public record PreviewDemand(UUID scenario, long ttlMillis) {

    /** A watcher that asks for more has made a mistake. */
    public static final long MAX_TTL_MILLIS = 10_000;

    public JsonObject toJson() {
        return new JsonObject()
                .put("v", Protocol.VERSION)
                .put("scenario_uuid", scenario.toString())
                .put("ttl_ms", ttlMillis);
    }

    /**
     * @throws MessageFormatException if it is no such message
     */
    public static PreviewDemand fromJson(JsonObject json) {
        MessageReader in = MessageReader.of(json);
        return new PreviewDemand(in.uuid("scenario_uuid"), Math.max(0, Math.min(MAX_TTL_MILLIS, in.number("ttl_ms"))));
    }
}
