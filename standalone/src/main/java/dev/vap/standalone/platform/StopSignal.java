package dev.vap.standalone.platform;

import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns Ctrl-C and SIGTERM into an interrupt of the thread that runs the command, and lets the JVM end once that thread is
 * done, or after a bounded time. Further signals change nothing: the JVM is on its way down already.
 */
public final class StopSignal {

    private static final Duration PATIENCE = Duration.ofSeconds(25);

    private final Thread worker;
    private final PrintStream err;
    private final Runnable announce;
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile boolean requested;

    private StopSignal(Thread worker, PrintStream err, Runnable announce) {
        this.worker = worker;
        this.err = err;
        this.announce = announce;
    }

    /**
     * For the calling thread, once per process.
     *
     * @param announce tells the user at once, on another thread
     */
    public static StopSignal install(PrintStream err, Runnable announce) {
        StopSignal signal = new StopSignal(Thread.currentThread(), err, announce);
        Runtime.getRuntime().addShutdownHook(new Thread(signal::onShutdown, "vap-stop"));
        return signal;
    }

    /** The command has ended and everything is closed. */
    public void finished() {
        done.countDown();
    }

    public boolean requested() {
        return requested;
    }

    private void onShutdown() {
        if (done.getCount() == 0) {
            return;
        }
        requested = true;
        QuietLibraries.atStop();
        announce.run();
        worker.interrupt();
        try {
            if (!done.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                err.println("vap: not everything was closed after " + PATIENCE.toSeconds() + " s; ending anyway.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
