package dev.vap.api.contract;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.Set;

/** Puts what references of a document point to in their place, so that each part can be read alone. */
final class References {

    private static final String REF = "$ref";

    private final JsonObject document;
    private final Set<String> following = new HashSet<>();

    References(JsonObject document) {
        this.document = document;
    }

    /**
     * @return a copy; what stands beside a reference wins over what it points to
     * @throws IllegalArgumentException if one leads nowhere, or back to itself
     */
    JsonObject resolve(JsonObject json) {
        JsonObject resolved = new JsonObject();
        String ref = json.getString(REF);
        if (ref != null) {
            if (!following.add(ref)) {
                throw new IllegalArgumentException(ref + " refers to itself");
            }
            resolved.mergeIn(resolve(target(ref)));
            following.remove(ref);
        }
        for (String name : json.fieldNames()) {
            if (!name.equals(REF)) {
                resolved.put(name, resolveAny(json.getValue(name)));
            }
        }
        return resolved;
    }

    private Object resolveAny(Object value) {
        if (value instanceof JsonObject object) {
            return resolve(object);
        }
        if (value instanceof JsonArray array) {
            JsonArray resolved = new JsonArray();
            array.forEach(item -> resolved.add(resolveAny(item)));
            return resolved;
        }
        return value;
    }

    private JsonObject target(String ref) {
        JsonObject at = document;
        if (!ref.startsWith("#/")) {
            throw new IllegalArgumentException(ref + " is not in this document");
        }
        for (String part : ref.substring(2).split("/", -1)) {
            at = at.getValue(part) instanceof JsonObject next ? next : null;
            if (at == null) {
                throw new IllegalArgumentException(ref + " leads nowhere");
            }
        }
        return at;
    }
}
