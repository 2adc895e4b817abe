package dev.vap.shared.runtime;

import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.UUID;

/** Tells whether two parts run in the same process, so that they can hand pictures to each other by reference. */
public final class ProcessId {

    private static final String ALONE = UUID.randomUUID().toString();

    private ProcessId() {}

    /** Of a member of a cluster, the id of its node; else an id that this JVM made up when it was first asked for. */
    public static String of(Vertx vertx) {
        return vertx.isClustered() ? ((VertxInternal) vertx).clusterManager().getNodeId() : ALONE;
    }
}
