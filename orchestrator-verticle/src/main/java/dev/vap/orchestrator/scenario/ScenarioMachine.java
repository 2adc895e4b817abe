package dev.vap.orchestrator.scenario;

import static dev.vap.shared.domain.ScenarioStatus.ACTIVE;
import static dev.vap.shared.domain.ScenarioStatus.INACTIVE;
import static dev.vap.shared.domain.ScenarioStatus.INIT_SHUTDOWN;
import static dev.vap.shared.domain.ScenarioStatus.INIT_STARTUP;
import static dev.vap.shared.domain.ScenarioStatus.IN_SHUTDOWN_PROCESSING;
import static dev.vap.shared.domain.ScenarioStatus.IN_STARTUP_PROCESSING;

import dev.vap.orchestrator.scenario.Effect.Assign;
import dev.vap.orchestrator.scenario.Effect.DismissWorker;
import dev.vap.orchestrator.scenario.Effect.End;
import dev.vap.orchestrator.scenario.Effect.EndWorker;
import dev.vap.orchestrator.scenario.Effect.TellRunnerOfOptions;
import dev.vap.orchestrator.scenario.Effect.TellRunnerToStop;
import dev.vap.orchestrator.scenario.Effect.WorkerRuns;
import dev.vap.shared.domain.ScenarioStatus;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Decides what happens to a scenario. Pure: the state and the trigger go in, the decision comes out; who applies it holds
 * the scenario's row.
 */
public final class ScenarioMachine {

    private final int maxAttempts;
    private final int quarantineAfter;
    private final RetryDelay retryDelay;
    private final RandomGenerator random;

    /** Attempt → pause. */
    @FunctionalInterface
    public interface RetryDelay {
        Duration delay(int attempt, RandomGenerator random);
    }

    /**
     * What the decision depends on.
     *
     * @param epoch of the scenario
     * @param attempt failed starts in a row
     * @param hasWorker whether a live worker exists
     */
    public record State(long id, ScenarioStatus status, String reason, long epoch, int attempt, boolean hasWorker) {}

    /**
     * @param maxAttempts starts that may fail in a row
     * @param quarantineAfter losses of a runner within ten minutes after which the stream is taken to be what kills them
     */
    public ScenarioMachine(int maxAttempts, int quarantineAfter, RetryDelay retryDelay, RandomGenerator random) {
        this.maxAttempts = maxAttempts;
        this.quarantineAfter = quarantineAfter;
        this.retryDelay = retryDelay;
        this.random = random;
    }

    public Decision decide(State s, Trigger trigger) {
        if (trigger instanceof Trigger.RunnerChosen t) {
            return placeable(s)
                    ? Decision.become(IN_STARTUP_PROCESSING, null, new Assign(t.runnerId()))
                            .inNewEpoch()
                    : reject(s, "place", "init_startup or in_startup_processing without a worker");
        }
        if (trigger instanceof Trigger.NoCapacity t) {
            return placeable(s)
                    ? Decision.explain(t.inWords())
                    : reject(s, "place", "init_startup or in_startup_processing without a worker");
        }
        if (trigger instanceof Trigger.FirstFrame t) {
            return ofCurrentWorker(s, t.epoch()) ? firstFrame(s, t.pid()) : staleEpoch(s, t.epoch());
        }
        if (trigger instanceof Trigger.EndOfFile t) {
            return ofCurrentWorker(s, t.epoch())
                    ? ended(s, new EndWorker(End.STOPPED, "end of file"), "end of file")
                    : staleEpoch(s, t.epoch());
        }
        if (trigger instanceof Trigger.SessionFailed t) {
            return ofCurrentWorker(s, t.epoch()) ? failed(s, t) : staleEpoch(s, t.epoch());
        }
        if (trigger instanceof Trigger.RunnerLost t) {
            return ofCurrentWorker(s, t.epoch()) ? lost(s, t) : staleEpoch(s, t.epoch());
        }
        if (trigger instanceof Trigger.SessionStopped t) {
            return ofCurrentWorker(s, t.epoch()) ? stopped(s, t) : staleEpoch(s, t.epoch());
        }
        if (trigger instanceof Trigger.BeginShutdown) {
            return beginShutdown(s);
        }
        if (trigger instanceof Trigger.Updated t) {
            return s.epoch() == t.epoch() ? updated(s, t) : staleEpoch(s, t.epoch());
        }
        Trigger.StopOverdue t = (Trigger.StopOverdue) trigger;
        return ofCurrentWorker(s, t.epoch()) ? overdue(s) : staleEpoch(s, t.epoch());
    }

    private static Decision firstFrame(State s, long pid) {
        return switch (s.status()) {
            case IN_STARTUP_PROCESSING ->
                Decision.become(ACTIVE, null, new WorkerRuns(pid)).attempt(0);
            case ACTIVE, INIT_SHUTDOWN, IN_SHUTDOWN_PROCESSING -> Decision.stay();
            case INIT_STARTUP, INACTIVE -> reject(s, "run", "in_startup_processing");
        };
    }

