package dev.vap.api.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;

/**
 * What an action answers.
 *
 * @param body null for none
 */
record Reply(int status, String contentType, Buffer body, Map<String, String> headers) {

    static final String JSON = "application/json";

    /** The action has taken the response over. */
    static final Reply TAKEN = new Reply(0, null, null, Map.of());

    boolean isTaken() {
        return status == 0;
    }

    static Reply ok(JsonObject body) {
        return new Reply(200, JSON, body.toBuffer(), Map.of());
    }

    static Reply json(Buffer body) {
        return new Reply(200, JSON, body, Map.of());
    }

    static Reply json(int status, JsonObject body) {
        return new Reply(status, JSON, body.toBuffer(), Map.of());
    }

    static Reply created(JsonObject body, String location) {
        return new Reply(201, JSON, body.toBuffer(), Map.of("Location", location));
    }

    static Reply noContent() {
        return new Reply(204, null, null, Map.of());
    }

    static Reply notModified() {
        return new Reply(304, null, null, Map.of());
    }

    static Reply text(String contentType, String body) {
        return new Reply(200, contentType, Buffer.buffer(body), Map.of());
    }

    /** The head of a stream, for those who ask for no more than that. */
    static Reply head(String contentType) {
        return new Reply(200, contentType, null, Map.of());
    }

    Reply with(String header, String value) {
        Map<String, String> all = new HashMap<>(headers);
        all.put(header, value);
        return new Reply(status, contentType, body, all);
    }

    Reply as(String type) {
        return new Reply(status, type, body, headers);
    }

    /** The version of a scenario. */
    Reply etag(long version) {
        return with("ETag", "\"" + version + "\"");
    }
}
