package dev.vap.embedded;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * How to run a {@link LocalPostgres}.
 *
 * @param dataDir where its directory {@code postgres}, its log and its lock live; created if missing
 * @param port 0 for any free one
 * @param programs where the programs are unpacked, once for all runs and processes; empty for the user's cache directory,
 *     or {@code programs} in the data directory where there is no such cache
 * @param settings of {@code postgresql.conf}, on top of what {@link LocalPostgres} sets
 * @param startDeadline for all of the start, crash recovery included
 */
public record PostgresOptions(
        Path dataDir, int port, Optional<Path> programs, Map<String, String> settings, Duration startDeadline) {
    public PostgresOptions {
        dataDir = dataDir.toAbsolutePath().normalize();
        programs = programs.map(path -> path.toAbsolutePath().normalize());
        settings = Map.copyOf(settings);
        Objects.requireNonNull(startDeadline, "startDeadline");
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port must be between 0 and 65535, but is " + port);
        }
    }

    /** Any free port, two minutes. */
    public static PostgresOptions in(Path dataDir) {
        return new PostgresOptions(dataDir, 0, Optional.empty(), Map.of(), Duration.ofMinutes(2));
    }

    public PostgresOptions withPort(int newPort) {
        return new PostgresOptions(dataDir, newPort, programs, settings, startDeadline);
    }

    public PostgresOptions withPrograms(Path newPrograms) {
        return new PostgresOptions(dataDir, port, Optional.of(newPrograms), settings, startDeadline);
    }

    public PostgresOptions withSettings(Map<String, String> newSettings) {
        return new PostgresOptions(dataDir, port, programs, newSettings, startDeadline);
    }

    public PostgresOptions withStartDeadline(Duration newDeadline) {
        return new PostgresOptions(dataDir, port, programs, settings, newDeadline);
    }
}
