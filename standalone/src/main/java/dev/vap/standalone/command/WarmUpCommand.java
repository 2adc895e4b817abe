package dev.vap.standalone.command;

import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.standalone.CommandException;
import dev.vap.standalone.demo.Rehearsal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/** {@code vap warm-up}: what the script runs after a build, so that the JVM can write down the classes that a demo needs. */
@Command(name = "warm-up", description = "One short demo, for the class archive of the script.", hidden = true)
final class WarmUpCommand implements Callable<Integer> {

    @Override
    public Integer call() throws InterruptedException {
        try {
            Path directory = Files.createTempDirectory("vap-warm-up-");
            try {
                return Rehearsal.run(Settings.of(Map.of(
                        VapSettings.DATA_DIR.key(), directory.toString(),
                        VapSettings.DEFAULT_MODEL.key(), "motion",
                        VapSettings.HTTP_PORT.key(), "0",
                        VapSettings.LOG_LEVEL.key(), "warn")));
            } finally {
                delete(directory);
            }
        } catch (IOException e) {
            throw new CommandException("The temporary directory can't be written: " + e.getMessage(), e);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
