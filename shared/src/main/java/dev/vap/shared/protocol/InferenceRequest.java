package dev.vap.shared.protocol;

import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One frame to analyse. Delivered by reference inside a process, encoded once between processes.
 *
 * <p>Ownership of {@code pixels}: the sender holds a reference until the reply or its own time-out; the receiver retains
 * before it returns from its handler and releases when it no longer reads, even if the sender has given up meanwhile. Of a frame from
 * another process nobody here is the sender: the handler calls {@link FrameBuffer#releaseReceived()} before it returns.
 *
 * @param stream names the scenario's run ({@code uuid/epoch}); detectors with a memory (motion) keep it per stream
 * @param frameNumber as in the result
 * @param ptsMillis time in the stream, -1 if unknown
 * @param width of the pixels, not of the source
 * @param encoding how {@code pixels} hold the picture
 * @param placement where the source frame lies in the picture
 * @param minConfidence detections below are left out; NaN for the model's default
 * @param nmsIou NaN for the model's default
 * @param classes only these labels; empty for all
 * @param deadlineNanos by {@link System#nanoTime()} of this process; past it the answer is of no use
 */
public record InferenceRequest(
        String stream,
        long frameNumber,
        long ptsMillis,
        FrameBuffer pixels,
        int width,
        int height,
        int channels,
        Encoding encoding,
        int sourceWidth,
        int sourceHeight,
        Placement placement,
        float minConfidence,
        float nmsIou,
        List<String> classes,
        long deadlineNanos) {

    /** How a picture lies in its buffer. */
    public enum Encoding {
        /** {@code height x width x channels} bytes, rows without padding. */
        RAW,
        /** One JPEG of that size and number of channels, from the start of the buffer to the limit of its memory. */
        JPEG
    }

    public InferenceRequest {
        classes = List.copyOf(classes);
    }

    /** Bytes of the picture once it is decoded. */
    public int pixelBytes() {
        return width * height * channels;
    }

    /** Bytes of the picture as it lies in the buffer. */
    public int encodedBytes() {
        return encoding == Encoding.RAW ? pixelBytes() : pixels.memory().limit();
    }

    /** The same request with its picture decoded. */
    public InferenceRequest decoded(FrameBuffer raw) {
        return new InferenceRequest(
                stream,
                frameNumber,
                ptsMillis,
                raw,
                width,
                height,
                channels,
                Encoding.RAW,
                sourceWidth,
                sourceHeight,
                placement,
                minConfidence,
                nmsIou,
                classes,
                deadlineNanos);
    }

    public boolean expired(long nowNanos) {
        return nowNanos - deadlineNanos >= 0;
    }

    public long remainingMillis(long nowNanos) {
        return Math.max(0, TimeUnit.NANOSECONDS.toMillis(deadlineNanos - nowNanos));
    }
}
