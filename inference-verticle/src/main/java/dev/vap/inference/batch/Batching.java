package dev.vap.inference.batch;

import java.time.Duration;

/**
 * How the frames of a model are put together.
 *
 * @param capacity frames that may wait
 * @param maxDelay how long a frame waits for others to come into its run, where a run takes several
 */
public record Batching(int capacity, Duration maxDelay) {

    public Batching {
        if (capacity < 1 || maxDelay.isNegative()) {
            throw new IllegalArgumentException("a queue of " + capacity + " frames with a delay of " + maxDelay);
        }
    }
}
