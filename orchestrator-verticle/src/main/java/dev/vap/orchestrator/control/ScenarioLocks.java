package dev.vap.orchestrator.control;

import io.vertx.core.Future;
import java.util.Set;
import java.util.UUID;

/**
 * Keeps orchestrators from working on the same scenario at the same time, where that is cheap. It spares waiting for each
 * other's rows and is never what correctness rests on: it may be granted to two at once after a split.
 */
public interface ScenarioLocks {

    /** What was granted together. */
    interface Grant {

        /** These may be worked on; the others that were asked for are being worked on elsewhere. */
        Set<UUID> scenarios();

        /** Gives them back; what has passed to somebody else meanwhile stays theirs. */
        void release();
    }

    /** Never fails, and never waits for another orchestrator. */
    Future<Grant> acquire(Set<UUID> scenarios);

    /** All of them, with nothing to give back: where nobody else is, or can be asked. */
    static Grant unguarded(Set<UUID> scenarios) {
        return new Grant() {
            @Override
            public Set<UUID> scenarios() {
                return scenarios;
            }

            @Override
            public void release() {
                // Nothing was taken.
            }
        };
    }
}
