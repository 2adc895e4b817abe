package dev.vap.api.live;

import dev.vap.shared.storage.Results;
import io.vertx.core.json.JsonObject;

/** The form in which a stored result is shown. */
public final class ResultJson {

    private ResultJson() {}

    public static JsonObject of(Results.Stored r) {
        return new JsonObject()
                .put("frame_number", r.frameNumber())
                .put("timestamp", r.timestamp().toString())
                .put("pts_ms", r.ptsMillis())
                .put("width", r.width())
                .put("height", r.height())
                .put("epoch", r.epoch())
                .put("model", r.model())
                .put("detector", r.detector())
                .put("inference_ms", r.inferenceMillis())
                .put("stored_at", r.storedAt().toString())
                .put("detections", r.detections());
    }
}
