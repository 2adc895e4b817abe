package dev.vap.shared.runtime;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Attempt → delay: doubles from {@code first} up to {@code cap}, then varied by ± {@code jitter} (0..1) so that those who
 * failed together do not come back together.
 */
public record Backoff(Duration first, Duration cap, double jitter) {

    public Backoff {
        if (first.isNegative() || first.isZero() || cap.compareTo(first) < 0 || !(jitter >= 0 && jitter < 1)) {
            throw new IllegalArgumentException("backoff from " + first + " to " + cap + ", jitter " + jitter);
        }
    }

    /**
     * @param attempt 1 for the first retry
     */
    public Duration delay(int attempt, RandomGenerator random) {
        double doubled = first.toMillis() * Math.pow(2, Math.max(0, Math.min(attempt, 40) - 1));
        double capped = Math.min(doubled, (double) cap.toMillis());
        double factor = 1 + jitter * (2 * random.nextDouble() - 1);
        return Duration.ofMillis(Math.max(1, Math.round(capped * factor)));
    }
}
