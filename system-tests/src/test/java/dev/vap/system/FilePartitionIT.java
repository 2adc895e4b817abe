package dev.vap.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.testing.Await;
import dev.vap.testing.ServiceProcess;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A runner that the network loses, and gives back. */
class FilePartitionIT {

    private static final JsonObject REALTIME = new JsonObject().put("realtime", true);

    /** Longer than the lease (2 s), and than it takes the cluster to give a silent member up (5 s), twice. */
    private static final Duration CUT = Duration.ofSeconds(15);

    /**
     * A killed process closes its connections; one that is only silent is waited for until the cluster gives it up, by all
     * that needs the part of the cluster's memory it held. The rest is for a busy machine.
     */
    private static final Duration FAILOVER = Duration.ofSeconds(20);

    @RegisterExtension
    static final Cluster CLUSTER = Clusters.FILES;

    @Test
    void aRunnerThatIsCutOffStopsByItselfAndJoinsAgain() throws Exception {
        CLUSTER.exactlyRunners(0);
        String name = CLUSTER.freeRunner();
        try (IsolatedHost host = IsolatedHost.assume(CLUSTER, name)) {
            ServiceProcess far = CLUSTER.startSpecialRunner(name, Map.of(), host.prefix());
            CLUSTER.awaitUp(List.of(far));
            List<String> files = CLUSTER.createFiles(3, "short.mp4", REALTIME);
            CLUSTER.awaitResults(files, 1);
            CLUSTER.awaitUp(List.of(CLUSTER.startRunner()));

            Fault fault = Fault.of(CLUSTER.store(), files);
            long leftBefore = leaves();
            long cut = System.nanoTime();
            host.cut();
            Collection<Double> again = fault.awaitElsewhere(FAILOVER);
            Await.until(
                    "it stops by itself", Cluster.SOON, () -> far.printed("neither PostgreSQL nor an orchestrator"));
            double stopped = (System.nanoTime() - cut) / 1e9;
            while (System.nanoTime() - cut < CUT.toNanos()) {
                CLUSTER.invariants().oneOwner(files);
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            }
            // The one that is cut off, and no other: its silence must not take healthy ones with it.
            assertThat(leaves() - leftBefore).isEqualTo(1);
            host.heal();
            long healed = System.nanoTime();
            CLUSTER.awaitStatus(files, "inactive", Cluster.SOON);
            CLUSTER.invariants().oneOwner(files);
            CLUSTER.invariants().everyFrameOnce(files, Clusters.SHORT);
            CLUSTER.invariants().nothingLost(files, "inactive");
            awaitNewWork(far);
            Measured.print(
                    "a runner with 3 files cut off for %d s: elsewhere after %s; stopped by itself after %.2f s; given"
                            + " new work %.1f s after it was back",
                    CUT.toSeconds(), Measured.spread(again), stopped, (System.nanoTime() - healed) / 1e9);
            CLUSTER.exactlyRunners(1);
            assertThat(far.exitCode()).isPresent();
        }
    }

    /** Members that the orchestrator has seen leave. */
    private static long leaves() {
        return CLUSTER.alive(Service.ORCHESTRATOR).get(0).lines().stream()
                .filter(line -> line.contains("left the cluster"))
                .count();
    }

    private static void awaitNewWork(ServiceProcess runner) {
        Await.until("it is given new work", Cluster.SOON, () -> {
            String id = CLUSTER.createFiles(1, "short.mp4", REALTIME).get(0);
            CLUSTER.awaitResults(List.of(id), 1);
            return CLUSTER.api().runnerOf(id).equals(runner.name());
        });
    }
}
