package dev.vap.runner.control;

import dev.vap.runner.time.Timers;
import org.slf4j.Logger;

/** Warnings of one cause, at most one a second; those left out are counted in the next one. Not thread-safe. */
final class QuietLog {

    private static final long PAUSE_NANOS = 1_000_000_000L;

    private final Logger log;
    private final Timers timers;
    private boolean any;
    private long last;
    private long leftOut;

    QuietLog(Logger log, Timers timers) {
        this.log = log;
        this.timers = timers;
    }

    void warn(String message) {
        long now = timers.nanos();
        if (any && now - last < PAUSE_NANOS) {
            leftOut++;
            return;
        }
        any = true;
        last = now;
        if (leftOut > 0) {
            log.warn("{} ({} more like this)", message, leftOut);
        } else {
            log.warn("{}", message);
        }
        leftOut = 0;
    }
}
