package dev.vap.runner.inference;

import java.time.Duration;

/**
 * Limits of a circuit breaker.
 *
 * @param maxFailures within ten seconds open it
 * @param reset after which one call is let through again
 */
public record Breaker(int maxFailures, Duration reset) {

    public Breaker {
        if (maxFailures < 1 || reset.toMillis() < 1) {
            throw new IllegalArgumentException("breaker of " + maxFailures + " failures and " + reset);
        }
    }
}
