package dev.vap.standalone.client;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * Stored results in order of frames.
 *
 * @param status of the scenario when they were read
 */
public record ResultPage(String status, List<JsonObject> results) {

    public static ResultPage of(JsonObject json) {
        return new ResultPage(
                json.getString("status", ""),
                json.getJsonArray("results", new JsonArray()).stream()
                        .map(JsonObject.class::cast)
                        .toList());
    }
}
