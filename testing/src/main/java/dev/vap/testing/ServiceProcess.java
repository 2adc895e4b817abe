package dev.vap.testing;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * A process of a test's own: started, sent signals, measured. What it prints is kept, and written to a file. It never
 * outlives this JVM.
 */
public final class ServiceProcess {

    private static final long STOP_SECONDS = 30;
    private static final long TICKS_PER_SECOND = 100;

    private final String name;
    private final Process process;
    private final List<String> lines = new CopyOnWriteArrayList<>();

    private ServiceProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        Thread reader = new Thread(() -> read(log), "read-" + name);
        reader.setDaemon(true);
        reader.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "kill-" + name));
    }

    /**
     * @param environment in addition to this process's
     * @param log what it prints is appended here
     */
    public static ServiceProcess start(String name, List<String> command, Map<String, String> environment, Path log)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Files.createDirectories(log.getParent());
        return new ServiceProcess(name, builder.start(), log);
    }

    /** A JVM that starts quickly and stays small. */
    public static List<String> java(int heapMegabytes, String... more) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heapMegabytes + "m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto"));
        command.addAll(List.of(more));
        return command;
    }

    public String name() {
        return name;
    }

    public long pid() {
        return process.pid();
    }

    public List<String> lines() {
        return lines;
    }

    public boolean printed(String part) {
        return lines.stream().anyMatch(line -> line.contains(part));
    }

    public boolean alive() {
        return process.isAlive();
    }

    /** Empty while it runs; 128 and the signal's number if one ended it. */
    public OptionalInt exitCode() {
        return process.isAlive() ? OptionalInt.empty() : OptionalInt.of(process.exitValue());
    }

    /** SIGKILL: as a power cut would. */
    public void kill() {
        process.toHandle().destroyForcibly();
        awaitEnd();
    }

    /** SIGSTOP: it hangs, and all its connections stay open. */
    public void pause() {
        signal("STOP");
    }

    /** SIGCONT; harmless if it was not stopped. */
    public void resume() {
        signal("CONT");
    }

    /** SIGTERM, not waited for. */
    public void askToStop() {
        // Not the process's own method: that one closes its output, and the last words would be missing.
        process.toHandle().destroy();
    }

    /** SIGTERM; the exit code. Harmless if it has ended. */
    public int terminate() {
        askToStop();
        awaitEnd();
        return process.exitValue();
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(name + " did not stop within " + STOP_SECONDS + " s:\n" + this);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted while " + name + " stopped", e);
        }
    }

    private void signal(String signal) {
        try {
            int code = new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
            if (code != 0) {
                throw new AssertionError("kill -" + signal + " of " + name + " ended with " + code);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted", e);
        }
    }

    /** User and system time so far; 0 where it can't be read. */
    public double cpuSeconds() {
        try {
            String stat = Files.readString(Path.of("/proc", String.valueOf(pid()), "stat"));
            // The second field is the command in brackets, which may hold blanks.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / (double) TICKS_PER_SECOND;
        } catch (IOException e) {
            return 0;
        }
    }

    /** Resident memory; 0 where it can't be read. */
    public long residentMegabytes() {
        try (var status = Files.lines(Path.of("/proc", String.valueOf(pid()), "status"))) {
            return status.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException | UncheckedIOException e) {
            return 0;
        }
    }

    /** Its name, state and the last it printed. */
    @Override
    public String toString() {
        List<String> all = List.copyOf(lines);
        List<String> last = all.subList(Math.max(0, all.size() - 40), all.size());
        String state = alive() ? "runs" : "ended with " + process.exitValue();
        return "--- " + name + " (process " + pid() + ", " + state + ")\n  " + String.join("\n  ", last);
    }

    private void read(Path log) {
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
                BufferedWriter file =
                        Files.newBufferedWriter(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            file.write("--- " + name + ", process " + pid() + "\n");
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                lines.add(line);
                file.write(line + "\n");
                file.flush();
            }
        } catch (IOException e) {
            lines.add("(its output ended: " + e.getMessage() + ")");
        }
    }
}
