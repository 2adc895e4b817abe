package dev.vap.shared.runtime;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Which processes work together at the moment, as this one sees it. Thread-safe; never blocks. */
public interface ClusterView {

    /**
     * @param address of Hazelcast, {@code host:port}; null without a cluster
     */
    record Member(Node node, String address, boolean isLocal) {}

    /** False if everything runs in this process. */
    boolean clustered();

    /** {@code CLUSTER_NAME}. */
    String name();

    /** Those whose death was noticed are gone; the oldest member first, and this process always among them. */
    List<Member> members();

    /**
     * The cluster's locks; empty without a cluster.
     *
     * @param lease after which a lock that was not given back is free again
     * @param patience how long to wait for the members that keep them
     */
    Optional<LeasedLocks> locks(Vertx vertx, Duration lease, Duration patience);

    /** This process and no other. */
    static ClusterView local(String name, Node node) {
        return new ClusterView() {
            @Override
            public boolean clustered() {
                return false;
            }

            @Override
            public String name() {
                return name;
            }

            @Override
            public List<Member> members() {
                return List.of(new Member(node, null, true));
            }

            @Override
            public Optional<LeasedLocks> locks(Vertx vertx, Duration lease, Duration patience) {
                return Optional.empty();
            }
        };
    }
}
