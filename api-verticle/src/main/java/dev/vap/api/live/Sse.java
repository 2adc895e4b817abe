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

    static Buffer event(String name, JsonObject body) {
        return Buffer.buffer("event: " + name + "\ndata: ")
                .appendBuffer(body.toBuffer())
                .appendString("\n\n");
    }
}
