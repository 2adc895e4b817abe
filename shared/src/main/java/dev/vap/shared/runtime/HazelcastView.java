package dev.vap.shared.runtime;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.core.HazelcastInstance;
import java.util.List;
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

    static Member member(com.hazelcast.cluster.Member member) {
        String address =
                member.getAddress().getHost() + ":" + member.getAddress().getPort();
        return new Member(Node.fromAttributes(member.getAttributes()), address, member.localMember());
    }
}
