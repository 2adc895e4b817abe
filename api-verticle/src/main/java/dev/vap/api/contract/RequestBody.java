package dev.vap.api.contract;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/**
 * A JSON object that an operation takes.
 *
 * @param required false if no body means an empty object
 */
public record RequestBody(boolean required, Schema schema) {

    /**
     * @throws VapException with a sentence that names the field, if the contract does not allow it
     */
    public JsonObject check(JsonObject body) {
        schema.check(body);
        return body;
    }

    /** An example of the body, as short as one can be. */
    public String example() {
        JsonObject shortest = new JsonObject();
        JsonObject properties = schema.json().getJsonObject("properties", new JsonObject());
        for (Object name : schema.json().getJsonArray("required", new JsonArray())) {
            Schema.example(properties.getJsonObject((String) name))
                    .ifPresent(value -> shortest.put((String) name, value));
        }
        return shortest.encode().replace("\":", "\": ").replace(",\"", ", \"");
    }

    /** Fails unless there may be none. */
    public JsonObject none() {
        if (!required) {
            return new JsonObject();
        }
        throw new VapException(
                ErrorCode.INVALID_JSON,
                "The body is missing: send a JSON object"
                        + Optional.of(example())
                                .filter(text -> !text.equals("{}"))
                                .map(text -> ", for example " + text)
                                .orElse("")
                        + ".");
    }
}
