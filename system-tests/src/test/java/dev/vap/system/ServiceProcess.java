package dev.vap.system;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** One service as a process of its own, started from its fat jar; what it prints is kept. */
final class ServiceProcess {

    private static final long STOP_SECONDS = 30;

    private final String name;
    private final Process process;
    private final List<String> lines = new CopyOnWriteArrayList<>();

    private ServiceProcess(String name, Process process) {
        this.name = name;
        this.process = process;
        Thread reader = new Thread(this::read, "read-" + name);
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * @param jar {@code <module>/target/<jar>}, below the root of the project
     * @param environment in addition to this process's
     */
    static ServiceProcess start(String name, Path jar, Map<String, String> environment, String... arguments)
            throws IOException {
        if (!Files.isRegularFile(jar)) {
            throw new IllegalStateException(jar + " is missing: this test runs after `mvn package` of all modules");
        }
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx512m",
                "-jar",
                jar.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        return new ServiceProcess(name, builder.start());
    }

    /** The folder that holds all modules. */
    static Path root() {
        Path here = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(here.resolve(".mvn"))) {
            here = here.getParent();
        }
        return here;
    }

    List<String> lines() {
        return lines;
    }

    boolean printed(String part) {
        return lines.stream().anyMatch(line -> line.contains(part));
    }

    boolean alive() {
        return process.isAlive();
    }

    /** As a power cut would. */
    void kill() {
        process.destroyForcibly();
    }

    /** SIGTERM; the exit code. */
    int terminate() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IllegalStateException(
                    name + " did not stop within " + STOP_SECONDS + " s:\n" + String.join("\n", lines));
        }
        return process.exitValue();
    }

    /** SIGTERM if it still runs. */
    void stop() throws InterruptedException {
        if (process.isAlive()) {
            terminate();
        }
    }

    @Override
    public String toString() {
        return name + ":\n  " + String.join("\n  ", lines);
    }

    private void read() {
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            out.lines().forEach(lines::add);
        } catch (IOException | UncheckedIOException e) {
            lines.add("(its output ended: " + e.getMessage() + ")");
        }
    }
}
