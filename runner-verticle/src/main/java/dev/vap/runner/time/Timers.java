package dev.vap.runner.time;

import java.time.Duration;

/**
 * Monotonic time and one-shot timers on it. Everything in the runner that waits or measures asks here, so that tests can
 * move time themselves.
 */
public interface Timers {

    /** Nanoseconds from an arbitrary origin; never goes back. Safe for any thread. */
    long nanos();

    /** Runs the action once, on the caller's context, not before {@code delay} has passed. */
    Timer after(Duration delay, Runnable action);

    /** Cancelling twice, or after it has run, is harmless. */
    interface Timer {
        void cancel();
    }
}
