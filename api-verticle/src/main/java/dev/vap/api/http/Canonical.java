package dev.vap.api.http;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.TreeSet;

/** One text for all ways to write the same JSON. */
final class Canonical {

    private Canonical() {}

    static String text(JsonObject json) {
        return sorted(json).encode();
    }

    private static JsonObject sorted(JsonObject json) {
        JsonObject sorted = new JsonObject();
        new TreeSet<>(json.fieldNames()).forEach(name -> sorted.put(name, value(json.getValue(name))));
        return sorted;
    }

    private static Object value(Object value) {
        if (value instanceof JsonObject object) {
            return sorted(object);
        }
        if (value instanceof JsonArray array) {
            JsonArray copy = new JsonArray();
            array.forEach(item -> copy.add(value(item)));
            return copy;
        }
        return value;
    }
}
