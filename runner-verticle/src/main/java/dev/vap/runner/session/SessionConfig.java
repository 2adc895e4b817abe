package dev.vap.runner.session;

import dev.vap.runner.inference.Breaker;
import dev.vap.runner.source.SourceConfig;
import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.shared.runtime.Backoff;
import java.time.Duration;

/**
 * How sessions behave.
 *
 * @param source how sources are opened and kept open
 * @param fileInFlight frames of a file being analysed at once
 * @param liveInFlight frames of a live source being analysed at once
 * @param maxUnacknowledged results handed to Kafka and not acknowledged, per session
 * @param fileTimeout of one try to analyse a frame of a file
 * @param liveTimeout past which the answer to a frame of a live source is of no use
 * @param retry between tries of the same frame
 * @param modelPatience how long a session waits for an inference service at its start
 * @param modelTimeout of one question for the model, which may load it
 * @param suspectTries after which a frame that fails the detector fails the session
 * @param breaker of a model at an inference process, which all sessions of this process share
 * @param ackPatience how long a stop waits for Kafka to acknowledge what it was handed
 */
public record SessionConfig(
        SourceConfig source,
        int fileInFlight,
        int liveInFlight,
        int maxUnacknowledged,
        Duration fileTimeout,
        Duration liveTimeout,
        Backoff retry,
        Duration modelPatience,
        Duration modelTimeout,
        int suspectTries,
        Breaker breaker,
        Duration ackPatience) {

    /** More do not help throughput, and each costs an input picture of memory. */
    private static final int MAX_IN_FLIGHT = 16;

    public SessionConfig {
        if (fileInFlight < 1 || liveInFlight < 1 || maxUnacknowledged < fileInFlight || suspectTries < 1) {
            throw new IllegalArgumentException("in flight " + fileInFlight + " and " + liveInFlight
                    + ", unacknowledged " + maxUnacknowledged + ", tries " + suspectTries);
        }
    }

    /**
     * @param cores one frame per core is being analysed, two more wait: one on its way, one while the next is being read
     */
    public static SessionConfig from(Settings settings, int cores) {
        return new SessionConfig(
                SourceConfig.from(settings),
                Math.min(MAX_IN_FLIGHT, cores + 2),
                2,
                256,
                settings.get(VapSettings.INFERENCE_TIMEOUT),
                Duration.ofSeconds(1),
                new Backoff(Duration.ofMillis(20), Duration.ofSeconds(1), 0.2),
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                5,
                new Breaker(8, Duration.ofSeconds(1)),
                Duration.ofSeconds(1));
    }
}
