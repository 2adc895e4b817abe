package dev.vap.api.contract;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** What a YAML parser makes of a document, as JSON. */
final class JsonTree {

    private JsonTree() {}

    static JsonObject of(Object tree) {
        return (JsonObject) convert(tree);
    }

    private static Object convert(Object node) {
        if (node instanceof Map<?, ?> map) {
            JsonObject json = new JsonObject();
            map.forEach((key, value) -> json.put(String.valueOf(key), convert(value)));
            return json;
        }
        if (node instanceof List<?> list) {
            JsonArray json = new JsonArray();
            list.forEach(item -> json.add(convert(item)));
            return json;
        }
        return node;
    }
}
