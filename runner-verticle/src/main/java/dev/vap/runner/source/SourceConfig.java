package dev.vap.runner.source;

import dev.vap.runner.decode.ReaderOptions;
import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.runtime.Backoff;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * How sources are opened and kept open.
 *
 * @param mediaRoot what relative paths of files are relative to
 * @param liveFps analysed frames a second of live sources that do not say
 * @param caFile authorities to trust; null for the usual ones
 * @param retry how a live source is tried again
 */
public record SourceConfig(
        Path mediaRoot,
        double liveFps,
        Set<SourceUrl.Scheme> schemes,
        ReaderOptions.Limits limits,
        Path caFile,
        Retry retry) {

    /** Frames have to flow for so long before a source counts as well again. */
    private static final Duration SETTLED = Duration.ofSeconds(10);

    private static final double JITTER = 0.2;

    /**
     * @param backoff between attempts
     * @param unauthorizedPause instead of that after wrong credentials
     * @param settled frames have to flow for so long before attempts are counted anew
     * @param giveUp attempts in a row with the same fault after which it is given up; a fault that is not named never is
     */
    public record Retry(
            Backoff backoff, Duration unauthorizedPause, Duration settled, Map<SourceFault, Integer> giveUp) {

        public Retry {
            giveUp = Map.copyOf(giveUp);
        }
    }

    public SourceConfig {
        schemes = Set.copyOf(schemes);
    }

    public static SourceConfig from(Settings settings) {
        Duration min = settings.get(VapSettings.SOURCE_BACKOFF_MIN);
        Duration max = settings.get(VapSettings.SOURCE_BACKOFF_MAX);
        return new SourceConfig(
                settings.mediaRoot(),
                settings.get(VapSettings.VIDEO_FPS),
                settings.get(VapSettings.SOURCE_SCHEMES),
                new ReaderOptions.Limits(
                        settings.get(VapSettings.SOURCE_CONNECT_TIMEOUT),
                        settings.get(VapSettings.SOURCE_FIRST_FRAME_TIMEOUT),
                        settings.get(VapSettings.SOURCE_SILENCE_TIMEOUT),
                        settings.get(VapSettings.VIDEO_MAX_PIXELS)),
                settings.find(VapSettings.SOURCE_CA_FILE).orElse(null),
                new Retry(
                        new Backoff(min, max.compareTo(min) < 0 ? min : max, JITTER),
                        settings.get(VapSettings.SOURCE_UNAUTHORIZED_PAUSE),
                        SETTLED,
                        settings.get(VapSettings.SOURCE_GIVE_UP)));
    }
}
