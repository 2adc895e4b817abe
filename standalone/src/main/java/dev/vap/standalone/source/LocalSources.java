package dev.vap.standalone.source;

import dev.vap.runner.Sources;
import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.probe.Probes;
import dev.vap.shared.config.Settings;
import dev.vap.shared.protocol.DiscoverReport;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** What looks at sources in this process: the one place where the command line meets the runner's classes for that. */
public final class LocalSources {

    private LocalSources() {}

    /**
     * @param environment settings of sources, such as time-outs and authorities
     */
    public static Prober prober(Map<String, String> environment) {
        return request -> {
            try (Sources sources = new Sources(settings(environment));
                    Probes probes = new Probes(sources.connector(), null)) {
                return probes.probe(request);
            }
        };
    }

    /**
     * @param environment settings of sources, such as the addresses that may be reached
     */
    public static Discoverer discoverer(Map<String, String> environment) {
        return request -> {
            try (Sources sources = new Sources(settings(environment))) {
                Duration wait = Duration.ofMillis(request.waitMillis());
                return new DiscoverReport(sources.discovery().find(wait, new Cancellation()), null);
            }
        };
    }

    private static Settings settings(Map<String, String> environment) {
        return Settings.load(environment, Optional.empty(), Map.of());
    }
}
