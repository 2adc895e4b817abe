package dev.vap.shared.protocol;

import dev.vap.shared.domain.SourceFault;
import io.vertx.core.json.JsonObject;

/**
 * What a source is, or what is wrong with it. Free of credentials; what is not known is null, 0 or -1.
 *
 * @param fault null if a frame was decoded
 * @param reason one sentence for the user; null if a frame was decoded
 * @param stream what was opened in the end (of an ONVIF device, or after redirects), credentials removed
 * @param live without an end of its own
 * @param width pixels, as shown
 * @param fps frames a second
 * @param bitrate bits a second, as the container says or as measured
 * @param firstFrameMillis from the start of the probe to the first decoded frame
 * @param durationMillis of a recording
 * @param frames of a recording
 * @param runnerId who looked
 * @param picture the first frame as JPEG in base64; null if it was not asked for, or could not be made
 */
public record ProbeReport(
        SourceFault fault,
        String reason,
        String stream,
        boolean live,
        String container,
        String codec,
        int width,
        int height,
        double fps,
        long bitrate,
        long firstFrameMillis,
        long durationMillis,
        long frames,
        String runnerId,
        String picture) {

    /** Without a picture. */
    public ProbeReport(
            SourceFault fault,
            String reason,
            String stream,
            boolean live,
            String container,
            String codec,
            int width,
            int height,
            double fps,
            long bitrate,
            long firstFrameMillis,
            long durationMillis,
            long frames,
            String runnerId) {
        this(
                fault,
                reason,
                stream,
                live,
                container,
                codec,
                width,
                height,
                fps,
                bitrate,
                firstFrameMillis,
                durationMillis,
                frames,
                runnerId,
                null);
    }

    public static ProbeReport failed(SourceFault fault, String reason, String runnerId) {
        return new ProbeReport(fault, reason, null, false, null, null, 0, 0, 0, -1, -1, -1, -1, runnerId);
    }

    public boolean ok() {
        return fault == null;
    }

    /** As the API answers, too. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("v", Protocol.VERSION)
                .put("ok", ok())
                .put("fault", fault == null ? null : fault.wire())
                .put("reason", reason)
                .put("stream", stream)
                .put("live", live)
                .put("container", container)
                .put("codec", codec)
                .put("width", width)
                .put("height", height)
                .put("fps", fps)
                .put("bitrate", bitrate)
                .put("first_frame_ms", firstFrameMillis)
                .put("duration_ms", durationMillis)
                .put("frames", frames)
                .put("runner_id", runnerId)
                .put("picture_jpeg", picture);
    }

    /**
     * @throws MessageFormatException if it is no such message
     */
    public static ProbeReport fromJson(JsonObject json) {
        MessageReader in = MessageReader.of(json);
        SourceFault fault = in.optionalString("fault")
                .map(text -> SourceFault.fromWire(text).orElse(SourceFault.IO))
                .orElse(null);
        return new ProbeReport(
                fault,
                in.optionalString("reason").orElse(null),
                in.optionalString("stream").orElse(null),
                in.flag("live"),
                in.optionalString("container").orElse(null),
                in.optionalString("codec").orElse(null),
                in.integer("width"),
                in.integer("height"),
                in.real("fps", 0),
                in.number("bitrate"),
                in.number("first_frame_ms"),
                in.number("duration_ms"),
                in.number("frames"),
                in.optionalString("runner_id").orElse(null),
                in.optionalString("picture_jpeg").orElse(null));
    }
}
