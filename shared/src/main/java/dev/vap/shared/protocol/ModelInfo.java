package dev.vap.shared.protocol;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * A model as inference knows it.
 *
 * @param detector what really runs: {@code onnx}, {@code people}, {@code motion}, {@code mock}
 * @param available false if its file is missing or unusable; then {@code problem} says why and what to do
 * @param input null as long as it is not known (an ONNX model that was not loaded yet)
 */
public record ModelInfo(
        String name, String detector, boolean available, String problem, InputSpec input, List<String> labels) {

    public ModelInfo {
        labels = List.copyOf(labels);
    }

    public JsonObject toJson() {
        JsonObject json =
                new JsonObject().put("name", name).put("detector", detector).put("available", available);
        if (problem != null) {
            json.put("problem", problem);
        }
        if (input != null) {
            json.put("input", input.toJson());
        }
        return json.put("labels", new JsonArray(labels));
    }

    public static ModelInfo fromJson(JsonObject json) {
        MessageReader in = MessageReader.ofPart(json);
        return new ModelInfo(
                in.string("name"),
                in.string("detector"),
                in.flag("available"),
                in.optionalString("problem").orElse(null),
                in.optionalObject("input").map(InputSpec::fromJson).orElse(null),
                in.array("labels").stream().map(String::valueOf).toList());
    }
}
