package dev.vap.shared.runtime;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.core.HazelcastInstance;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The members that Hazelcast sees, named by the attributes that {@link ClusterConfig} gives each of them. */
record HazelcastView(HazelcastInstance hazelcast) implements ClusterView {

    @Override
    public boolean clustered() {
        return true;
    }

    @Override
    public String name() {
        return hazelcast.getConfig().getClusterName();
    }

    @Override
    public List<Member> members() {
        Cluster cluster = hazelcast.getCluster();
        Set<com.hazelcast.cluster.Member> members = cluster.getMembers();
        return members.stream().map(HazelcastView::member).toList();
    }

    @Override
    public Optional<LeasedLocks> locks(Vertx vertx, Duration lease, Duration patience) {
        return Optional.of(new LeasedLocks(vertx, hazelcast, lease, patience));
    }

    static Member member(com.hazelcast.cluster.Member member) {
        String address =
                member.getAddress().getHost() + ":" + member.getAddress().getPort();
        return new Member(Node.fromAttributes(member.getAttributes()), address, member.localMember());
    }
}
