package dev.vap.shared.domain;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * What can be wrong with a source: for code; a message beside it says it for people. {@link #wire()} is stable and part of
 * the API ({@code fault}), of settings and of metrics.
 */
public enum SourceFault {
    /** No such file, device or stream, or the server has none under this path. */
    NOT_FOUND(false),
    /** The host does not accept connections on this port. */
    REFUSED(true),
    /** No such host, or no way to it. */
    UNREACHABLE(true),
    /** A deadline passed: of connecting, of the first frame, or of silence. */
    TIMEOUT(true),
    /** User name or password are missing or wrong, or have no right to this stream. */
    UNAUTHORIZED(true),
    /** A folder, a text, a web page, random bytes. */
    NOT_A_VIDEO(false),
    /** Media without moving pictures: audio, or audio with a cover picture. */
    NO_VIDEO_STREAM(false),
    /** Video in a codec that can't be decoded here. */
    UNSUPPORTED_CODEC(false),
    /** A transport that the camera does not offer, such as RTSP over TCP. */
    UNSUPPORTED_TRANSPORT(false),
    /** Zero bytes, or a video without any frame. */
    EMPTY(false),
    /** It is video, but cut off, damaged or encrypted beyond reading. */
    CORRUPT(false),
    /** More pixels a frame than allowed. */
    TOO_LARGE(false),
    /** A playlist, a pipe, a protocol, a container, an address or a redirect that this kind of source may not use. */
    NOT_ALLOWED(false),
    /** A live stream ended: the camera closed it. */
    ENDED(true),
    /** A certificate that is not trusted, or no common version of TLS. */
    TLS(true),
    /** The disk, the network or the server failed in another way. */
    IO(true),
    /** Stopped from here; no fault of the source. */
    INTERRUPTED(false);

    private final boolean retryable;

    SourceFault(boolean retryable) {
        this.retryable = retryable;
    }

    /** Whether the same attempt may succeed later without anyone changing the source. */
    public boolean retryable() {
        return retryable;
    }

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<SourceFault> fromWire(String text) {
        return Arrays.stream(values()).filter(f -> f.wire().equals(text)).findFirst();
    }
}
