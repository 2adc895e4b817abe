package dev.vap.orchestrator.control;

import dev.vap.orchestrator.scenario.Decision;
import dev.vap.orchestrator.scenario.Effect;
import dev.vap.orchestrator.scenario.ScenarioMachine;
import dev.vap.orchestrator.scenario.Trigger;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.ScenarioCommand;
import dev.vap.shared.storage.Database;
import dev.vap.shared.storage.Ids;
import dev.vap.shared.storage.Inbox;
import dev.vap.shared.storage.Outbox;
import dev.vap.shared.storage.Results;
import dev.vap.shared.storage.Runners;
import dev.vap.shared.storage.Scenarios;
import dev.vap.shared.storage.Tx;
import dev.vap.shared.storage.Workers;
import dev.vap.shared.storage.Workers.Worker;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a scenario under its row lock, asks {@link ScenarioMachine}, and writes status, worker, history and outgoing
 * messages in the same transaction. Everything here may be repeated: what no longer fits is rejected and changes nothing.
 */
public final class ScenarioService {

    private static final Logger LOG = LoggerFactory.getLogger(ScenarioService.class);
    private static final String ACTOR = "orchestrator";

    private final Database database;
    private final Outbox outbox;
    private final Scenarios scenarios;
    private final Workers workers;
    private final Runners runners;
    private final Results results;
    private final ScenarioMachine machine;

    public ScenarioService(Database database, Outbox outbox, ScenarioMachine machine) {
        this.database = database;
        this.outbox = outbox;
        this.scenarios = new Scenarios(database, outbox);
        this.workers = new Workers(database);
        this.runners = new Runners(database);
        this.results = new Results(database);
        this.machine = machine;
    }

    /** What came of looking at a scenario that waits. */
    public enum Progress {
        DONE,
        /** No runner has room: the scenario waits, and so does every other that wants one. */
        NO_CAPACITY
    }

    /** The row and its live worker, as they are in this transaction. */
    private record Locked(Scenario scenario, Optional<Worker> worker) {

        ScenarioMachine.State state() {
            return new ScenarioMachine.State(
                    scenario.id(),
                    scenario.status(),
                    scenario.statusReason(),
                    scenario.epoch(),
                    scenario.attempt(),
                    worker.isPresent());
        }
    }

    /** Acts on a user's command; the same message again changes nothing. */
    public Future<Progress> onCommand(ScenarioCommand command) {
        return database.inTransaction(tx -> Inbox.accept(
                        tx, command.messageId(), outbox.topics().initScenario())
                .compose(first -> first ? advance(tx, command.scenario()) : Future.succeededFuture(Progress.DONE)));
    }

    /** Takes a waiting scenario as far as it goes now: placed, told to stop, or down. */
    public Future<Progress> advance(UUID scenario) {
        return database.inTransaction(tx -> advance(tx, scenario));
    }

    /** Applies what happened to a worker, then takes the scenario as far as it goes. */
    public Future<Progress> onTrigger(UUID scenario, Trigger trigger) {
        return database.inTransaction(tx -> applyThenAdvance(tx, scenario, trigger));
    }

    /** The same for a message of {@code topic}, which may come twice. */
    public Future<Progress> onMessage(UUID messageId, String topic, UUID scenario, Trigger trigger) {
        return database.inTransaction(tx -> Inbox.accept(tx, messageId, topic)
                .compose(first ->
                        first ? applyThenAdvance(tx, scenario, trigger) : Future.succeededFuture(Progress.DONE)));
    }

    /** The runner's lease ran out. Counts how often that happened to the scenario lately. */
    public Future<Progress> onRunnerLost(Worker worker) {
        return database.inTransaction(tx -> workers.recentlyLost(tx, worker.scenario())
                .compose(before -> applyThenAdvance(
                        tx, worker.scenario(), new Trigger.RunnerLost(worker.epoch(), worker.runnerId(), before + 1))));
    }

    /** The runner has the assignment and is starting it. */
    public Future<Void> onStarting(UUID workerId, long pid) {
        return database.inTransaction(tx -> workers.setStatus(tx, workerId, Workers.Status.STARTING, null, pid, -1))
                .mapEmpty();
    }

    private Future<Progress> applyThenAdvance(Tx tx, UUID uuid, Trigger trigger) {
        return lock(tx, uuid)
                .compose(found -> found.isEmpty()
                        ? Future.succeededFuture()
                        : apply(tx, found.get(), trigger).mapEmpty())
                .compose(v -> advance(tx, uuid));
    }

    private Future<Progress> advance(Tx tx, UUID uuid) {
        return lock(tx, uuid).compose(found -> {
            if (found.isEmpty()) {
                return Future.succeededFuture(Progress.DONE);
            }
            Locked s = found.get();
            boolean wantsRunner = s.scenario().status() == ScenarioStatus.INIT_STARTUP
                    || (s.scenario().status() == ScenarioStatus.IN_STARTUP_PROCESSING
                            && s.worker().isEmpty());
            if (wantsRunner) {
                return scenarios.mayBePlaced(tx, uuid).compose(due -> due ? place(tx, s) : done());
            }
            boolean goesDown = s.scenario().status() == ScenarioStatus.INIT_SHUTDOWN
                    || (s.scenario().status() == ScenarioStatus.IN_SHUTDOWN_PROCESSING
                            && s.worker().isEmpty());
            if (goesDown) {
                // Twice at most: to in_shutdown_processing, and on to inactive if there is no worker.
                return apply(tx, s, new Trigger.BeginShutdown()).compose(v -> advance(tx, uuid));
            }
            return done();
        });
    }

