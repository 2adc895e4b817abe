package dev.vap.orchestrator.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import dev.vap.shared.runtime.ClusterView;
import dev.vap.shared.runtime.LeasedLocks;
import dev.vap.shared.runtime.Node;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClusterScenarioLocksIT {

    private static final UUID A = UUID.randomUUID();
    private static final UUID B = UUID.randomUUID();
    private static final Set<UUID> BOTH = Set.of(A, B);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private long now;
    private Vertx vertx;
    private HazelcastInstance hazelcast;

    @BeforeEach
    void start() {
        System.setProperty("hazelcast.logging.type", "slf4j");
        vertx = Vertx.vertx();
        Config config = new Config().setClusterName("locks-" + A).setProperty("hazelcast.phone.home.enabled", "false");
        config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
        config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        hazelcast = Hazelcast.newHazelcastInstance(config);
    }

    @AfterEach
    void stop() {
        hazelcast.shutdown();
        vertx.close();
    }

    @Test
    void aLoneOrchestratorAsksNobody() throws Exception {
        ScenarioLocks first = locks(1);
        ScenarioLocks second = locks(1);
        assertThat(await(first.acquire(BOTH)).scenarios()).isEqualTo(BOTH);
        assertThat(await(second.acquire(BOTH)).scenarios()).isEqualTo(BOTH);
    }

    @Test
    void whatAnotherOrchestratorWorksOnIsLeftToIt() throws Exception {
        ScenarioLocks.Grant ours = await(locks(2).acquire(Set.of(A)));
        ScenarioLocks other = locks(2);
        assertThat(await(other.acquire(BOTH)).scenarios()).containsExactly(B);
        assertThat(registry.counter("vap_scenario_locks_busy").count()).isEqualTo(1);
        ours.release();
        assertThat(await(other.acquire(Set.of(A))).scenarios()).containsExactly(A);
    }

    @Test
    void workGoesOnUnguardedWhenTheMapCantBeAskedAndTheMapIsAskedAgainLater() throws Exception {
        ScenarioLocks locks = locks(2);
        hazelcast.shutdown();
        assertThat(await(locks.acquire(BOTH)).scenarios()).isEqualTo(BOTH);
        assertThat(await(locks.acquire(BOTH)).scenarios()).isEqualTo(BOTH);
        now += TimeUnit.SECONDS.toNanos(10);
        assertThat(await(locks.acquire(BOTH)).scenarios()).isEqualTo(BOTH);
        assertThat(registry.counter("vap_scenario_locks_unguarded").count()).isEqualTo(6);
    }

    private ScenarioLocks locks(int orchestrators) {
        List<ClusterView.Member> members = new ArrayList<>();
        for (int i = 0; i < orchestrators; i++) {
            Node node = new Node("orchestrator", "host", i, "test", 1, Instant.EPOCH);
            members.add(new ClusterView.Member(node, null, i == 0));
        }
        ClusterView view = new ClusterView() {
            @Override
            public boolean clustered() {
                return true;
            }

            @Override
            public String name() {
                return "test";
            }

            @Override
            public List<Member> members() {
                return members;
            }

            @Override
            public Optional<LeasedLocks> locks(Vertx vertx, Duration lease, Duration patience) {
                // A patient one: the machine that runs the tests may be busy.
                return Optional.of(new LeasedLocks(vertx, hazelcast, Duration.ofSeconds(60), Duration.ofSeconds(10)));
            }
        };
        return new ClusterScenarioLocks(vertx, view, () -> now, registry);
    }

    private static <T> T await(Future<T> future) throws TimeoutException {
        return future.await(20, TimeUnit.SECONDS);
    }
}
