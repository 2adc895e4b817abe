package dev.vap.standalone.client;

import io.vertx.core.json.JsonObject;

/**
 * A scenario as the API shows it; read leniently, so that an older client understands a newer API.
 *
 * @param status as on the wire
 * @param reason null if there is none
 * @param source without credentials
 * @param lastFrame of its newest worker, -1 if there is none
 * @param framesTotal of a file, -1 if unknown
 */
public record ScenarioView(
        String uuid,
        long id,
        String status,
        String reason,
        String source,
        String model,
        long lastFrame,
        long framesTotal,
        JsonObject json) {

    public static final String INACTIVE = "inactive";

    public static ScenarioView of(JsonObject json) {
        JsonObject worker = json.getJsonObject("worker", new JsonObject());
        JsonObject live = worker == null ? new JsonObject() : worker;
        return new ScenarioView(
                json.getString("scenario_uuid", ""),
                json.getLong("scenario_id", -1L),
                json.getString("status", ""),
                json.getString("status_reason"),
                json.getString("camera_url", ""),
                json.getString("model", ""),
                number(live, "last_frame"),
                number(live, "frames_total"),
                json);
    }

    public boolean inactive() {
        return status.equals(INACTIVE);
    }

    private static long number(JsonObject json, String name) {
        return json.getValue(name) instanceof Number n ? n.longValue() : -1;
    }
}