    private static Future<Progress> done() {
        return Future.succeededFuture(Progress.DONE);
    }

    private Future<Progress> place(Tx tx, Locked s) {
        return runners.lockPlacement(tx).compose(v -> runners.leastLoaded(tx)).compose(chosen -> {
            if (chosen.isPresent()) {
                return apply(tx, s, new Trigger.RunnerChosen(chosen.get().runnerId()))
                        .map(Progress.DONE);
            }
            return runners.capacityInWords(tx)
                    .compose(words -> apply(tx, s, new Trigger.NoCapacity(words)))
                    .map(Progress.NO_CAPACITY);
        });
    }

    private Future<Optional<Locked>> lock(Tx tx, UUID uuid) {
        return scenarios
                .lock(tx, uuid)
                .compose(found -> found.isEmpty()
                        ? Future.succeededFuture(Optional.empty())
                        : workers.live(tx, uuid).map(worker -> Optional.of(new Locked(found.get(), worker))));
    }

    private Future<Void> apply(Tx tx, Locked s, Trigger trigger) {
        Decision decision = machine.decide(s.state(), trigger);
        if (decision.rejected()) {
            LOG.debug("{}", decision.rejection());
            return Future.succeededFuture();
        }
        if (decision.next() == null) {
            Future<Void> explained = decision.reason() == null
                    ? Future.succeededFuture()
                    : scenarios.explain(tx, s.scenario(), decision.reason());
            return explained.compose(v -> effects(tx, s, s.scenario(), decision));
        }
        Scenarios.Change change = Scenarios.Change.to(decision.next(), decision.reason(), ACTOR);
        if (decision.newEpoch()) {
            change = change.withEpoch(s.scenario().epoch() + 1);
        }
        if (decision.attempt() != null) {
            change = change.withAttempt(decision.attempt());
        }
        if (decision.delay() != null) {
            change = change.notBefore(decision.delay());
        }
        return scenarios.change(tx, s.scenario(), change).compose(after -> {
            LOG.info(
                    "scenario {}: {} -> {}{}",
                    after.id(),
                    s.scenario().status().wire(),
                    after.status().wire(),
                    after.statusReason() == null ? "" : " (" + after.statusReason() + ")");
            return effects(tx, s, after, decision);
        });
    }

    private Future<Void> effects(Tx tx, Locked before, Scenario after, Decision decision) {
        Future<Void> all = Future.succeededFuture();
        for (Effect effect : decision.effects()) {
            all = all.compose(v -> effect(tx, before, after, effect));
        }
        return all;
    }

    private Future<Void> effect(Tx tx, Locked before, Scenario after, Effect effect) {
        if (effect instanceof Effect.Assign assign) {
            return assign(tx, after, assign.runnerId());
        }
        Worker worker = before.worker().orElseThrow();
        if (effect instanceof Effect.TellRunnerToStop) {
            DeployCommand shutdown = command(
                    DeployCommand.Kind.SHUTDOWN, after, worker.runnerId(), worker.workerId(), worker.workerId(), 0);
            return workers.setStatus(tx, worker.workerId(), Workers.Status.STOPPING, null, null, -1)
                    .compose(v -> send(tx, shutdown));
        }
        if (effect instanceof Effect.WorkerRuns) {
            return workers.setStatus(tx, worker.workerId(), Workers.Status.RUNNING, null, null, -1)
                    .mapEmpty();
        }
        Effect.EndWorker end = (Effect.EndWorker) effect;
        Workers.Status status =
                switch (end.how()) {
                    case STOPPED -> Workers.Status.STOPPED;
                    case FAILED -> Workers.Status.FAILED;
                    case LOST -> Workers.Status.LOST;
                };
        return workers.setStatus(tx, worker.workerId(), status, end.reason(), null, -1)
                .mapEmpty();
    }

    private Future<Void> assign(Tx tx, Scenario after, String runnerId) {
        UUID workerId = Ids.next();
        return results.cursor(tx, after.uuid()).compose(cursor -> {
            long startFrame = cursor.map(c -> c.lastFrame() + 1).orElse(0L);
            DeployCommand deploy = command(DeployCommand.Kind.DEPLOY, after, runnerId, workerId, workerId, startFrame);
            return workers.insert(tx, workerId, after, runnerId, startFrame).compose(v -> send(tx, deploy));
        });
    }

    static DeployCommand command(
            DeployCommand.Kind kind, Scenario s, String runnerId, UUID instance, UUID workerId, long startFrame) {
        return new DeployCommand(
                Ids.next(),
                kind,
                runnerId,
                instance,
                s.uuid(),
                workerId,
                s.epoch(),
                s.cameraUrl(),
                s.model(),
                s.options(),
                startFrame,
                s.attempt());
    }

    private Future<Void> send(Tx tx, DeployCommand command) {
        return outbox.add(
                tx,
                outbox.topics().toDeploy(),
                command.runnerId(),
                command.scenario(),
                command.messageId(),
                command.toJson());
    }
}
