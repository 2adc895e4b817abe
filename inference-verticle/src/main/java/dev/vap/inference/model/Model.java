package dev.vap.inference.model;

import dev.vap.shared.protocol.ModelInfo;
import java.time.Duration;

/** A model in memory, ready to run. Thread-safe. */
public interface Model extends AutoCloseable {

    /** With its input spec. */
    ModelInfo info();

    /** How many detectors may work at once; 1 for a model with a memory, which must see frames in their order. */
    int parallelism();

    /** How many pictures one run may take; 1 where more gain nothing. */
    default int maxBatch() {
        return 1;
    }

    /** How long a picture waits for others to come into its run; of no account where a run takes one. */
    default Duration maxDelay() {
        return Duration.ZERO;
    }

    /** A further detector; the caller owns it and closes it before the model. */
    Detector newDetector();

    /** Frees the model's weights. No detector may be in use any more. */
    @Override
    void close();
}
