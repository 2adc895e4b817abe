package dev.vap.orchestrator.recovery;

import dev.vap.orchestrator.OrchestratorConfig;
import dev.vap.orchestrator.control.Heartbeats;
import dev.vap.orchestrator.control.ScenarioService;
import dev.vap.orchestrator.control.ScenarioService.Progress;
import dev.vap.orchestrator.scenario.Trigger;
import dev.vap.shared.storage.AdvisoryLock;
import dev.vap.shared.storage.Results;
import dev.vap.shared.storage.Scenarios;
import dev.vap.shared.storage.Workers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every half second, in the one orchestrator that holds the monitor lock: gives scenarios of lost runners to others, takes
 * waiting scenarios further in the order they were asked for, and ends stops that nobody confirms. Confined to one
 * context.
 *
 * <p>After PostgreSQL was away, and after taking over, runners get one full lease before any is judged: an outage of the
 * store must not look like the death of the fleet.
 */
public final class Monitor {

    private static final Logger LOG = LoggerFactory.getLogger(Monitor.class);
    private static final int BATCH = 200;
    private static final long MAINTENANCE_MILLIS = 3_600_000;

    private final Vertx vertx;
    private final OrchestratorConfig config;
    private final AdvisoryLock lock;
    private final ScenarioService service;
    private final Heartbeats heartbeats;
    private final Scenarios scenarios;
    private final Workers workers;
    private final Results results;

    private long timer = -1;
    private long maintenance = -1;
    private boolean busy;
    private boolean closed;
    private long judgeFromNanos;
    private boolean storeAway;

    public Monitor(
            Vertx vertx,
            OrchestratorConfig config,
            AdvisoryLock lock,
            ScenarioService service,
            Heartbeats heartbeats,
            Scenarios scenarios,
            Workers workers,
            Results results) {
        this.vertx = vertx;
        this.config = config;
        this.lock = lock;
        this.service = service;
        this.heartbeats = heartbeats;
        this.scenarios = scenarios;
        this.workers = workers;
        this.results = results;
    }

    public void start() {
        postponeJudgement();
        lock.start(() -> {
            postponeJudgement();
            tick();
        });
        timer = vertx.setPeriodic(config.timer().toMillis(), t -> tick());
        maintenance = vertx.setPeriodic(0, MAINTENANCE_MILLIS, t -> maintain());
    }

    public Future<Void> close() {
        closed = true;
        vertx.cancelTimer(timer);
        vertx.cancelTimer(maintenance);
        return lock.close();
    }

    private void postponeJudgement() {
        judgeFromNanos = System.nanoTime() + config.lease().toNanos();
    }

    private void tick() {
        if (busy || closed) {
            return;
        }
        if (!lock.held()) {
            // Without the lock there is no connection to PostgreSQL, or another orchestrator acts.
            return;
        }
        busy = true;
        Future<Void> judged = System.nanoTime() - judgeFromNanos >= 0 ? recover() : Future.succeededFuture();
        judged.compose(v -> endOverdueStops()).compose(v -> advanceWaiting()).onComplete(result -> {
            busy = false;
            if (result.failed()) {
                postponeJudgement();
                if (!storeAway) {
                    LOG.warn(
                            "nothing is judged while the store is away: {}",
                            result.cause().getMessage());
                }
                storeAway = true;
            } else if (storeAway) {
                storeAway = false;
                LOG.info("the store is back; runners get one lease before they are judged");
            }
        });
    }

    /** A runner is lost when its lease has run out by the database's clock and its heartbeats are silent. */
    private Future<Void> recover() {
        return workers.orphaned(0, BATCH).compose(orphans -> {
            List<Workers.Worker> lost = orphans.stream()
                    .filter(w ->
                            !heartbeats.heardWithin(w.runnerId(), config.lease().toNanos())
                                    || w.status() == Workers.Status.STOPPING)
                    .toList();
            if (!lost.isEmpty()) {
                LOG.warn(
                        "{} workers of {} lost runners are placed again",
                        lost.size(),
                        lost.stream().map(Workers.Worker::runnerId).distinct().count());
            }
            return eachInOrder(lost.iterator(), service::onRunnerLost);
        });
    }

    private Future<Void> endOverdueStops() {
        return workers.overdueStops(config.stopDeadline().toMillis(), BATCH)
                .compose(overdue -> eachInOrder(
                        overdue.iterator(), w -> service.onTrigger(w.scenario(), new Trigger.StopOverdue(w.epoch()))));
    }

    private Future<Void> advanceWaiting() {
        return scenarios.waiting(BATCH).compose(waiting -> eachInOrder(waiting.iterator(), this::advance));
    }

    private Future<Progress> advance(UUID scenario) {
        return service.advance(scenario);
    }

    /** One after the other; a failure ends the round, the next one goes on where it is needed. */
    private static <T> Future<Void> eachInOrder(
            Iterator<T> items, java.util.function.Function<T, Future<Progress>> action) {
        if (!items.hasNext()) {
            return Future.succeededFuture();
        }
        return action.apply(items.next()).compose(v -> eachInOrder(items, action));
    }

    private void maintain() {
        if (closed) {
            return;
        }
        results.maintainPartitions(config.retentionDays())
                .onSuccess(dropped -> {
                    if (dropped > 0) {
                        LOG.info("{} days of results past retention were dropped", dropped);
                    }
                })
                .onFailure(e -> LOG.warn("partitions of results could not be maintained: {}", e.getMessage()));
    }
}
