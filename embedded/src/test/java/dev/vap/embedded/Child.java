package dev.vap.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A JVM with the class path of the tests, whose first line of output that starts with READY is waited for. */
final class Child implements AutoCloseable {
    private final Process process;
    private final CompletableFuture<List<String>> ready = new CompletableFuture<>();

    private Child(Process process) {
        this.process = process;
    }

    static Child start(Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        Child child = new Child(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
        Thread reader = new Thread(child::read, "child-output");
        reader.setDaemon(true);
        reader.start();
        return child;
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            String line = lines.readLine();
            while (line != null) {
                if (line.startsWith("READY")) {
                    ready.complete(List.of(line.split(" ", -1)));
                }
                line = lines.readLine();
            }
            ready.completeExceptionally(new IOException("It ended without a word"));
        } catch (IOException e) {
            ready.completeExceptionally(e);
        }
    }

    /** The words after READY. */
    List<String> awaitReady() throws Exception {
        List<String> words = ready.get(90, TimeUnit.SECONDS);
        return words.subList(1, words.size());
    }

    long pid() {
        return process.pid();
    }

    /** As {@code kill -9} does. */
    void kill() throws Exception {
        process.destroyForcibly().onExit().get(30, TimeUnit.SECONDS);
    }

    /** Asks it to end, and returns its exit code. */
    int end() throws Exception {
        process.getOutputStream().close();
        return process.onExit().get(60, TimeUnit.SECONDS).exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
