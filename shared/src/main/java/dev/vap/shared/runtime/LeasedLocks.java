package dev.vap.shared.runtime;

import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.ExtendedMapEntry;
import com.hazelcast.map.IMap;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Locks by name in one map of the cluster; many are asked for in one message per member. Each holds the token of whoever took
 * it and ends by itself after its lease, so unlike the locks of Vert.x they are not re-entrant by thread, a holder that was
 * asleep can't free the lock of the one after it, and a holder that died blocks nobody for long.
 *
 * <p>They are no guarantee: both sides of a split may grant the same lock. Thread-safe.
 */
public final class LeasedLocks {

    /** In {@code cluster.xml}, with its split-brain protection. */
    static final String MAP = "vap.scenario.locks";

    private final Vertx vertx;
    private final IMap<String, String> map;
    private final Duration lease;
    private final Duration patience;

    /** Locks that were taken together. */
    public record Grant(String token, Set<String> names) {}

    /**
     * @param lease after which a lock that was not given back is free again
     * @param patience how long to wait for the members that keep the locks: one that hangs must not hold anybody up
     */
    public LeasedLocks(Vertx vertx, HazelcastInstance hazelcast, Duration lease, Duration patience) {
        this.vertx = vertx;
        this.map = hazelcast.getMap(MAP);
        this.lease = lease;
        this.patience = patience;
    }

    /**
     * Takes those that are free; never waits for one that is not. Fails if the members that keep them do not answer in time, or
     * this side of a split is too small; locks taken all the same end with their lease.
     */
    public Future<Grant> take(Set<String> names) {
        String token = UUID.randomUUID().toString();
        return everywhere(names, new Take(token, lease.toMillis())).map(taken -> {
            Set<String> granted = new HashSet<>();
            taken.forEach((name, success) -> {
                if (success) {
                    granted.add(name);
                }
            });
            return new Grant(token, granted);
        });
    }

    /** Gives back what still is this grant's. */
    public Future<Void> giveBack(Grant grant) {
        return everywhere(grant.names(), new GiveBack(grant.token())).mapEmpty();
    }

    private Future<Map<String, Boolean>> everywhere(
            Set<String> names, EntryProcessor<String, String, Boolean> processor) {
        try {
            return Future.fromCompletionStage(map.submitToKeys(names, processor), vertx.getOrCreateContext())
                    .timeout(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (HazelcastException | HazelcastInstanceNotActiveException e) {
            return Future.failedFuture(e);
        }
    }

    /** Runs where the lock is kept. */
    private record Take(String token, long leaseMillis) implements EntryProcessor<String, String, Boolean> {

        private static final long serialVersionUID = 1;

        @Override
        public Boolean process(Map.Entry<String, String> entry) {
            if (entry.getValue() != null) {
                return false;
            }
            ((ExtendedMapEntry<String, String>) entry).setValue(token, leaseMillis, TimeUnit.MILLISECONDS);
            return true;
        }
    }

    /** Runs where the lock is kept. */
    private record GiveBack(String token) implements EntryProcessor<String, String, Boolean> {

        private static final long serialVersionUID = 1;

        @Override
        public Boolean process(Map.Entry<String, String> entry) {
            if (!token.equals(entry.getValue())) {
                return false;
            }
            entry.setValue(null);
            return true;
        }
    }
}
