package dev.vap.shared.protocol;

import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.ScenarioOptions;
import io.vertx.core.json.JsonObject;

/**
 * Open this source once and say what it is.
 *
 * @param cameraUrl with credentials
 * @param timeoutMillis until the answer has to be there
 * @param picture whether the first frame is wanted as a picture
 */
public record ProbeRequest(String cameraUrl, ScenarioOptions options, long timeoutMillis, boolean picture) {

    /** Without a picture. */
    public ProbeRequest(String cameraUrl, ScenarioOptions options, long timeoutMillis) {
        this(cameraUrl, options, timeoutMillis, false);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("v", Protocol.VERSION)
                .put("camera_url", cameraUrl)
                .put("options", options.toJson())
                .put("timeout_ms", timeoutMillis)
                .put("picture", picture);
    }

    /**
     * @throws MessageFormatException if it is no such message
     */
    public static ProbeRequest fromJson(JsonObject json) {
        MessageReader in = MessageReader.of(json);
        return new ProbeRequest(
                in.string("camera_url"), ScenarioCommand.options(in), in.number("timeout_ms"), in.flag("picture"));
    }

    @Override
    public String toString() {
        return "probe of " + Redact.url(cameraUrl);
    }
}
