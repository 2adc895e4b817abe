package dev.vap.shared.protocol;

import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.UUID;

/**
 * What a scenario shows at the moment; the frame it belongs to is named as in {@link ResultMessage}.
 *
 * @param timestamp when the frame was captured
 * @param ptsMillis of the frame; -1 if unknown
 * @param sourceWidth pixels of the source frame, to which boxes refer; the picture may be smaller
 * @param sourceHeight pixels of the source frame
 * @param jpeg never written to: all who watch in a process share it
 */
public record PreviewPicture(
        UUID scenario,
        long epoch,
        long frameNumber,
        Instant timestamp,
        long ptsMillis,
        int sourceWidth,
        int sourceHeight,
        Buffer jpeg) {}
