package dev.vap.standalone.command;

import dev.vap.standalone.platform.StopSignal;
import dev.vap.standalone.terminal.Console;
import dev.vap.standalone.terminal.Screen;
import java.util.concurrent.Callable;

/** Runs what Ctrl-C is to stop in good order. */
final class Stoppable {

    private Stoppable() {}

    /** @param work is interrupted by Ctrl-C and SIGTERM, and closes what it has opened before it returns */
    static int run(Console console, Screen screen, Callable<Integer> work) throws InterruptedException {
        StopSignal signal = StopSignal.install(console.err(), screen::stopping);
        try {
            return work.call();
        } catch (InterruptedException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        } finally {
            if (signal.requested()) {
                screen.complain("Stopped.");
            }
            console.out().flush();
            signal.finished();
        }
    }
}
