package dev.vap.testing.video;

/** What a camera may do wrong for as long as it is switched on with {@link RtspServer#begin}; several at once are allowed. */
public enum RtspFault {
    /** Connections are accepted, nothing is answered, no frames are sent: a camera whose software hangs. */
    SILENT,
    /** DESCRIBE is answered, what comes after it is not. */
    SILENT_AFTER_DESCRIBE,
    /** Requests are answered, but no frames are sent; the time of the frames goes on. */
    FREEZE,
    /** As FREEZE; when it ends, the frames held back come at once, late. */
    HOLD,
    /** 404 to DESCRIBE. */
    NOT_FOUND,
    /** 302 to DESCRIBE: to where {@link RtspServer#redirectTo} says, else to the same URL. */
    REDIRECT,
    /** 503 to DESCRIBE. */
    UNAVAILABLE,
    /** The description names audio only. */
    NO_VIDEO,
    /** The description names a codec that does not exist. */
    UNKNOWN_CODEC,
    /** The description has so many bytes as the number says, by default 64 MiB. */
    HUGE_SDP,
    /** Each byte of an answer comes so many milliseconds after the one before, by default 1000. */
    DRIP,
    /** Every so-manieth RTP packet has a few wrong bytes; by default every tenth. */
    CORRUPT,
    /** Every so-manieth RTP packet is left out; by default every tenth. */
    DROP,
    /** RTP packets carry no payload. */
    EMPTY_FRAMES;

    int defaultNumber() {
        return switch (this) {
            case HUGE_SDP -> 64 << 20;
            case DRIP -> 1000;
            case CORRUPT, DROP -> 10;
            default -> 0;
        };
    }
}
