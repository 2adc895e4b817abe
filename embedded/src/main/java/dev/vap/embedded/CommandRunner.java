package dev.vap.embedded;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs programs that end by themselves. Their output goes to a file and not through a pipe: a server which such a program
 * leaves behind would hold the pipe open, and die of it once this process is gone.
 */
final class CommandRunner {
    private static final int TAIL_LINES = 20;
    private static final Duration AFTER_INTERRUPT = Duration.ofSeconds(20);

    private final Path output;

    /** @param output replaced by every run */
    CommandRunner(Path output) {
        this.output = output;
    }

    /**
     * Returns the exit code. An interrupt leaves the program some time to end in good order, and is thrown afterwards: a
     * killed one would leave processes behind that nobody knows of.
     *
     * @throws IOException if the program could not be started, or was killed because it did not end in time
     */
    int run(List<String> program, List<String> arguments, Duration deadline) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(program);
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(new File(nullDevice())))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        // PGPORT, PGOPTIONS and the like belong to the user's own PostgreSQL.
        builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        try {
            if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException("No end within %d s: %s".formatted(deadline.toSeconds(), command));
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            awaitAfterInterrupt(process);
            throw e;
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static void awaitAfterInterrupt(Process process) {
        long started = System.nanoTime();
        while (process.isAlive() && System.nanoTime() - started < AFTER_INTERRUPT.toNanos()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            if (Thread.interrupted()) {
                return;
            }
        }
    }

    /** The last lines the latest program wrote. */
    String outputTail() {
        return tail(output);
    }

    /** The last lines of a log file; empty where there is none. */
    static String tail(Path file) {
        try {
            List<String> lines = new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                    .strip()
                    .lines()
                    .toList();
            return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
        } catch (IOException e) {
            return "";
        }
    }

    private static String nullDevice() {
        return File.separatorChar == '\\' ? "NUL" : "/dev/null";
    }
}
