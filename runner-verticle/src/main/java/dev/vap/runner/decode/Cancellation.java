package dev.vap.runner.decode;

/**
 * Ends a reader's calls from another thread; may be handed to {@link VideoReader#open} so that even opening can be
 * ended. Safe for any thread. Once cancelled it stays so.
 */
public final class Cancellation {
    private volatile boolean cancelled;

    public void cancel() {
        cancelled = true;
    }

    public boolean isCancelled() {
        return cancelled;
    }
}
