package dev.vap.shared.protocol;

import io.vertx.core.json.JsonObject;

/** Body of a request to {@link Addresses#MODELS}. */
public record ModelQuery(String name) {

    /** Asks for all models, loading none. */
    public static ModelQuery all() {
        return new ModelQuery(null);
    }

    public JsonObject toJson() {
        JsonObject json = new JsonObject().put("v", Protocol.VERSION);
        return name == null ? json : json.put("model", name);
    }

    public static ModelQuery fromJson(JsonObject json) {
        return new ModelQuery(MessageReader.of(json).optionalString("model").orElse(null));
    }
}
