package dev.vap.runner.decode;

import java.time.Instant;

/**
 * Says when the frames of a live stream were captured. The source's own timestamps tell how far apart frames are; when they
 * were taken comes from the sender's reports (RTCP) where there are any and they are believable, else from the arrival of
 * those packets that came with the least delay. A frame that is read late, after a freeze or because decoding does not keep
 * up, keeps its true time that way. Pure, not thread-safe; lateness is monotonic.
 */
final class CaptureClock {

    /** A camera whose clock is further off is not believed: its times would be of no use beside those of others. */
    private static final long BELIEVABLE_MICROS = 5_000_000;

    /** The least delay is sought in this one and the one before, so that drifting clocks are followed. */
    private static final long WINDOW_NANOS = 30_000_000_000L;

    /** Timestamps that jump back by more begin anew. */
    private static final long BACK_MICROS = 2_000_000;

    /** Packets in a row that are late and yet had to be waited for: the camera's timestamps have jumped. */
    private static final int FRESH = 8;

    private static final long JUMP_NANOS = 500_000_000L;

    private boolean any;
    private long newest;
    private long windowStart;
    private long least;
    private long leastBefore;
    private int fresh;
    private boolean reported;
    private long senderOffset;
    private boolean believed;

    /**
     * A packet was read.
     *
     * @param micros its timestamp
     * @param nowNanos monotonic
     * @param waited whether it was not there yet when it was asked for
     */
    void packet(long micros, long nowNanos, boolean waited) {
        long offset = nowNanos - micros * 1_000;
        if (!any || micros < newest - BACK_MICROS) {
            begin(micros, offset, nowNanos);
            return;
        }
        newest = Math.max(newest, micros);
        if (nowNanos - windowStart > WINDOW_NANOS) {
            leastBefore = least;
            least = offset;
            windowStart = nowNanos;
        }
        least = Math.min(least, offset);
        fresh = waited && offset - offset() > JUMP_NANOS ? fresh + 1 : 0;
        if (fresh >= FRESH) {
            begin(micros, offset, nowNanos);
        }
    }

    private void begin(long micros, long offset, long nowNanos) {
        any = true;
        newest = micros;
        least = offset;
        leastBefore = offset;
        windowStart = nowNanos;
        fresh = 0;
        reported = false;
    }

    /**
     * What the sender says.
     *
     * @param micros timestamp of a packet
     * @param senderMicros since 1970 by the sender's clock, when it was captured
     */
    void report(long micros, long senderMicros) {
        reported = true;
        senderOffset = senderMicros - micros;
    }

    private long offset() {
        return Math.min(least, leastBefore);
    }

    /** How long ago the frame arrived, or would have without the backlog it waited in; 0 before the first packet. */
    long latenessNanos(long micros, long nowNanos) {
        return any ? Math.max(0, nowNanos - (micros * 1_000 + offset())) : 0;
    }

    /** When the frame with this timestamp was captured. */
    Instant capturedAt(long micros, long nowNanos, Instant now) {
        Instant arrived = now.minusNanos(latenessNanos(micros, nowNanos));
        long arrivedMicros =
                Math.addExact(Math.multiplyExact(arrived.getEpochSecond(), 1_000_000L), arrived.getNano() / 1_000);
        long sent = micros + senderOffset;
        believed = reported && Math.abs(sent - arrivedMicros) <= BELIEVABLE_MICROS;
        return believed
                ? Instant.ofEpochSecond(0, 0)
                        .plusNanos(sent % 1_000_000 * 1_000)
                        .plusSeconds(sent / 1_000_000)
                : arrived;
    }

    /** Whether the newest time that was told comes from the sender. */
    boolean believesSender() {
        return believed;
    }
}
