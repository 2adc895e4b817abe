package dev.vap.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server process of one PostgreSQL data directory, whoever started it. It is started through {@code pg_ctl}, which
 * detaches it from this process and its terminal: Ctrl-C must not stop the database before those who use it. For that
 * reason it also survives a kill of this process, and the next run finds it here.
 */
final class Postmaster {
    private static final Logger log = LoggerFactory.getLogger(Postmaster.class);
    private static final Duration FAST_STOP = Duration.ofSeconds(20);
    private static final Duration IMMEDIATE_STOP = Duration.ofSeconds(10);
    /** Beyond pg_ctl's own deadline, so that it can say what is wrong. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final PostgresPrograms programs;
    private final Path data;
    private final Path logFile;

    Postmaster(PostgresPrograms programs, Path dataDir) {
        this.programs = programs;
        this.data = PostgresData.directory(dataDir);
        this.logFile = dataDir.resolve("postgres.log");
    }

    Path logFile() {
        return logFile;
    }

    /** What the server wrote last, or pg_ctl where the server wrote nothing. */
    String lastWords() {
        String server = CommandRunner.tail(logFile);
        return server.isEmpty() ? programs.outputTail() : server;
    }

    /** Returns once it accepts connections, recovery included; false if it gave up or took longer than the deadline. */
    boolean start(Duration deadline) throws IOException, InterruptedException {
        return pgCtl(
                        List.of("start", "-w", "-l", logFile.toString(), "-t", Long.toString(deadline.toSeconds())),
                        deadline)
                == 0;
    }

    /** Ends open connections and transactions at once. Harmless where no server runs. */
    void stop() throws IOException, InterruptedException {
        Optional<ProcessHandle> process = process();
        if (process.isEmpty()) {
            return;
        }
        if (!stop("fast", FAST_STOP) && !stop("immediate", IMMEDIATE_STOP)) {
            log.warn(
                    "PostgreSQL in {} did not stop; killing process {}",
                    data,
                    process.get().pid());
            process.get().destroyForcibly();
            if (!awaitEnd(process.get(), IMMEDIATE_STOP)) {
                throw new IOException("Process " + process.get().pid() + " does not end");
            }
        }
    }

    private boolean stop(String mode, Duration deadline) throws IOException, InterruptedException {
        return pgCtl(List.of("stop", "-w", "-m", mode, "-t", Long.toString(deadline.toSeconds())), deadline) == 0
                || process().isEmpty();
    }

    private int pgCtl(List<String> arguments, Duration deadline) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("-D", data.toString()));
        all.addAll(arguments);
        return programs.run("pg_ctl", all, deadline.plus(GRACE));
    }

    private static boolean awaitEnd(ProcessHandle process, Duration deadline) throws InterruptedException {
        try {
            process.onExit().get(deadline.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        }
    }

    /** Stops the server of data that are going to be deleted; needs no programs. */
    static void endLeftover(Path dataDir) throws InterruptedException {
        Optional<ProcessHandle> process = process(PostgresData.directory(dataDir));
        if (process.isPresent() && !(process.get().destroy() && awaitEnd(process.get(), IMMEDIATE_STOP))) {
            process.get().destroyForcibly();
            awaitEnd(process.get(), IMMEDIATE_STOP);
        }
    }

    /**
     * Removes what a killed run left: its server, which still holds the data, or the note of a server that is gone. The
     * server itself would take the note seriously if the process id now belongs to somebody else, and refuse to start.
     */
    void clearLeftovers() throws IOException, InterruptedException {
        Optional<ProcessHandle> orphan = process();
        if (orphan.isPresent()) {
            log.info(
                    "Stopping PostgreSQL process {}, which an earlier run left in {}",
                    orphan.get().pid(),
                    data);
            stop();
        }
        Files.deleteIfExists(pidFile(data));
    }

    /** The running server of this data directory. */
    Optional<ProcessHandle> process() {
        return process(data);
    }

    private static Optional<ProcessHandle> process(Path data) {
        try (Stream<String> lines = Files.lines(pidFile(data))) {
            return lines.findFirst()
                    .map(line -> Long.parseLong(line.strip()))
                    .flatMap(ProcessHandle::of)
                    .filter(ProcessHandle::isAlive)
                    .filter(process -> serves(process, data));
        } catch (NoSuchFileException | NumberFormatException e) {
            return Optional.empty();
        } catch (IOException | UncheckedIOException e) {
            log.warn("Cannot read {}", pidFile(data), e);
            return Optional.empty();
        }
    }

    /** Process ids are used again, above all in containers; a postmaster's working directory is its data directory. */
    private static boolean serves(ProcessHandle process, Path data) {
        Path proc = Path.of("/proc", Long.toString(process.pid()), "cwd");
        if (Files.isDirectory(Path.of("/proc/self"))) {
            try {
                return Files.readSymbolicLink(proc).equals(data.toRealPath());
            } catch (AccessDeniedException e) {
                log.debug("Cannot read {}", proc, e);
            } catch (IOException e) {
                // Gone, or a zombie.
                return false;
            }
        }
        return process.info()
                .command()
                .map(command -> Path.of(command).getFileName().toString())
                .filter(name -> name.startsWith("postgres"))
                .isPresent();
    }

    private static Path pidFile(Path data) {
        return data.resolve("postmaster.pid");
    }
}
