package dev.vap.api.live;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/** A prediction on its way to listeners, encoded once for all of a kind. Confined to the hub's context. */
final class LiveFrame {

    private final long epoch;
    private final long frame;
    private final JsonObject body;
    private Buffer sse;
    private String text;

    LiveFrame(long epoch, long frame, JsonObject body) {
        this.epoch = epoch;
        this.frame = frame;
        this.body = body;
    }

    long epoch() {
        return epoch;
    }

    long frame() {
        return frame;
    }

    /** As a Server-Sent Event. */
    Buffer sse() {
        if (sse == null) {
            sse = Sse.prediction(frame, body);
        }
        return sse;
    }

    /** As the event-bus bridge would send it. */
    String text(String address) {
        if (text == null) {
            text = LiveMessages.received(address, body);
        }
        return text;
    }
}
