package dev.vap.inference;

import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What the service takes from the settings.
 *
 * @param threads frames analysed at the same time
 * @param queue frames that may wait, per model
 * @param firstModel loaded at the start, so that the first scenario need not wait for it
 * @param hangLimit after so long a run counts as stuck
 * @param loadLimit after so long the load of a model counts as stuck
 * @param drain how long a stop waits for models that are being loaded, and then for frames that are being analysed
 */
record InferenceConfig(
        Path modelDir,
        int threads,
        int queue,
        String firstModel,
        Duration hangLimit,
        Duration loadLimit,
        Duration drain) {

    /** TensorRT builds its engines for minutes. */
    private static final Duration LOAD_LIMIT = Duration.ofMinutes(15);

    private static final Duration DRAIN = Duration.ofSeconds(5);

    /** How often it is looked whether a run has taken longer than that. */
    static final Duration HANG_CHECK = Duration.ofMillis(500);

    InferenceConfig {
        if (threads < 1 || queue < 1) {
            throw new IllegalArgumentException("inference with " + threads + " threads and a queue of " + queue);
        }
    }

    static InferenceConfig from(Settings settings) {
        return new InferenceConfig(
                settings.modelDir(),
                ModelLoader.cores(settings),
                settings.get(VapSettings.INFERENCE_QUEUE),
                settings.get(VapSettings.DEFAULT_MODEL),
                settings.get(VapSettings.INFERENCE_HANG_LIMIT),
                LOAD_LIMIT,
                DRAIN);
    }
}
