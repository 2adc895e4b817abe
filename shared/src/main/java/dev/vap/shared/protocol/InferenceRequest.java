package dev.vap.shared.protocol;

import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One frame to analyse. Delivered by reference inside a process, encoded once between processes.
 *
 * <p>Ownership of {@code pixels}: the sender holds a reference until the reply or its own time-out; the receiver retains
 * before it returns from its handler and releases when it no longer reads, even if the sender has given up meanwhile.
 *
 * @param stream names the scenario's run ({@code uuid/epoch}); detectors with a memory (motion) keep it per stream
 * @param frameNumber as in the result
 * @param ptsMillis time in the stream, -1 if unknown
 * @param width of the pixels, not of the source
 * @param scale pixels of the input per pixel of the source; {@code source = input / scale}
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
        int sourceWidth,
        int sourceHeight,
        double scale,
        float minConfidence,
        float nmsIou,
        List<String> classes,
        long deadlineNanos) {

    public InferenceRequest {
        classes = List.copyOf(classes);
    }

    public int pixelBytes() {
        return width * height * channels;
    }

    public boolean expired(long nowNanos) {
        return nowNanos - deadlineNanos >= 0;
    }

    public long remainingMillis(long nowNanos) {
        return Math.max(0, TimeUnit.NANOSECONDS.toMillis(deadlineNanos - nowNanos));
    }
}
