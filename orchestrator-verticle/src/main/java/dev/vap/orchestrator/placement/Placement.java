package dev.vap.orchestrator.placement;

import dev.vap.orchestrator.control.Draft;
import dev.vap.orchestrator.control.Drafts;
import dev.vap.orchestrator.scenario.ScenarioMachine;
import dev.vap.orchestrator.scenario.Trigger;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.storage.Database;
import dev.vap.shared.storage.Outbox;
import dev.vap.shared.storage.Runners;
import dev.vap.shared.storage.ScenarioChanges;
import dev.vap.shared.storage.ScenarioChanges.Waiting;
import dev.vap.shared.storage.Tx;
import dev.vap.shared.storage.Workers;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives scenarios that wait for a runner to runners that have room, in the order they were asked for; many in one transaction.
 * One placement at a time over the whole cluster, by a lock in PostgreSQL, so that nobody is overtaken and capacities hold.
 * Confined to one context.
 */
public final class Placement {

    private static final Logger LOG = LoggerFactory.getLogger(Placement.class);
    private static final int BATCH = 256;

    private final Database database;
    private final ScenarioMachine machine;
    private final ScenarioChanges changes;
    private final Runners runners;
    private final Workers workers;
    private final Drafts drafts;
    private final Predicate<UUID> reachable;
    private final int quarantineAfter;
    private boolean running;
    private boolean again;

    /**
     * @param reachable whether that process of a runner is heard on the event bus: one that is not could not report a thing
     * @param quarantineAfter losses after which a scenario is not placed any more
     */
    public Placement(
            Database database, Outbox outbox, ScenarioMachine machine, Predicate<UUID> reachable, int quarantineAfter) {
        this.database = database;
        this.machine = machine;
        this.changes = new ScenarioChanges(outbox);
        this.runners = new Runners(database);
        this.workers = new Workers(database);
        this.drafts = new Drafts(changes, workers, outbox);
        this.reachable = reachable;
        this.quarantineAfter = quarantineAfter;
    }

    /** Somebody may wait, or a place may be free: looks, and looks again if called meanwhile. Returns at once. */
    public void wake() {
        if (running) {
            again = true;
            return;
        }
        running = true;
        again = false;
        placeAll().onComplete(done -> {
            running = false;
            if (done.failed()) {
                // The monitor wakes it again within half a second.
                LOG.debug("placing", done.cause());
            } else if (again) {
                wake();
            }
        });
    }

    private Future<Void> placeAll() {
        return changes.anyWaiting(database).compose(any -> any ? placeBatch() : Future.succeededFuture());
    }

    private Future<Void> placeBatch() {
        return database.inTransaction(tx -> runners.lockPlacement(tx)
                        .compose(v -> runners.alive(tx))
                        .compose(alive -> place(tx, new Capacity(alive, reachable))))
                .compose(done -> {
                    Drafts.log(done);
                    return done.size() == BATCH ? placeBatch() : Future.succeededFuture();
                });
    }

    private Future<List<Draft>> place(Tx tx, Capacity capacity) {
        if (capacity.free() == 0) {
            String words = capacity.inWords();
            return changes.lockUntold(tx, words, BATCH).compose(untold -> {
                List<Draft> told = untold.stream().map(s -> explain(s, words)).toList();
                return drafts.write(tx, told).map(told);
            });
        }
        return changes.lockWaiting(tx, Math.min(BATCH, capacity.free())).compose(waiting -> {
            return lastChances(tx, waiting).compose(lastChances -> {
                List<Draft> placed = new ArrayList<>(waiting.size());
                lastChances.values().forEach(capacity::hasLastChance);
                for (Waiting next : waiting) {
                    boolean lastChance = lastChances.containsKey(next.scenario().uuid());
                    placed.add(placeOne(next, lastChance ? capacity.takeApart() : capacity.take()));
                }
                // Fewer than a batch although more may wait: they are told why, in the next round.
                boolean full = capacity.free() == 0;
                return drafts.write(tx, placed).map(placed).onSuccess(v -> again |= full);
            });
        });
    }

    /**
     * Scenarios that the next loss quarantines, with the runner that has them now, or an empty text. They are kept apart from each
     * other, so that the one that kills runners does not take those with it that only met it.
     */
    private Future<Map<UUID, String>> lastChances(Tx tx, List<Waiting> waiting) {
        return waiting.isEmpty() || quarantineAfter < 2
                ? Future.succeededFuture(Map.of())
                : workers.lostAtLeast(tx, quarantineAfter - 1);
    }

    private Draft placeOne(Waiting next, Optional<Runners.Runner> place) {
        Runners.Runner runner = place.orElseThrow();
        Draft draft = new Draft(next.scenario(), null);
        draft.apply(
                machine.decide(draft.state(), new Trigger.RunnerChosen(runner.runnerId())),
                new Draft.Place(runner.runnerId(), runner.instance(), next.startFrame()));
        return draft;
    }

    private Draft explain(Scenario scenario, String words) {
        Draft draft = new Draft(scenario, null);
        draft.apply(machine.decide(draft.state(), new Trigger.NoCapacity(words)), null);
        return draft;
    }
}
