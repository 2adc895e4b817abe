package dev.vap.shared.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import dev.vap.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LeasedLocksIT {

    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static int port;
    private static Vertx vertx;
    private static HazelcastInstance one;
    private static HazelcastInstance two;

    @BeforeAll
    static void start() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        System.setProperty("hazelcast.logging.type", "slf4j");
        vertx = Vertx.vertx();
        String cluster = "locks-" + UUID.randomUUID();
        one = Hazelcast.newHazelcastInstance(config(cluster));
        two = Hazelcast.newHazelcastInstance(config(cluster));
        assertThat(two.getCluster().getMembers()).hasSize(2);
    }

    @AfterAll
    static void stop() {
        two.shutdown();
        one.shutdown();
        vertx.close();
    }

    @Test
    void whatOneHasTheOtherDoesNotGet() throws Exception {
        LeasedLocks a = locks(one, LEASE);
        LeasedLocks b = locks(two, LEASE);
        LeasedLocks.Grant ours = await(a.take(Set.of("1", "2", "3")));
        assertThat(ours.names()).containsExactlyInAnyOrder("1", "2", "3");
        assertThat(await(b.take(Set.of("2", "3", "4"))).names()).containsExactly("4");
        await(a.giveBack(ours));
        assertThat(await(b.take(Set.of("2", "3"))).names()).containsExactlyInAnyOrder("2", "3");
    }

    @Test
    void theSameProcessDoesNotGetALockTwice() throws Exception {
        LeasedLocks a = locks(one, LEASE);
        assertThat(await(a.take(Set.of("mine"))).names()).containsExactly("mine");
        assertThat(await(a.take(Set.of("mine"))).names()).isEmpty();
    }

    @Test
    void aLockEndsWithItsLeaseAndItsFormerHolderCantFreeTheNextOnes() throws Exception {
        LeasedLocks shortLived = locks(one, Duration.ofMillis(1));
        LeasedLocks.Grant stale = await(shortLived.take(Set.of("lease")));
        LeasedLocks b = locks(two, LEASE);
        LeasedLocks.Grant[] next = new LeasedLocks.Grant[1];
        Await.until("the lease ends", Duration.ofSeconds(10), () -> {
            next[0] = await(b.take(Set.of("lease")));
            return !next[0].names().isEmpty();
        });
        await(shortLived.giveBack(stale));
        assertThat(await(locks(one, LEASE).take(Set.of("lease"))).names()).isEmpty();
    }

    @Test
    void aHolderThatDiesBlocksNobodyForLong() throws Exception {
        HazelcastInstance third =
                Hazelcast.newHazelcastInstance(config(one.getConfig().getClusterName()));
        assertThat(await(locks(third, Duration.ofSeconds(1)).take(Set.of("dead")))
                        .names())
                .hasSize(1);
        third.getLifecycleService().terminate();
        LeasedLocks b = locks(two, LEASE);
        Await.until("the lock is free", Duration.ofSeconds(20), () -> !await(b.take(Set.of("dead")))
                .names()
                .isEmpty());
    }

    private static LeasedLocks locks(HazelcastInstance hazelcast, Duration lease) {
        return new LeasedLocks(vertx, hazelcast, lease, PATIENCE);
    }

    private static Config config(String cluster) {
        Config config = new Config().setClusterName(cluster).setProperty("hazelcast.phone.home.enabled", "false");
        config.getNetworkConfig().setPort(port).setPortAutoIncrement(true);
        config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
        config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
        config.getNetworkConfig().getJoin().getTcpIpConfig().setEnabled(true).addMember("127.0.0.1:" + port);
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        return config;
    }

    private static <T> T await(Future<T> future) throws TimeoutException {
        return future.await(20, TimeUnit.SECONDS);
    }
}
