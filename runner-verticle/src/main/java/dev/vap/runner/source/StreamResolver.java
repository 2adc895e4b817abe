package dev.vap.runner.source;

import dev.vap.runner.decode.Cancellation;
import dev.vap.shared.domain.SourceUrl;

/** Asks an ONVIF device for the address of its video. Thread-safe; blocks. */
@FunctionalInterface
public interface StreamResolver {

    /**
     * Chooses the smallest profile that is at least {@code width} x {@code height}, else the largest; or the one that the
     * URL names ({@code ?profile=}, its token or name).
     *
     * @param width that the model wants, pixels; 0 for any
     * @param deadlineNanos of {@link System#nanoTime()}
     * @return an {@code rtsp}, {@code rtsps} or {@code http} URL, with the credentials to open it
     * @throws dev.vap.runner.decode.MediaException saying what went wrong, without credentials
     */
    String resolve(SourceUrl device, int width, int height, long deadlineNanos, Cancellation cancellation);
}
