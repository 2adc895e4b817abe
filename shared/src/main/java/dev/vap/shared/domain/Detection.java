package dev.vap.shared.domain;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * One object found in one frame.
 *
 * @param label the class name ({@code class} on the wire)
 * @param classId index of the class in the model's label list
 * @param confidence 0..1
 * @param box pixels of the source frame, clipped to it
 */
public record Detection(String label, int classId, float confidence, BoundingBox box) {

    /** Confidence with four decimals, box with two: what the golden files and the API carry. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("class", label)
                .put("class_id", classId)
                .put("confidence", round(confidence, 10_000))
                .put(
                        "bbox",
                        new JsonArray()
                                .add(round(box.xMin(), 100))
                                .add(round(box.yMin(), 100))
                                .add(round(box.xMax(), 100))
                                .add(round(box.yMax(), 100)));
    }

    public static Detection fromJson(JsonObject json) {
        JsonArray b = json.getJsonArray("bbox");
        return new Detection(
                json.getString("class"),
                json.getInteger("class_id"),
                json.getFloat("confidence"),
                new BoundingBox(b.getFloat(0), b.getFloat(1), b.getFloat(2), b.getFloat(3)));
    }

    public static JsonArray toJson(List<Detection> detections) {
        JsonArray out = new JsonArray(new ArrayList<>(detections.size()));
        detections.forEach(d -> out.add(d.toJson()));
        return out;
    }

    public static List<Detection> listFromJson(JsonArray array) {
        List<Detection> out = new ArrayList<>(array.size());
        for (int i = 0; i < array.size(); i++) {
            out.add(fromJson(array.getJsonObject(i)));
        }
        return out;
    }

    private static double round(float value, int steps) {
        return Math.round((double) value * steps) / (double) steps;
    }
}
