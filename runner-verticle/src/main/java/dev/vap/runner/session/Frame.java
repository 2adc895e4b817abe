package dev.vap.runner.session;

import dev.vap.runner.preprocess.Scaling;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.InferenceReply;
import dev.vap.shared.protocol.PreviewPicture;
import java.time.Instant;
import java.util.List;

/**
 * One frame on its way from the source to its result. Written by the thread that read it, then confined to the session's
 * context. It owns one reference to its pixels until {@link #free()}.
 */
final class Frame {

    final long number;
    /** -1 if unknown. */
    final long ptsMillis;

    final Instant readAt;
    final int sourceWidth;
    final int sourceHeight;
    final Scaling scaling;
    /** Nothing moved in it: there is nothing to analyse, and it is done from the start. */
    final boolean gated;
    /** When the first try to analyse it began, monotonic. */
    long sentAt;

    int tries;
    /** Tries that the detector itself failed. */
    int failures;
    /** While true the receiver may not have taken its own reference to the pixels yet: they must not be freed. */
    boolean beingAnalysed;

    private FrameBuffer pixels;
    /** The same as JPEG; null as long as nobody wanted it. */
    private FrameBuffer jpeg;

    /** The source frame as packed BGR; null unless further models look at it. */
    private FrameBuffer source;

    /** For those who watch; null if nobody does, and once it was shown. */
    private PreviewPicture preview;

    private boolean onlyShown;
    private InferenceReply reply;
    private List<Detection> detections = List.of();
    private boolean done;

    /**
     * @param scaling null together with {@code pixels} for a frame that was only read, or is gated
     */
    Frame(
            long number,
            long ptsMillis,
            Instant readAt,
            int sourceWidth,
            int sourceHeight,
            Scaling scaling,
            FrameBuffer pixels,
            boolean gated) {
        this.number = number;
        this.ptsMillis = ptsMillis;
        this.readAt = readAt;
        this.sourceWidth = sourceWidth;
        this.sourceHeight = sourceHeight;
        this.scaling = scaling;
        this.pixels = pixels;
        this.gated = gated;
        this.done = gated;
    }

    FrameBuffer pixels() {
        return pixels;
    }

    FrameBuffer jpeg() {
        return jpeg;
    }

    /** Takes the reference over. */
    void jpeg(FrameBuffer encoded) {
        jpeg = encoded;
    }

    /** Null until it was analysed, and for ever if it was dropped. */
    InferenceReply reply() {
        return reply;
    }

    /** Whether nothing more is to be waited for. */
    boolean isDone() {
        return done;
    }

    void preview(PreviewPicture picture) {
        preview = picture;
    }

    /** Null if there is none, and from the second call on. */
    PreviewPicture takePreview() {
        PreviewPicture picture = preview;
        preview = null;
        return picture;
    }

    /** It is there for its preview alone, and has no result. */
    void onlyShow() {
        onlyShown = true;
    }

    boolean isOnlyShown() {
        return onlyShown;
    }

    FrameBuffer source() {
        return source;
    }

    /** Takes the reference over. */
    void source(FrameBuffer copy) {
        source = copy;
    }

    /** What is to be published of it. */
    List<Detection> detections() {
        return detections;
    }

    /** By all models that were to look at it. */
    void analysed(InferenceReply result, List<Detection> found) {
        reply = result;
        detections = found;
        done = true;
        free();
    }

    void dropped() {
        done = true;
        free();
    }

    /** Gives the pixels back, all of them; harmless when repeated. */
    void free() {
        freePicture();
        if (source != null) {
            source.release();
            source = null;
        }
    }

    /** Gives the picture for the model back, and keeps the source frame. */
    void freePicture() {
        if (pixels != null) {
            pixels.release();
            pixels = null;
        }
        if (jpeg != null) {
            jpeg.release();
            jpeg = null;
        }
    }
}
