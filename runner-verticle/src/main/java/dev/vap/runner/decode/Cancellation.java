package dev.vap.runner.decode;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ends a reader's calls from another thread; may be handed to {@link VideoReader#open} so that even opening can be
 * ended. Safe for any thread. Once cancelled it stays so.
 */
public final class Cancellation {
    private final CountDownLatch latch = new CountDownLatch(1);

    public void cancel() {
        latch.countDown();
    }

    public boolean isCancelled() {
        return latch.getCount() == 0;
    }

    /** Waits for so long, or until it is cancelled; whether it is. */
    public boolean await(long nanos) {
        try {
            return latch.await(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            // Only a pool that is being closed interrupts.
            Thread.currentThread().interrupt();
            return true;
        }
    }
}
