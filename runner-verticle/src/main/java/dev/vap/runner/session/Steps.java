package dev.vap.runner.session;

import dev.vap.runner.time.Timers;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What one session does, now or later, until it is stopped. A bug in a step must end the session with its cause, not leave
 * it hanging. Confined to the session's context.
 */
final class Steps {

    private final Timers timers;
    private final Consumer<Throwable> onBug;
    private final Set<Timers.Timer> running = new HashSet<>();
    private boolean stopped;

    /**
     * @param onBug gets what a step has thrown
     */
    Steps(Timers timers, Consumer<Throwable> onBug) {
        this.timers = timers;
        this.onBug = onBug;
    }

    boolean stopped() {
        return stopped;
    }

    void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            onBug.accept(e);
        }
    }

    /** Guarded; never after {@link #stop()}. */
    void after(Duration delay, Runnable step) {
        Timers.Timer[] self = new Timers.Timer[1];
        self[0] = timers.after(delay, () -> {
            running.remove(self[0]);
            if (!stopped) {
                guarded(step);
            }
        });
        running.add(self[0]);
    }

    /** Forgets what was to be done later; harmless when repeated. */
    void stop() {
        stopped = true;
        running.forEach(Timers.Timer::cancel);
        running.clear();
    }
}
