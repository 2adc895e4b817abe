package dev.vap.inference.model;

import java.time.Duration;

/**
 * How the catalogue wants a network to be run. Whatever is null is as the settings or a measurement have it.
 *
 * @param provider as {@link Provider#parse} reads it
 */
public record RunSpec(
        String provider, Boolean fallback, Integer maxBatch, Duration maxDelay, Integer workers, Integer intraThreads) {

    /** Nothing was said. */
    public static final RunSpec UNKNOWN = new RunSpec(null, null, null, null, null, null);
}
