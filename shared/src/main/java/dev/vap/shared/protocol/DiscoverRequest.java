package dev.vap.shared.protocol;

import io.vertx.core.json.JsonObject;

/**
 * Look for ONVIF devices on the runner's network.
 *
 * @param waitMillis how long answers are waited for
 */
public record DiscoverRequest(long waitMillis) {

    public JsonObject toJson() {
        return new JsonObject().put("v", Protocol.VERSION).put("wait_ms", waitMillis);
    }

    /**
     * @throws MessageFormatException if it is no such message
     */
    public static DiscoverRequest fromJson(JsonObject json) {
        return new DiscoverRequest(MessageReader.of(json).number("wait_ms"));
    }
}
