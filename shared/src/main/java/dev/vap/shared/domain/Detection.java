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
 * @param attributes what further models say of it, in the order in which they were asked
 * @param parent place, in the result's list, of the detection inside which a further model found this one; -1 if the
 *     scenario's own model did
 */
public record Detection(
        String label, int classId, float confidence, BoundingBox box, List<Attribute> attributes, int parent) {

    public static final int NO_PARENT = -1;

    /**
     * What a further model says of an object as a whole.
     *
     * @param label the class name ({@code class} on the wire)
     * @param confidence 0..1
     */
    public record Attribute(String model, String label, float confidence) {

        JsonObject toJson() {
            return new JsonObject()
                    .put("model", model)
                    .put("class", label)
                    .put("confidence", round(confidence, 10_000));
        }

        static Attribute fromJson(JsonObject json) {
            return new Attribute(json.getString("model"), json.getString("class"), json.getFloat("confidence"));
        }
    }

    public Detection {
        attributes = List.copyOf(attributes);
    }

    /** As a scenario's own model finds it. */
    public Detection(String label, int classId, float confidence, BoundingBox box) {
        this(label, classId, confidence, box, List.of(), NO_PARENT);
    }

    public Detection with(Attribute attribute) {
        List<Attribute> more = new ArrayList<>(attributes);
        more.add(attribute);
        return new Detection(label, classId, confidence, box, more, parent);
    }

    /**
     * Confidence with four decimals, box with two: what the golden files and the API carry. Attributes and parent are left out
     * where there are none.
     */
    public JsonObject toJson() {
        JsonObject json = new JsonObject()
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
        if (!attributes.isEmpty()) {
            JsonArray array = new JsonArray(new ArrayList<>(attributes.size()));
            attributes.forEach(a -> array.add(a.toJson()));
            json.put("attributes", array);
        }
        return parent < 0 ? json : json.put("parent", parent);
    }

    public static Detection fromJson(JsonObject json) {
        JsonArray b = json.getJsonArray("bbox");
        return new Detection(
                json.getString("class"),
                json.getInteger("class_id"),
                json.getFloat("confidence"),
                new BoundingBox(b.getFloat(0), b.getFloat(1), b.getFloat(2), b.getFloat(3)),
                attributes(json.getJsonArray("attributes")),
                json.getInteger("parent", NO_PARENT));
    }

    private static List<Attribute> attributes(JsonArray array) {
        if (array == null) {
            return List.of();
        }
        List<Attribute> out = new ArrayList<>(array.size());
        for (int i = 0; i < array.size(); i++) {
            out.add(Attribute.fromJson(array.getJsonObject(i)));
        }
        return out;
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
