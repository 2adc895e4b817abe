package dev.vap.runner.source;

import dev.vap.runner.decode.Cancellation;

/** Looks up a host and refuses addresses that sources must not reach. Thread-safe; blocks. */
@FunctionalInterface
public interface HostCheck {

    /**
     * @param deadlineNanos of {@link System#nanoTime()}
     * @throws dev.vap.runner.decode.MediaException if there is no such host, or it must not be reached
     */
    void check(String host, long deadlineNanos, Cancellation cancellation);
}
