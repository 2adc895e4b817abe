package dev.vap.api.live;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/** The wire form of Server-Sent Events. JSON is encoded on one line, so no data needs splitting. */
final class Sse {

    static final Buffer HEARTBEAT = Buffer.buffer(": alive\n\n");
    static final Buffer RETRY = Buffer.buffer("retry: 1000\n\n");

    private Sse() {}

    static Buffer prediction(long frame, JsonObject body) {
        return Buffer.buffer("event: prediction\nid: " + frame + "\ndata: ")
                .appendBuffer(body.toBuffer())
                .appendString("\n\n");
    }

    static Buffer prediction(long frame, String json) {
        return Buffer.buffer("event: prediction\nid: " + frame + "\ndata: " + json + "\n\n");
    }

    /** Frames were left out because the client reads too slowly. */
    static Buffer dropped(long count) {
        return event("dropped", new JsonObject().put("count", count).put("reason", "this client reads too slowly"));
    }

    /**
     * Frames were left out, nobody knows how many.
     *
     * @param id the frame after which the client is to go on when it comes back; null if that stays as it is
     */
    static Buffer dropped(Long id, String reason) {
        JsonObject body = new JsonObject().putNull("count").put("reason", reason);
        return id == null ? event("dropped", body) : event("dropped", id, body);
    }

    static Buffer event(String name, long id, JsonObject body) {
        return Buffer.buffer("event: " + name + "\nid: " + id + "\ndata: ")
                .appendBuffer(body.toBuffer())
                .appendString("\n\n");
    }

    static Buffer event(String name, JsonObject body) {
        return Buffer.buffer("event: " + name + "\ndata: ")
                .appendBuffer(body.toBuffer())
                .appendString("\n\n");
    }
}
