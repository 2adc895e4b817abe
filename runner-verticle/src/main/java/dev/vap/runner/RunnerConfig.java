package dev.vap.runner;

import dev.vap.runner.session.SessionConfig;
import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.shared.messaging.KafkaConfig;
import java.time.Duration;
import java.util.HexFormat;
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
        SessionConfig session) {

    public RunnerConfig {
        if (maxWorkers < 1 || heartbeat.multipliedBy(3).compareTo(lease) > 0) {
            throw new IllegalArgumentException(maxWorkers + " workers, heartbeat " + heartbeat + ", lease " + lease
                    + ": at least 1, at most a third");
        }
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
                SessionConfig.from(settings, Runtime.getRuntime().availableProcessors()));
    }

    private static String randomId(String host, RandomGenerator random) {
        String clean = host.replaceAll("[^a-zA-Z0-9._-]", "-");
        String name = clean.isEmpty() ? "runner" : clean.substring(0, Math.min(clean.length(), 80));
        return name + "-" + HexFormat.of().toHexDigits(random.nextInt(), 6);
    }
}
