package dev.vap.runner.decode;

/**
 * Why a source could not be read or a clip not written. The message is one sentence for the user: it names a file by
 * its base name only and never holds credentials.
 */
public final class MediaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    public MediaException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public MediaException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    /** What went wrong, for code; the message says it for people. */
    public enum Reason {
        /** No such file, or the server has none. */
        NOT_FOUND(false),
        /** A folder, a text, a picture, random bytes. */
        NOT_A_VIDEO(false),
        /** A media file without moving pictures: audio, or audio with a cover picture. */
        NO_VIDEO_STREAM(false),
        /** Video in a codec that this build of FFmpeg can't decode. */
        UNSUPPORTED_CODEC(false),
        /** Zero bytes, or a video without any frame. */
        EMPTY(false),
        /** It was a video, but is cut off, damaged or encrypted beyond reading. */
        CORRUPT(false),
        /** A deadline of {@link ReaderOptions} passed. */
        TIMEOUT(true),
        /** {@link Cancellation#cancel()} or {@link VideoReader#interrupt()} was called. */
        INTERRUPTED(false),
        /** More pixels a frame than {@link ReaderOptions#maxPixels()}. */
        TOO_LARGE(false),
        /** A playlist, a pipe, a protocol or a container that this kind of source may not use, or no permission. */
        NOT_ALLOWED(false),
        /** The disk or the network failed. */
        IO(true);

        private final boolean retryable;

        Reason(boolean retryable) {
            this.retryable = retryable;
        }

        /** Whether the same call may succeed later without anyone changing the source. */
        public boolean retryable() {
            return retryable;
        }
    }
}
