package dev.vap.embedded;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/**
 * How to run a {@link LocalKafka}.
 *
 * @param dataDir where its directory {@code kafka} and its lock live; created if missing
 * @param port of the broker, 0 for any free one
 * @param controllerPort used by the broker itself only, 0 for any free one
 * @param settings of {@code server.properties}, on top of what {@link LocalKafka} sets
 * @param startDeadline for the start, log recovery included
 */
public record KafkaOptions(
        Path dataDir, int port, int controllerPort, Map<String, String> settings, Duration startDeadline) {
    public KafkaOptions {
        dataDir = dataDir.toAbsolutePath().normalize();
        settings = Map.copyOf(settings);
        Objects.requireNonNull(startDeadline, "startDeadline");
        requirePort("port", port);
        requirePort("controllerPort", controllerPort);
    }

    /** Any free ports, two minutes. */
    public static KafkaOptions in(Path dataDir) {
        return new KafkaOptions(dataDir, 0, 0, Map.of(), Duration.ofMinutes(2));
    }

    public KafkaOptions withPort(int newPort) {
        return new KafkaOptions(dataDir, newPort, controllerPort, settings, startDeadline);
    }

    public KafkaOptions withControllerPort(int newPort) {
        return new KafkaOptions(dataDir, port, newPort, settings, startDeadline);
    }

    public KafkaOptions withSettings(Map<String, String> newSettings) {
        return new KafkaOptions(dataDir, port, controllerPort, newSettings, startDeadline);
    }

    public KafkaOptions withStartDeadline(Duration newDeadline) {
        return new KafkaOptions(dataDir, port, controllerPort, settings, newDeadline);
    }

    private static void requirePort(String name, int port) {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException(name + " must be between 0 and 65535, but is " + port);
        }
    }
}
