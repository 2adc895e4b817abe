package dev.vap.api.live;

import dev.vap.shared.protocol.PreviewPicture;
import io.vertx.core.buffer.Buffer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A picture as clients get it; the form for Motion JPEG is made once for all who watch. Each part ends with the boundary of
 * the next: browsers show a part when they see its end, which would be one picture late otherwise. Confined to one context.
 */
public final class PreviewPart {

    private static final String BOUNDARY = "frame";

    static final String CONTENT_TYPE = "multipart/x-mixed-replace; boundary=" + BOUNDARY;

    /** Before the first part. */
    static final Buffer FIRST = Buffer.buffer("--" + BOUNDARY);

    /** After the last part. */
    static final Buffer LAST = Buffer.buffer("--\r\n");

    private static final String NEXT = "\r\n--" + BOUNDARY;

    private final PreviewPicture picture;
    private Buffer part;

    PreviewPart(PreviewPicture picture) {
        this.picture = picture;
    }

    public Buffer jpeg() {
        return picture.jpeg();
    }

    /** Which frame it is. */
    public Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("X-Frame-Number", String.valueOf(picture.frameNumber()));
        headers.put("X-Timestamp", picture.timestamp().toString());
        headers.put("X-Pts-Ms", String.valueOf(picture.ptsMillis()));
        headers.put("X-Source-Size", picture.sourceWidth() + "x" + picture.sourceHeight());
        return headers;
    }

    /** Not to be changed: all who watch share it. */
    Buffer part() {
        if (part == null) {
            StringBuilder head = new StringBuilder("\r\nContent-Type: image/jpeg\r\nContent-Length: ");
            head.append(picture.jpeg().length()).append("\r\n");
            headers()
                    .forEach((name, value) ->
                            head.append(name).append(": ").append(value).append("\r\n"));
            part = Buffer.buffer(picture.jpeg().length() + 300)
                    .appendString(head.append("\r\n").toString())
                    .appendBuffer(picture.jpeg())
                    .appendString(NEXT);
        }
        return part;
    }
}