    /** The session is over for good; the scenario goes down by the usual way. */
    private static Decision ended(State s, EndWorker end, String reason) {
        return switch (s.status()) {
            case IN_STARTUP_PROCESSING, ACTIVE -> Decision.become(INIT_SHUTDOWN, reason, end);
            case INIT_SHUTDOWN -> Decision.stay(end);
            case IN_SHUTDOWN_PROCESSING -> Decision.become(INACTIVE, s.reason(), end);
            case INIT_STARTUP, INACTIVE -> reject(s, "end", "a running one");
        };
    }

    private Decision failed(State s, Trigger.SessionFailed t) {
        EndWorker end = new EndWorker(End.FAILED, t.reason());
        int attempt = s.attempt() + 1;
        boolean running = s.status() == IN_STARTUP_PROCESSING || s.status() == ACTIVE;
        if (!running) {
            return ended(s, end, t.reason());
        }
        if (!t.retryable()) {
            return ended(s, end, t.reason());
        }
        if (attempt >= maxAttempts) {
            return ended(s, end, "gave up after " + attempt + " attempts: " + t.reason());
        }
        Duration delay = retryDelay.delay(attempt, random);
        String words = "attempt " + attempt + " of " + maxAttempts + " failed, next in "
                + (delay.toMillis() + 500) / 1000 + " s: " + t.reason();
        return Decision.become(IN_STARTUP_PROCESSING, words, end)
                .attempt(attempt)
                .after(delay);
    }

    private Decision lost(State s, Trigger.RunnerLost t) {
        EndWorker end = new EndWorker(End.LOST, "runner " + t.runnerId() + " was lost");
        boolean running = s.status() == IN_STARTUP_PROCESSING || s.status() == ACTIVE;
        if (!running) {
            return ended(s, end, s.reason());
        }
        if (t.recentLosses() >= quarantineAfter) {
            return ended(
                    s,
                    end,
                    "quarantined: " + t.recentLosses()
                            + " runners died while running it; check the source, then start it again");
        }
        return Decision.become(IN_STARTUP_PROCESSING, "runner " + t.runnerId() + " was lost", end)
                .after(Duration.ZERO);
    }

    private static Decision stopped(State s, Trigger.SessionStopped t) {
        EndWorker end = new EndWorker(End.STOPPED, null);
        boolean running = s.status() == IN_STARTUP_PROCESSING || s.status() == ACTIVE;
        if (running) {
            return Decision.become(IN_STARTUP_PROCESSING, "handed over by runner " + t.runnerId(), end)
                    .after(Duration.ZERO);
        }
        return ended(s, end, s.reason());
    }

    private static Decision beginShutdown(State s) {
        return switch (s.status()) {
            case INIT_SHUTDOWN ->
                s.hasWorker()
                        ? Decision.become(IN_SHUTDOWN_PROCESSING, s.reason(), new TellRunnerToStop())
                        : Decision.become(IN_SHUTDOWN_PROCESSING, s.reason());
            case IN_SHUTDOWN_PROCESSING -> s.hasWorker() ? Decision.stay() : Decision.become(INACTIVE, s.reason());
            case INIT_STARTUP, IN_STARTUP_PROCESSING, ACTIVE, INACTIVE -> reject(s, "shut down", "init_shutdown");
        };
    }

    /**
     * A worker goes on with what is new if it can. Otherwise the scenario starts anew, at once and as if nothing had failed
     * before; what goes down or is down only keeps it.
     */
    private static Decision updated(State s, Trigger.Updated t) {
        return switch (s.status()) {
            case IN_STARTUP_PROCESSING, ACTIVE -> {
                if (s.hasWorker() && t.live()) {
                    yield Decision.stay(new TellRunnerOfOptions());
                }
                Decision again = s.hasWorker()
                        ? Decision.become(IN_STARTUP_PROCESSING, t.what(), new DismissWorker(t.what()))
                        : Decision.become(IN_STARTUP_PROCESSING, t.what());
                yield again.attempt(0).after(Duration.ZERO);
            }
            case INIT_STARTUP, INIT_SHUTDOWN, IN_SHUTDOWN_PROCESSING, INACTIVE -> Decision.stay();
        };
    }

    private static Decision overdue(State s) {
        return s.status() == IN_SHUTDOWN_PROCESSING
                ? Decision.become(
                        INACTIVE, s.reason(), new EndWorker(End.STOPPED, "the runner did not confirm the stop in time"))
                : reject(s, "stop waiting for", "in_shutdown_processing");
    }

    private static boolean placeable(State s) {
        return s.status() == INIT_STARTUP || (s.status() == IN_STARTUP_PROCESSING && !s.hasWorker());
    }

    private static boolean ofCurrentWorker(State s, long epoch) {
        return s.hasWorker() && s.epoch() == epoch;
    }

    private static Decision staleEpoch(State s, long epoch) {
        return Decision.reject("Epoch " + epoch + " of scenario " + s.id() + " is over; it is "
                + s.status().wire() + " in epoch " + s.epoch());
    }

    private static Decision reject(State s, String what, String expected) {
        return Decision.reject("Expected to " + what + " scenario " + s.id() + ", which takes " + expected
                + ", but it is " + s.status().wire());
    }
}
