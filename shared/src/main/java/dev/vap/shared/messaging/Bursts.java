package dev.vap.shared.messaging;

/**
 * When records may be sent, so that those which come in quick succession share a request: one that comes after a pause goes at
 * once, and what comes within the interval after it waits for the end of that, and goes together. So whoever sends seldom
 * waits for nothing, and whoever sends a hundred a second makes a few requests of them. Not thread-safe.
 */
final class Bursts {

    private final long intervalNanos;
    private boolean open;
    private long endedAt;

    /**
     * @param intervalNanos from the end of a burst to the begin of the next one; 0: nothing ever waits
     * @param now of {@link System#nanoTime}
     */
    Bursts(long intervalNanos, long now) {
        this.intervalNanos = intervalNanos;
        this.endedAt = now - intervalNanos;
    }

    /** How long the next record has to wait, nanoseconds; 0: it goes now, as part of the burst that is open from here on. */
    long delay(long now) {
        long left = open ? 0 : intervalNanos - (now - endedAt);
        open |= left <= 0;
        return Math.max(0, left);
    }

    /**
     * A record was handed over.
     *
     * @param more another one waits already, and belongs to the same burst
     */
    void sent(boolean more, long now) {
        open = more;
        endedAt = now;
    }
}
