package dev.vap.testing.video;

import java.time.Duration;

/** What a camera takes for the time of day. Safe for any thread. */
final class WallClock {
    private volatile Long offsetMillis = 0L;

    /** @param offset from the right time; null for a camera that never says what time it is */
    void set(Duration offset) {
        offsetMillis = offset == null ? null : Long.valueOf(offset.toMillis());
    }

    /** The camera's time at this time; null if it does not tell. */
    Long at(long millis) {
        Long offset = offsetMillis;
        return offset == null ? null : Long.valueOf(millis + offset);
    }
}
