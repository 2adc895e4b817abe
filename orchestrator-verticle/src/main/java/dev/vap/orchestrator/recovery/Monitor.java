package dev.vap.orchestrator.recovery;

import dev.vap.orchestrator.OrchestratorConfig;
import dev.vap.orchestrator.control.AssignedSets;
import dev.vap.orchestrator.control.Heard;
import dev.vap.orchestrator.control.ScenarioService;
import dev.vap.orchestrator.placement.Placement;
import dev.vap.orchestrator.scenario.Trigger;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.storage.AdvisoryLock;
import dev.vap.shared.storage.Results;
import dev.vap.shared.storage.Runners;
import dev.vap.shared.storage.Scenarios;
import dev.vap.shared.storage.Workers;
import dev.vap.shared.storage.Workers.Worker;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every half second, in the one orchestrator that holds the monitor lock: gives scenarios of lost runners to others, has waiting
 * ones placed, ends stops that nobody confirms, and repeats what runners have not confirmed. When a lease is about to run out it
 * looks at that very moment. Confined to one context.
 *
 * <p>After PostgreSQL was away, and after taking over, runners get one full lease before any is judged: an outage of the
 * store must not look like the death of the fleet.
 */
public final class Monitor {

    private static final Logger LOG = LoggerFactory.getLogger(Monitor.class);
    private static final int BATCH = 2_000;
    private static final long MAINTENANCE_MILLIS = 3_600_000;
    private static final long CONFIRM_MILLIS = 1_000;
    private static final long SOON_MILLIS = 50;

    /** What the monitor looks at and acts through. */
    public record Parts(
            ScenarioService service,
            Placement placement,
            Heard heard,
            AssignedSets sets,
            Scenarios scenarios,
            Workers workers,
            Runners runners,
            Results results) {}

    private final Vertx vertx;
    private final LongSupplier nanos;
    private final OrchestratorConfig config;
    private final AdvisoryLock lock;
    private final Parts parts;

    private long timer = -1;
    private long early = -1;
    private long maintenance = -1;
    private boolean busy;
    private boolean closed;
    private long judgeFromNanos;
    private boolean storeAway;
    /** A lease has run out, but not yet the time since the last heartbeat. */
    private boolean stillHeard;

    /**
     * @param nanos a monotonic clock
     */
    public Monitor(Vertx vertx, LongSupplier nanos, OrchestratorConfig config, AdvisoryLock lock, Parts parts) {
        this.vertx = vertx;
        this.nanos = nanos;
        this.config = config;
        this.lock = lock;
        this.parts = parts;
    }

    public void start() {
        postponeJudgement();
        lock.start(() -> {
            LOG.debug("this orchestrator watches over the runners now");
            postponeJudgement();
            tick();
        });
        timer = vertx.setPeriodic(config.timer().toMillis(), t -> tick());
        maintenance = vertx.setPeriodic(0, MAINTENANCE_MILLIS, t -> maintain());
    }

    public Future<Void> close() {
        closed = true;
        vertx.cancelTimer(timer);
        vertx.cancelTimer(early);
        vertx.cancelTimer(maintenance);
        return lock.close();
    }

    private void postponeJudgement() {
        judgeFromNanos = nanos.getAsLong() + config.lease().toNanos();
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
        judge().compose(v -> endStops())
                .compose(v -> repeatUnconfirmed())
                .compose(v -> lookWhenTheNextLeaseEnds())
                .onComplete(result -> {
                    busy = false;
                    parts.placement().wake();
                    noteStore(result.cause());
                });
    }

    private void noteStore(Throwable cause) {
        if (cause != null && !isOutage(cause)) {
            // The next round tries again; the others of this one were not held up.
            LOG.warn("a round of the monitor failed", cause);
        } else if (cause != null) {
            postponeJudgement();
            if (!storeAway) {
                LOG.warn("nothing is judged while the store is away: {}", cause.getMessage());
            }
            storeAway = true;
        } else if (storeAway) {
            storeAway = false;
            LOG.info("the store is back; runners get one lease before they are judged");
        }
    }

    private static boolean isOutage(Throwable cause) {
        return cause instanceof VapException e && e.code() == ErrorCode.STORE_UNAVAILABLE;
    }

    /** A runner is lost when its lease has run out by the database's clock and its heartbeats are silent. */
    private Future<Void> judge() {
        if (nanos.getAsLong() - judgeFromNanos < 0) {
            return Future.succeededFuture();
        }
        return parts.workers().orphaned(BATCH).compose(orphans -> {
            List<Worker> lost = orphans.stream()
                    .filter(w -> !parts.heard().lately(w.instance()))
                    .toList();
            stillHeard = lost.size() < orphans.size();
            if (lost.isEmpty()) {
                return Future.succeededFuture();
            }
            LOG.warn(
                    "lost: {}; their {} scenarios go elsewhere",
                    lost.stream().map(Worker::runnerId).distinct().toList(),
                    lost.size());
            return Future.join(lost.stream().map(this::lose).toList()).mapEmpty();
        });
    }

    private Future<ScenarioService.Outcome> lose(Worker worker) {
        return parts.service()
                .onTrigger(worker.scenario(), new Trigger.RunnerLost(worker.epoch(), worker.runnerId(), 0));
    }

    private Future<Void> endStops() {
        return parts.workers()
                .overdueStops(config.stopDeadline().toMillis(), BATCH)
                .compose(overdue -> Future.join(overdue.stream()
                        .map(w -> parts.service().onTrigger(w.scenario(), new Trigger.StopOverdue(w.epoch())))
                        .toList()))
                .compose(v -> parts.scenarios().toEnd(BATCH))
                .compose(toEnd ->
                        Future.join(toEnd.stream().map(parts.service()::advance).toList()))
                .mapEmpty();
    }

    private Future<Void> repeatUnconfirmed() {
        return parts.workers().slowToConfirm(CONFIRM_MILLIS).compose(slow -> Future.join(slow.stream()
                        .map(p -> parts.sets().repeat(p.runnerId(), p.instance()))
                        .toList())
                .mapEmpty());
    }

    /** A runner that dies should not have to wait for the timer as well. */
    private Future<Void> lookWhenTheNextLeaseEnds() {
        return parts.runners().untilNextExpiry().map(left -> {
            vertx.cancelTimer(early);
            // Renewed ones have more left than the timer's period.
            long millis =
                    stillHeard ? SOON_MILLIS : left.map(Duration::toMillis).orElse(Long.MAX_VALUE) + 1;
            if (millis > 0 && millis < config.timer().toMillis()) {
                early = vertx.setTimer(millis, t -> tick());
            }
            return null;
        });
    }

    private void maintain() {
        if (closed) {
            return;
        }
        parts.results()
                .maintainPartitions(config.retentionDays())
                .onSuccess(dropped -> {
                    if (dropped > 0) {
                        LOG.info("{} days of results past retention were dropped", dropped);
                    }
                })
                .compose(v -> parts.runners().prune())
                .onFailure(e -> LOG.warn("maintenance of the store failed: {}", e.getMessage()));
    }
}
