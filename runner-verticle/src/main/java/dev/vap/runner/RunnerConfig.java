package dev.vap.runner;

import dev.vap.runner.session.SessionConfig;
import dev.vap.runner.simulate.Simulation;
import dev.vap.shared.config.ConfigException;
import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.shared.messaging.KafkaConfig;
import dev.vap.shared.runtime.Cores;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * How this runner works.
 *
 * @param runnerId unique in the cluster
 * @param host for people
 * @param maxWorkers sessions at once
 * @param lease how long others wait for a sign of life, and this runner for one of theirs
 * @param heartbeat at most a third of the lease
 * @param startPatience how long PostgreSQL may be away at the start
 * @param stopPatience how long sessions may take to end when the runner stops
 * @param simulation present if results are invented
 */
public record RunnerConfig(
        String runnerId,
        String host,
        int maxWorkers,
        Duration lease,
        Duration heartbeat,
        Duration startPatience,
        Duration stopPatience,
        KafkaConfig kafka,
        SessionConfig session,
        Optional<Simulation> simulation) {

    /** The settings have been checked by the same rules; a configuration made in another way has not. */
    public RunnerConfig {
        if (heartbeat.multipliedBy(3).compareTo(lease) > 0) {
            throw invalid("A heartbeat every " + heartbeat.toMillis() + " ms is too seldom for a lease of "
                    + lease.toMillis() + " ms: at least three must fit into it.");
        }
        int most = simulation.isPresent() ? Integer.MAX_VALUE : VapSettings.MAX_REAL_WORKERS;
        if (maxWorkers < 1 || maxWorkers > most) {
            throw invalid("A runner can't have " + maxWorkers + " sessions: use 1 to " + VapSettings.MAX_REAL_WORKERS
                    + ", or more of them if it simulates.");
        }
    }

    private static ConfigException invalid(String problem) {
        return new ConfigException(List.of(problem));
    }

    /**
     * @param host name of this machine
     */
    public static RunnerConfig from(Settings settings, String host, RandomGenerator random) {
        return new RunnerConfig(
                settings.find(VapSettings.RUNNER_ID).orElseGet(() -> randomId(host, random)),
                host,
                settings.get(VapSettings.MAX_WORKERS),
                settings.get(VapSettings.RUNNER_LEASE),
                settings.get(VapSettings.RUNNER_HEARTBEAT),
                Duration.ofSeconds(30),
                Duration.ofSeconds(5),
                KafkaConfig.from(settings),
                SessionConfig.from(settings, Cores.available().count()),
                Simulation.from(settings));
    }

    private static String randomId(String host, RandomGenerator random) {
        String clean = host.replaceAll("[^a-zA-Z0-9._-]", "-");
        String name = clean.isEmpty() ? "runner" : clean.substring(0, Math.min(clean.length(), 80));
        return name + "-" + HexFormat.of().toHexDigits(random.nextInt(), 6);
    }
}
