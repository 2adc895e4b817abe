package dev.vap.shared.runtime;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.core.HazelcastInstance;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says who is in the cluster: at the start, and when it changes. */
final class MembershipLog implements MembershipListener {

    private static final Logger LOG = LoggerFactory.getLogger(MembershipLog.class);

    @Override
    public void memberAdded(MembershipEvent event) {
        LOG.info("{} joined the cluster; {}", shown(event.getMember()), size(event));
    }

    @Override
    public void memberRemoved(MembershipEvent event) {
        LOG.info("{} left the cluster; {}", shown(event.getMember()), size(event));
    }

    /** What was found at the start. Looks names of hosts up, so it may block. */
    static void afterJoin(HazelcastInstance hazelcast) {
        LOG.atLevel(aloneAgainstExpectation(hazelcast) ? org.slf4j.event.Level.WARN : org.slf4j.event.Level.INFO)
                .log(atStart(hazelcast));
    }

    /** One sentence. */
    static String atStart(HazelcastInstance hazelcast) {
        Config config = hazelcast.getConfig();
        String name = "the cluster \"" + config.getClusterName() + "\"";
        List<String> others = hazelcast.getCluster().getMembers().stream()
                .filter(member -> !member.localMember())
                .map(MembershipLog::shown)
                .toList();
        if (!others.isEmpty()) {
            return "joined " + name + ", where there are " + String.join(", ", others);
        }
        List<String> listed = listedOthers(config, hazelcast.getCluster().getLocalMember());
        return listed.isEmpty()
                ? "this is the first member of " + name
                : "no other member of " + name + " answers at " + String.join(", ", listed)
                        + ": this process is alone for now, and keeps looking for them; see CLUSTER_MEMBERS and"
                        + " CLUSTER_NAME if it should not be";
    }

    static boolean aloneAgainstExpectation(HazelcastInstance hazelcast) {
        return hazelcast.getCluster().getMembers().size() == 1
                && !listedOthers(hazelcast.getConfig(), hazelcast.getCluster().getLocalMember())
                        .isEmpty();
    }

    /** Members in the list that are surely not this one. One without a port may be this one, if its host is. */
    private static List<String> listedOthers(Config config, Member self) {
        JoinConfig join = ClusterConfig.join(config);
        return join.getTcpIpConfig().isEnabled()
                ? join.getTcpIpConfig().getMembers().stream()
                        .filter(listed -> !mayBe(listed, self))
                        .toList()
                : List.of();
    }

    private static boolean mayBe(String listed, Member self) {
        // A colon before a port, and not one of an IPv6 address that stands alone.
        int colon = listed.lastIndexOf(':');
        boolean hasPort = colon > 0 && (listed.indexOf(':') == colon || listed.charAt(colon - 1) == ']');
        String host = (hasPort ? listed.substring(0, colon) : listed).replaceAll("[\\[\\]]", "");
        String port = hasPort ? listed.substring(colon + 1) : "";
        return (port.isEmpty() || port.equals(String.valueOf(self.getAddress().getPort()))) && isHost(host, self);
    }

    private static boolean isHost(String host, Member self) {
        if (host.equals(self.getAddress().getHost())) {
            return true;
        }
        try {
            InetAddress own = self.getAddress().getInetAddress();
            return Arrays.asList(InetAddress.getAllByName(host)).contains(own);
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static String size(MembershipEvent event) {
        int size = event.getMembers().size();
        return size == 1 ? "this process is alone" : size + " members";
    }

    private static String shown(Member member) {
        ClusterView.Member seen = HazelcastView.member(member);
        return seen.node().name() + " (" + seen.address() + ")";
    }
}
