package dev.vap.orchestrator.control;

import dev.vap.orchestrator.scenario.Decision;
import dev.vap.orchestrator.scenario.Effect;
import dev.vap.orchestrator.scenario.ScenarioMachine;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.storage.Ids;
import dev.vap.shared.storage.ScenarioChanges;
import dev.vap.shared.storage.Workers.NewWorker;
import dev.vap.shared.storage.Workers.Status;
import dev.vap.shared.storage.Workers.StatusChange;
import dev.vap.shared.storage.Workers.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A scenario that is locked in this transaction, and what is going to be written about it. Decisions are applied here one
 * after the other; all of them leave in the same statements.
 */
public final class Draft {

    static final String ACTOR = "orchestrator";

    private final Scenario before;
    private final Worker worker;
    private final List<ScenarioChanges.Step> steps = new ArrayList<>();
    private ScenarioStatus status;
    private String reason;
    private long epoch;
    private int attempt;
    private Duration notBefore;
    private boolean hasWorker;
    private boolean explained;
    private StatusChange workerChange;
    private NewWorker newWorker;
    private DeployCommand command;

    /** Where a scenario is put. */
    public record Place(String runnerId, UUID instance, long startFrame) {}

    /**
     * @param worker its live worker, or null
     */
    public Draft(Scenario before, Worker worker) {
        this.before = before;
        this.worker = worker;
        this.status = before.status();
        this.reason = before.statusReason();
        this.epoch = before.epoch();
        this.attempt = before.attempt();
        this.hasWorker = worker != null;
    }

    public ScenarioMachine.State state() {
        return new ScenarioMachine.State(before.id(), status, reason, epoch, attempt, hasWorker);
    }

    Scenario before() {
        return before;
    }

    Optional<Worker> worker() {
        return Optional.ofNullable(worker);
    }

    /** Down, and not told so yet, or down but for a worker that has ended. */
    boolean goesDown() {
        return status == ScenarioStatus.INIT_SHUTDOWN
                || (status == ScenarioStatus.IN_SHUTDOWN_PROCESSING && !hasWorker);
    }

    boolean wantsRunner() {
        return !hasWorker && (status == ScenarioStatus.INIT_STARTUP || status == ScenarioStatus.IN_STARTUP_PROCESSING);
    }

    /** Whether anything has to be written. */
    boolean isChanged() {
        return !steps.isEmpty() || explained || workerChange != null || command != null;
    }

    /** @param place only for the decision to place it */
    public void apply(Decision decision, Place place) {
        if (decision.newEpoch()) {
            epoch++;
        }
        if (decision.attempt() != null) {
            attempt = decision.attempt();
        }
        if (decision.delay() != null) {
            notBefore = decision.delay();
        }
        if (decision.next() != null) {
            steps.add(new ScenarioChanges.Step(status, decision.next(), decision.reason(), epoch));
            status = decision.next();
            reason = decision.reason();
        } else if (decision.reason() != null && !decision.reason().equals(reason)) {
            reason = decision.reason();
            explained = true;
        }
        for (Effect effect : decision.effects()) {
            apply(effect, place);
        }
    }

    private void apply(Effect effect, Place place) {
        if (effect instanceof Effect.Assign) {
            assign(place);
        } else if (effect instanceof Effect.TellRunnerToStop) {
            workerChange = change(Status.STOPPING, null, null);
            command = toLiveWorker(DeployCommand.Kind.SHUTDOWN);
        } else if (effect instanceof Effect.TellRunnerOfOptions) {
            command = toLiveWorker(DeployCommand.Kind.UPDATE);
        } else if (effect instanceof Effect.DismissWorker dismissed) {
            workerChange = change(Status.STOPPED, dismissed.reason(), null);
            command = toLiveWorker(DeployCommand.Kind.SHUTDOWN);
            hasWorker = false;
        } else if (effect instanceof Effect.WorkerRuns runs) {
            workerChange = change(Status.RUNNING, null, runs.pid());
        } else {
            Effect.EndWorker end = (Effect.EndWorker) effect;
            Status ended =
                    switch (end.how()) {
                        case STOPPED -> Status.STOPPED;
                        case FAILED -> Status.FAILED;
                        case LOST -> Status.LOST;
                    };
            workerChange = change(ended, end.reason(), null);
            hasWorker = false;
        }
    }

    private void assign(Place place) {
        UUID workerId = Ids.next();
        hasWorker = true;
        newWorker =
                new NewWorker(workerId, before, place.runnerId(), place.instance(), epoch, attempt, place.startFrame());
        command = command(DeployCommand.Kind.DEPLOY, after(), place, workerId);
    }

    private DeployCommand toLiveWorker(DeployCommand.Kind kind) {
        return command(kind, after(), new Place(worker.runnerId(), worker.instance(), 0), worker.workerId());
    }

    private StatusChange change(Status to, String words, Long pid) {
        return new StatusChange(worker.workerId(), to, words, pid, -1);
    }

    private Scenario after() {
        return changesScenario() ? change().after(before.updatedAt()) : before;
    }

    /** A command for a runner; the epoch is the scenario's. */
    static DeployCommand command(DeployCommand.Kind kind, Scenario s, Place place, UUID workerId) {
        return new DeployCommand(
                Ids.next(),
                kind,
                place.runnerId(),
                place.instance() == null ? UNKNOWN : place.instance(),
                s.uuid(),
                workerId,
                s.epoch(),
                s.cameraUrl(),
                s.model(),
                s.options(),
                place.startFrame(),
                s.attempt(),
                s.version());
    }

    /** Of workers made before runners had instances: nobody's. */
    private static final UUID UNKNOWN = new UUID(0, 0);

    ScenarioChanges.Change change() {
        return new ScenarioChanges.Change(before, steps, reason, epoch, attempt, notBefore, hasWorker, ACTOR);
    }

    boolean changesScenario() {
        return !steps.isEmpty() || explained;
    }

    Optional<StatusChange> workerChange() {
        return Optional.ofNullable(workerChange);
    }

    Optional<NewWorker> newWorker() {
        return Optional.ofNullable(newWorker);
    }

    Optional<DeployCommand> command() {
        return Optional.ofNullable(command);
    }

    /** For the log: from where to where, and why. */
    @Override
    public String toString() {
        return "scenario " + before.id() + ": " + before.status().wire() + " -> " + status.wire()
                + (reason == null ? "" : " (" + reason + ")");
    }
}
