package dev.vap.runner.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A server that runs as a process of its own until it is closed. Safe for any thread. */
final class Peer implements AutoCloseable {
    private static final long READY_SECONDS = 60;
    private static final long STOP_SECONDS = 15;
    private static final int KEPT_LINES = 50;

    private final List<String> command;
    private final Process process;
    private final CountDownLatch ready = new CountDownLatch(1);
    private final Deque<String> output = new ArrayDeque<>();
    private final Thread reader;

    private Peer(List<String> command, boolean saysReady) {
        this.command = command;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!saysReady) {
            ready.countDown();
        }
        reader = new Thread(this::read, "peer-" + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts a script of the peers' folder and waits until it says that it can be read. It ends by itself at last. */
    static Peer start(String script, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Peers.folder().resolve(script).toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("--for", "300"));
        Peer peer = new Peer(command, true);
        try {
            peer.awaitReady();
            return peer;
        } catch (RuntimeException | Error e) {
            peer.close();
            throw e;
        }
    }

    /** Starts a program that does not say when it is ready. */
    static Peer run(String... command) {
        return new Peer(List.of(command), false);
    }

    /** Runs a program to its end. */
    static void complete(long seconds, String... command) {
        try (Peer peer = run(command)) {
            if (!peer.process.waitFor(seconds, TimeUnit.SECONDS)) {
                throw new IllegalStateException(peer + " does not end within " + seconds + " s");
            }
            if (peer.process.exitValue() != 0) {
                throw new IllegalStateException(peer + " ended with " + peer.process.exitValue());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                synchronized (output) {
                    output.add(line);
                    if (output.size() > KEPT_LINES) {
                        output.remove();
                    }
                }
                if (line.contains(" ready ")) {
                    ready.countDown();
                }
            }
        } catch (IOException e) {
            // The process was ended.
        }
    }

    private void awaitReady() {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
        try {
            while (!ready.await(100, TimeUnit.MILLISECONDS)) {
                if (!process.isAlive() || System.nanoTime() - deadline > 0) {
                    throw new IllegalStateException(this + " does not get ready");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Ends it by SIGTERM, so that it ends what it has started. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(this + " does not stop");
            }
            reader.join(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** Its name and its last words. */
    @Override
    public String toString() {
        synchronized (output) {
            return Path.of(command.get(0)).getFileName() + " " + output;
        }
    }
}
