package dev.vap.orchestrator.control;

import dev.vap.orchestrator.placement.Placement;
import dev.vap.orchestrator.scenario.Decision;
import dev.vap.orchestrator.scenario.ScenarioMachine;
import dev.vap.orchestrator.scenario.Trigger;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.ScenarioCommand;
import dev.vap.shared.storage.Database;
import dev.vap.shared.storage.Inbox;
import dev.vap.shared.storage.Outbox;
import dev.vap.shared.storage.ScenarioChanges;
import dev.vap.shared.storage.Tx;
import dev.vap.shared.storage.Workers;
import dev.vap.shared.storage.Workers.Worker;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes in what happens to scenarios and writes what {@link ScenarioMachine} makes of it. What has come in while one
 * transaction was under way is handled together in the next, so a burst of ten thousand costs statements per batch, not per
 * scenario. Everything may be repeated: what no longer fits is rejected and changes nothing.
 *
 * <p>One piece of work of a scenario at a time; what waited for another orchestrator may come after what was submitted later, and
 * is decided on the state it then finds. Guarantee: rows are locked, and updates guarded by status and version;
 * {@link ScenarioLocks} only keeps orchestrators from waiting for each other's rows. Confined to one context.
 */
public final class ScenarioService {

    private static final Logger LOG = LoggerFactory.getLogger(ScenarioService.class);
    private static final int BATCH = 256;
    private static final int MAX_QUEUED = 50_000;
    /** A command whose scenario another orchestrator holds for so long goes ahead: the row lock keeps it right. */
    private static final long LOCK_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long BUSY_PAUSE_MILLIS = 20;

    private final Vertx vertx;
    private final Database database;
    private final Outbox outbox;
    private final ScenarioChanges changes;
    private final Workers workers;
    private final ScenarioMachine machine;
    private final ScenarioLocks locks;
    private final Drafts drafts;
    private final Placement placement;
    private final ArrayDeque<Work> queue = new ArrayDeque<>();
    private boolean running;

    public ScenarioService(
            Vertx vertx,
            Database database,
            Outbox outbox,
            ScenarioMachine machine,
            ScenarioLocks locks,
            Placement placement) {
        this.vertx = vertx;
        this.database = database;
        this.outbox = outbox;
        this.changes = new ScenarioChanges(outbox);
        this.workers = new Workers(database);
        this.machine = machine;
        this.locks = locks;
        this.drafts = new Drafts(changes, workers, outbox);
        this.placement = placement;
    }

    /** What came of it. */
    public enum Outcome {
        /** Written, or nothing was left to do. */
        DONE,
        /** It did not fit the state of the scenario: an old epoch, or a repeat. */
        REJECTED,
        /** There is no such scenario. */
        GONE,
        /** Another orchestrator is at it; whoever brought this will bring it again. */
        BUSY
    }

    /** Acts on a user's command; the same message again changes nothing. */
    public Future<Outcome> onCommand(ScenarioCommand command) {
        Trigger trigger = command.kind() == ScenarioCommand.Kind.UPDATE
                ? new Trigger.Updated(command.epoch(), command.reason(), command.live())
                : null;
        return submit(
                command.scenario(),
                trigger,
                command.messageId(),
                outbox.topics().initScenario());
    }

    /** Applies what a message of {@code topic} tells, which may come twice. */
    public Future<Outcome> onMessage(UUID messageId, String topic, UUID scenario, Trigger trigger) {
        return submit(scenario, trigger, messageId, topic);
    }

    /** Applies what happened to a worker, then takes the scenario as far as it goes. */
    public Future<Outcome> onTrigger(UUID scenario, Trigger trigger) {
        return submit(scenario, trigger, null, null);
    }

    /** Takes a scenario that is to be stopped as far as it goes. */
    public Future<Outcome> advance(UUID scenario) {
        return submit(scenario, null, null, null);
    }

    private Future<Outcome> submit(UUID scenario, Trigger trigger, UUID messageId, String topic) {
        if (queue.size() >= MAX_QUEUED) {
            return Future.failedFuture(new VapException(
                    ErrorCode.STORE_UNAVAILABLE, "The orchestrator has too much to do at the moment."));
        }
        Work work = new Work(scenario, trigger, messageId, topic, System.nanoTime(), Promise.promise());
        queue.add(work);
        if (!running) {
            running = true;
            // After whatever else comes in at this moment.
            vertx.runOnContext(v -> next());
        }
        return work.done().future();
    }

    private void next() {
        List<Work> batch = take();
        if (batch.isEmpty()) {
            running = false;
            return;
        }
        handleUnderLocks(batch).onComplete(done -> next());
    }

    /** One piece of work per scenario; what else there is of it waits its turn. */
    private List<Work> take() {
        List<Work> batch = new ArrayList<>();
        List<Work> later = new ArrayList<>();
        Set<UUID> scenarios = new HashSet<>();
        while (batch.size() < BATCH && !queue.isEmpty()) {
            Work work = queue.poll();
            (scenarios.add(work.scenario()) ? batch : later).add(work);
        }
        for (int i = later.size() - 1; i >= 0; i--) {
            queue.addFirst(later.get(i));
        }
        return batch;
    }

    private Future<Void> handleUnderLocks(List<Work> batch) {
        Set<UUID> wanted = batch.stream().map(Work::scenario).collect(Collectors.toSet());
        return locks.acquire(wanted).compose(grant -> {
            Set<UUID> granted = grant.scenarios();
            List<Work> ours = new ArrayList<>();
            for (Work work : batch) {
                if (granted.contains(work.scenario()) || isOutOfPatience(work)) {
                    ours.add(work);
                } else if (work.isMessage()) {
                    vertx.setTimer(BUSY_PAUSE_MILLIS, t -> again(work));
                } else {
                    work.done().complete(Outcome.BUSY);
                }
            }
            return handle(ours).onComplete(done -> grant.release());
        });
    }

