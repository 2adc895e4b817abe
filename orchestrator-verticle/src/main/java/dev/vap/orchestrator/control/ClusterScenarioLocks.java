package dev.vap.orchestrator.control;

import dev.vap.shared.runtime.ClusterView;
import dev.vap.shared.runtime.LeasedLocks;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cluster's lock map, key = scenario; a lone orchestrator does without. When the members that keep the map do not answer, or
 * this side of a split is below {@code CLUSTER_MINIMUM_SIZE}, work goes on unguarded, and the map is left alone for a moment: the
 * row locks, the version and the epoch are what keeps the scenario right.
 *
 * <p>That this process does not work on a scenario twice at once is {@link ScenarioService}'s part. Confined to one context.
 */
public final class ClusterScenarioLocks implements ScenarioLocks {

    private static final Logger LOG = LoggerFactory.getLogger(ClusterScenarioLocks.class);
    private static final String SERVICE = "orchestrator";
    /** Many times what a batch takes. */
    private static final Duration LEASE = Duration.ofSeconds(5);

    private static final Duration PATIENCE = Duration.ofMillis(200);
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final ClusterView cluster;
    private final Optional<LeasedLocks> locks;
    private final LongSupplier nanos;
    private final Counter busy;
    private final Counter unguarded;
    private long pausedUntil;
    private boolean paused;

    /**
     * @param nanos a monotonic clock
     */
    public ClusterScenarioLocks(Vertx vertx, ClusterView cluster, LongSupplier nanos, MeterRegistry registry) {
        this(cluster, cluster.locks(vertx, LEASE, PATIENCE), nanos, registry);
    }

    ClusterScenarioLocks(ClusterView cluster, Optional<LeasedLocks> locks, LongSupplier nanos, MeterRegistry registry) {
        this.cluster = cluster;
        this.locks = locks;
        this.nanos = nanos;
        this.busy = Counter.builder("vap_scenario_locks_busy")
                .description("scenarios that another orchestrator was working on")
                .register(registry);
        this.unguarded = Counter.builder("vap_scenario_locks_unguarded")
                .description("scenarios worked on although the lock map could not be asked")
                .register(registry);
    }

    @Override
    public Future<Grant> acquire(Set<UUID> scenarios) {
        if (locks.isEmpty() || isAlone()) {
            return Future.succeededFuture(ScenarioLocks.unguarded(scenarios));
        }
        if (paused && nanos.getAsLong() - pausedUntil < 0) {
            return Future.succeededFuture(withoutMap(scenarios));
        }
        Set<String> names = scenarios.stream().map(UUID::toString).collect(Collectors.toSet());
        return locks.get()
                .take(names)
                .map(grant -> {
                    paused = false;
                    busy.increment(scenarios.size() - grant.names().size());
                    return (Grant) new Taken(locks.get(), grant);
                })
                .recover(e -> {
                    if (!paused) {
                        LOG.warn("the lock map is left aside for a moment: {}", e.getMessage());
                    }
                    paused = true;
                    pausedUntil = nanos.getAsLong() + PAUSE_NANOS;
                    return Future.succeededFuture(withoutMap(scenarios));
                });
    }

    private Grant withoutMap(Set<UUID> scenarios) {
        unguarded.increment(scenarios.size());
        return ScenarioLocks.unguarded(scenarios);
    }

    private boolean isAlone() {
        return cluster.members().stream()
                .noneMatch(m -> !m.isLocal() && m.node().service().equals(SERVICE));
    }

    private record Taken(LeasedLocks locks, LeasedLocks.Grant grant) implements Grant {

        @Override
        public Set<UUID> scenarios() {
            return grant.names().stream().map(UUID::fromString).collect(Collectors.toSet());
        }

        @Override
        public void release() {
            locks.giveBack(grant).onFailure(e -> LOG.debug("locks end with their lease", e));
        }
    }
}
