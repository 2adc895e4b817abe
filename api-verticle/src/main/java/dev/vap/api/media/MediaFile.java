package dev.vap.api.media;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.OptionalLong;

/**
 * A file under the media root, or what has come of one.
 *
 * @param size of the whole; empty as long as nobody has said it
 * @param received bytes that are there
 */
public record MediaFile(String name, OptionalLong size, long received, boolean complete, Instant modified) {

    public JsonObject toJson() {
        return new JsonObject()
                .put("name", name)
                .put("size", size.isPresent() ? size.getAsLong() : null)
                .put("received", received)
                .put("complete", complete)
                .put("modified", modified.toString())
                .put("camera_url", MediaName.cameraUrl(name));
    }
}
