package dev.vap.shared.protocol;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** ONVIF devices that answered, at most {@value #MAX_DEVICES}. */
public record DiscoverReport(List<Device> devices, String runnerId) {

    public static final int MAX_DEVICES = 1000;

    /**
     * @param cameraUrl {@code onvif://host:port} or with a path, to which the user adds name and password
     * @param address of its device service
     * @param name as the device calls itself; null if it does not
     */
    public record Device(String cameraUrl, String address, String name, String hardware, String location) {

        JsonObject toJson() {
            return new JsonObject()
                    .put("camera_url", cameraUrl)
                    .put("address", address)
                    .put("name", name)
                    .put("hardware", hardware)
                    .put("location", location);
        }

        static Device fromJson(JsonObject json) {
            MessageReader in = MessageReader.ofPart(json);
            return new Device(
                    in.string("camera_url"),
                    in.string("address"),
                    in.optionalString("name").orElse(null),
                    in.optionalString("hardware").orElse(null),
                    in.optionalString("location").orElse(null));
        }
    }

    public DiscoverReport {
        devices = List.copyOf(devices);
    }

    /** As the API answers, too. */
    public JsonObject toJson() {
        JsonArray array = new JsonArray();
        devices.forEach(d -> array.add(d.toJson()));
        return new JsonObject().put("v", Protocol.VERSION).put("devices", array).put("runner_id", runnerId);
    }

    /**
     * @throws MessageFormatException if it is no such message
     */
    public static DiscoverReport fromJson(JsonObject json) {
        MessageReader in = MessageReader.of(json);
        return new DiscoverReport(
                in.array("devices").stream()
                        .map(d -> Device.fromJson((JsonObject) d))
                        .toList(),
                in.optionalString("runner_id").orElse(null));
    }
}
