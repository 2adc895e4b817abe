package dev.vap.shared.runtime;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs this program once more, as a child process, and starts it again when it dies of something that a new start mends: a
 * crash in native code, a lack of memory, an analysis that hangs for ever. For machines where nothing else does (systemd,
 * Kubernetes).
 *
 * <p>The child prints where this process prints. A SIGTERM is passed on; a child whose parent is gone ends by itself.
 */
public final class Supervisor {

    /** Tells the child that it is one. */
    private static final String CHILD = "vap.supervised";

    private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);
    private static final Backoff RETRY = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(30), 0.2);

    /** A child that has lived for so long was all right: the pauses begin anew. */
    private static final Duration GOOD_LIFE = Duration.ofMinutes(1);

    private static final int ORDERLY = 0;
    private static final int BAD_CONFIGURATION = 2;
    private static final int SIGNAL_BASE = 128;
    private static final int SIGINT = 2;
    private static final int SIGTERM = 15;
    private static final long STOP_SECONDS = 25;

    private final List<String> command;
    private volatile boolean stopping;
    private volatile Process child;

    private Supervisor(List<String> command) {
        this.command = command;
    }

    /** Whether this process is the child of one. */
    static boolean isChild() {
        return Boolean.getBoolean(CHILD);
    }

    /** Of a child: ends this process in order when its parent has died. */
    static void endWithParent() {
        CompletableFuture<ProcessHandle> gone = ProcessHandle.current()
                .parent()
                .map(ProcessHandle::onExit)
                .orElseGet(() -> CompletableFuture.completedFuture(null));
        var unused = gone.thenRun(() -> Services.exit(1));
    }

    /**
     * Blocks for as long as there is something to supervise.
     *
     * @return the exit code for this process: that of a child that ended in order, was stopped, or was set up wrongly
     */
    static int run(String name, Class<?> main, String[] args) throws InterruptedException {
        return new Supervisor(childCommand(main, args)).supervise(name);
    }

    private static List<String> childCommand(Class<?> main, String[] args) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add("-D" + CHILD + "=true");
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(main.getName());
        command.addAll(List.of(args));
        return command;
    }

    private int supervise(String name) throws InterruptedException {
        Thread stopper = new Thread(this::stopChild, "vap-stop-child");
        Runtime.getRuntime().addShutdownHook(stopper);
        Random random = new Random();
        for (int failures = 1; ; failures++) {
            long started = System.nanoTime();
            int code;
            try {
                child = new ProcessBuilder(command).inheritIO().start();
                if (stopping) {
                    stopChild();
                }
                code = child.waitFor();
            } catch (IOException e) {
                LOG.error("{} could not be started: {}", name, e.getMessage());
                return 1;
            }
            if (stopping || isFinal(code)) {
                return code;
            }
            if (System.nanoTime() - started > GOOD_LIFE.toNanos()) {
                failures = 1;
            }
            Duration pause = RETRY.delay(failures, random);
            LOG.error("{} died ({}): it is started again in {} ms", name, describe(code), pause.toMillis());
            TimeUnit.MILLISECONDS.sleep(pause.toMillis());
        }
    }

    private static boolean isFinal(int code) {
        return code == ORDERLY
                || code == BAD_CONFIGURATION
                || code == SIGNAL_BASE + SIGTERM
                || code == SIGNAL_BASE + SIGINT;
    }

    private static String describe(int code) {
        return code > SIGNAL_BASE ? "signal " + (code - SIGNAL_BASE) : "exit code " + code;
    }

    /** On SIGTERM and SIGINT of this process. */
    private void stopChild() {
        stopping = true;
        Process running = child;
        if (running == null) {
            return;
        }
        running.destroy();
        try {
            if (!running.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                running.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
