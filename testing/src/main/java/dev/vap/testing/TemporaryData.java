package dev.vap.testing;

import dev.vap.embedded.EmbeddedServerException;
import dev.vap.embedded.EmbeddedServers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * Data directories of servers that live no longer than this process. One that was killed leaves its directory and its
 * PostgreSQL behind; {@link #sweep()} finds both by the directory's name and its free lock.
 */
final class TemporaryData {
    /** Nothing a test writes has to survive a power cut. */
    static final Map<String, String> NOT_DURABLE =
            Map.of("fsync", "off", "synchronous_commit", "off", "full_page_writes", "off");

    private static final String PREFIX = "vap-test-";
    /** A younger directory may belong to a process that has not locked it yet. */
    private static final Duration YOUNG = Duration.ofMinutes(1);

    private TemporaryData() {}

    static Path create() {
        try {
            return Files.createTempDirectory(PREFIX);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void discard(Path directory) {
        boolean interrupted = Thread.interrupted();
        try {
            EmbeddedServers.discard(directory);
        } catch (IOException e) {
            System.err.println("vap tests: cannot delete " + directory + ": " + e);
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    static void sweep() {
        sweep(Path.of(System.getProperty("java.io.tmpdir")));
    }

    static void sweep(Path temporary) {
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(temporary, PREFIX + "*")) {
            for (Path leftover : leftovers) {
                discardIfAbandoned(leftover);
            }
        } catch (IOException e) {
            System.err.println("vap tests: cannot look for leftovers in " + temporary + ": " + e);
        }
    }

    private static void discardIfAbandoned(Path directory) {
        try {
            if (Files.getLastModifiedTime(directory)
                    .toInstant()
                    .isBefore(Instant.now().minus(YOUNG))) {
                discard(directory);
            }
        } catch (IOException | EmbeddedServerException e) {
            // Its process lives, another one sweeps too, or it belongs to another user.
        }
    }
}
