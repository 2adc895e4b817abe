package dev.vap.inference.batch;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Failures of frames in the log, one line a second at most. Thread-safe. */
final class FailureLog {

    private static final Logger LOG = LoggerFactory.getLogger(FailureLog.class);
    private static final long EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier nanoTime;
    private long lastNanos;
    private long unlogged;

    FailureLog(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.lastNanos = nanoTime.getAsLong() - EVERY_NANOS;
    }

    /**
     * @param what went wrong: "model a failed on a frame"
     */
    void log(String what, Throwable e) {
        long more;
        synchronized (this) {
            if (nanoTime.getAsLong() - lastNanos < EVERY_NANOS) {
                unlogged++;
                return;
            }
            lastNanos = nanoTime.getAsLong();
            more = unlogged;
            unlogged = 0;
        }
        LOG.warn("{} ({} more failures since the last line)", what, more, e);
    }
}