    private static boolean isOutOfPatience(Work work) {
        return work.isMessage() && System.nanoTime() - work.sinceNanos() > LOCK_PATIENCE_NANOS;
    }

    private void again(Work work) {
        queue.addFirst(work);
        if (!running) {
            running = true;
            next();
        }
    }

    /** Never fails: what goes wrong is told to those who asked. */
    private Future<Void> handle(List<Work> batch) {
        if (batch.isEmpty()) {
            return Future.succeededFuture();
        }
        return database.inTransaction(tx -> apply(tx, batch)).transform(result -> {
            if (result.succeeded()) {
                Drafts.log(result.result().drafts());
                result.result().outcomes().forEach((work, outcome) -> work.done()
                        .complete(outcome));
                if (result.result().drafts().stream().anyMatch(Draft::wantsRunner)
                        || result.result().drafts().stream()
                                .anyMatch(d -> d.workerChange().isPresent())) {
                    // Somebody waits for a place, or a place may have become free.
                    placement.wake();
                }
                return Future.succeededFuture();
            }
            if (batch.size() > 1 && !isOutage(result.cause())) {
                // One of them can't be written; the others are none the worse for it.
                LOG.debug("a batch of {} failed, one by one now", batch.size(), result.cause());
                return oneByOne(batch, 0);
            }
            batch.forEach(work -> work.done().fail(result.cause()));
            return Future.succeededFuture();
        });
    }

    private Future<Void> oneByOne(List<Work> batch, int index) {
        return index == batch.size()
                ? Future.succeededFuture()
                : handle(List.of(batch.get(index))).compose(v -> oneByOne(batch, index + 1));
    }

    private static boolean isOutage(Throwable cause) {
        return cause instanceof VapException e && e.code() == ErrorCode.STORE_UNAVAILABLE;
    }

    private record Applied(List<Draft> drafts, Map<Work, Outcome> outcomes) {}

    private Future<Applied> apply(Tx tx, List<Work> batch) {
        Map<UUID, String> messages = new HashMap<>();
        Set<UUID> scenarios = new HashSet<>();
        Set<UUID> lost = new HashSet<>();
        Set<UUID> changedLive = new HashSet<>();
        for (Work work : batch) {
            scenarios.add(work.scenario());
            if (work.isMessage()) {
                messages.put(work.messageId(), work.topic());
            }
            if (work.trigger() instanceof Trigger.RunnerLost) {
                lost.add(work.scenario());
            }
            if (work.trigger() instanceof Trigger.Updated t && t.live()) {
                changedLive.add(work.scenario());
            }
        }
        // One round trip; each statement still sees what the locks of the one before it waited for.
        Future<Set<UUID>> accepted = Inbox.acceptAll(tx, messages);
        Future<Map<UUID, Scenario>> locked = changes.lock(tx, scenarios);
        Future<Map<UUID, Worker>> live = workers.live(tx, scenarios);
        Future<Map<UUID, Integer>> losses = workers.recentlyLost(tx, lost);
        Future<Set<UUID>> changeable = workers.changeable(tx, changedLive);
        return Future.all(accepted, locked, live, losses, changeable).compose(v -> {
            Map<Work, Outcome> outcomes = new LinkedHashMap<>();
            List<Draft> changed = new ArrayList<>();
            for (Work work : batch) {
                Scenario scenario = locked.result().get(work.scenario());
                if (work.isMessage() && !accepted.result().contains(work.messageId())) {
                    outcomes.put(work, Outcome.REJECTED);
                } else if (scenario == null) {
                    outcomes.put(work, Outcome.GONE);
                } else {
                    Draft draft = new Draft(scenario, live.result().get(work.scenario()));
                    int before = losses.result().getOrDefault(work.scenario(), 0);
                    boolean takesOptions = changeable.result().contains(work.scenario());
                    outcomes.put(work, decide(draft, completed(work.trigger(), before, takesOptions)));
                    changed.add(draft);
                }
            }
            return drafts.write(tx, changed).map(new Applied(changed, outcomes));
        });
    }

    /** With what only the store knows: how often it was lost, and whether its runner can change a session as it runs. */
    private static Trigger completed(Trigger trigger, int lossesBefore, boolean takesOptions) {
        if (trigger instanceof Trigger.RunnerLost t) {
            return new Trigger.RunnerLost(t.epoch(), t.runnerId(), lossesBefore + 1);
        }
        if (trigger instanceof Trigger.Updated t) {
            return new Trigger.Updated(t.epoch(), t.what(), t.live() && takesOptions);
        }
        return trigger;
    }

    private Outcome decide(Draft draft, Trigger trigger) {
        Outcome outcome = Outcome.DONE;
        if (trigger != null) {
            Decision decision = machine.decide(draft.state(), trigger);
            if (decision.rejected()) {
                LOG.debug("{}", decision.rejection());
                outcome = Outcome.REJECTED;
            } else {
                draft.apply(decision, null);
            }
        }
        // Twice at most: to in_shutdown_processing, and on to inactive if there is no worker.
        while (draft.goesDown()) {
            draft.apply(machine.decide(draft.state(), new Trigger.BeginShutdown()), null);
        }
        return outcome;
    }
}
