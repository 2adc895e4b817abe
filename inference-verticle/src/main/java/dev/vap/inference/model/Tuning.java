package dev.vap.inference.model;

import java.time.Duration;

/**
 * How a network is run on this machine.
 *
 * @param workers runs side by side
 * @param intraThreads threads within a run
 * @param maxBatch pictures in one run, at most; the network may allow fewer
 * @param maxDelay how long a picture waits for others to come into its run; zero to take those that wait already
 * @param provider what executes it: {@code cpu}, {@code cuda}, {@code cuda:1}…, as {@link Provider#parse} reads it
 * @param fallback whether the CPU may do it where the provider is not to be had
 * @param optimisation how much of the network is rewritten before its first run
 */
public record Tuning(
        int workers,
        int intraThreads,
        int maxBatch,
        Duration maxDelay,
        String provider,
        boolean fallback,
        Optimisation optimisation) {

    /** What ONNX Runtime rewrites of a network's graph; each level does what the one before does, too. */
    public enum Optimisation {
        BASIC,
        EXTENDED,
        /** Also layouts that suit the processor. */
        ALL
    }

    public Tuning {
        if (workers < 1 || intraThreads < 1 || maxBatch < 1 || maxDelay.isNegative()) {
            throw new IllegalArgumentException("tuning of " + workers + " workers of " + intraThreads
                    + " threads, batches of " + maxBatch + " within " + maxDelay);
        }
    }

    /** With all optimisations. */
    public Tuning(int workers, int intraThreads, int maxBatch, Duration maxDelay, String provider, boolean fallback) {
        this(workers, intraThreads, maxBatch, maxDelay, provider, fallback, Optimisation.ALL);
    }

    /** One thread a run, no batches, on the CPU. */
    public static Tuning cpu(int workers) {
        return new Tuning(workers, 1, 1, Duration.ZERO, "cpu", false);
    }
}
