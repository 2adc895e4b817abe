package dev.vap.orchestrator.control;

import io.vertx.core.Future;
import java.util.Set;
import java.util.UUID;

/**
 * Keeps orchestrators from working on the same scenario at the same time, where that is cheap. It spares waiting for each
 * other's rows and is never what correctness rests on: it may be granted to two at once after a split.
 */
public interface ScenarioLocks {

    /** Those of the scenarios that may be worked on; the others are being worked on elsewhere. Never fails. */
    Future<Set<UUID>> acquire(Set<UUID> scenarios);

    /** Gives back what was granted; what has passed to somebody else meanwhile stays theirs. Never fails. */
    Future<Void> release(Set<UUID> scenarios);

    /** For a process that has nobody beside it. */
    static ScenarioLocks none() {
        return new ScenarioLocks() {
            @Override
            public Future<Set<UUID>> acquire(Set<UUID> scenarios) {
                return Future.succeededFuture(scenarios);
            }

            @Override
            public Future<Void> release(Set<UUID> scenarios) {
                return Future.succeededFuture();
            }
        };
    }
}
