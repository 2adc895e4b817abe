package dev.vap.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.testing.Await;
import dev.vap.testing.ServiceProcess;
import io.vertx.core.json.JsonObject;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Runners that die, hang or leave while they analyse files. */
class FileFailoverIT {

    private static final JsonObject REALTIME = new JsonObject().put("realtime", true);

    /** What a runner's death may cost; three seconds are promised, the rest is for a busy machine. */
    private static final Duration FAILOVER = Duration.ofSeconds(10);

    /** Far longer than the time between two frames. */
    private static final Duration SILENCE = Duration.ofSeconds(1);

    @RegisterExtension
    static final Cluster CLUSTER = Clusters.FILES;

    @Test
    void aFileIsAnalysedAcrossProcessesAndEveryFrameIsStoredOnce() throws Exception {
        CLUSTER.exactlyRunners(1);
        List<String> file = CLUSTER.createFiles(1, "short.mp4", new JsonObject());
        CLUSTER.awaitStatus(file, "inactive", Cluster.SOON);
        CLUSTER.invariants().everyFrameOnce(file, Clusters.SHORT);
        assertThat(CLUSTER.api().events(file.get(0)).stream()
                        .map(event -> ((JsonObject) event).getString("to"))
                        .toList())
                .containsExactly(
                        "init_startup",
                        "in_startup_processing",
                        "active",
                        "init_shutdown",
                        "in_shutdown_processing",
                        "inactive");
    }

    @Test
    void eightFilesGoOnElsewhereWhenTheirRunnerIsKilled() throws Exception {
        ServiceProcess victim = CLUSTER.exactlyRunners(1).get(0);
        List<String> files = filesOn(victim, 8);
        Fault fault = Fault.of(CLUSTER.store(), files);
        victim.kill();
        Collection<Double> again = fault.awaitElsewhere(FAILOVER);
        Measured.print("kill -9 of a runner with 8 files: predictions again after %s", Measured.spread(again));
        awaitEndWithEveryFrameOnce(files);
    }

    @Test
    void aRunnerThatHangsPastItsLeaseIsAZombieWhoseResultsAreRefused() throws Exception {
        ServiceProcess zombie = CLUSTER.exactlyRunners(1).get(0);
        List<String> files = filesOn(zombie, 4);
        Fault fault = Fault.of(CLUSTER.store(), files);
        zombie.pause();
        Collection<Double> again = fault.awaitElsewhere(FAILOVER);
        zombie.resume();
        awaitNoStaleResults(files);
        long stale = stale(files);
        awaitEndWithEveryFrameOnce(files);
        assertThat(load(zombie)).isZero();
        awaitNewWork(zombie);
        Measured.print(
                "SIGSTOP of a runner with 4 files past its lease: predictions again after %s; %d stale results refused"
                        + " after SIGCONT",
                Measured.spread(again), stale);
    }

    @Test
    void aRunnerThatIsAskedToStopHandsItsFilesOver() throws Exception {
        ServiceProcess leaving = CLUSTER.exactlyRunners(1).get(0);
        List<String> files = filesOn(leaving, 4);
        Fault fault = Fault.of(CLUSTER.store(), files);
        long asked = System.nanoTime();
        leaving.terminate();
        double gone = (System.nanoTime() - asked) / 1e9;
        Collection<Double> again = fault.awaitElsewhere(FAILOVER);
        Collection<Double> gaps = fault.gaps();
        assertThat(CLUSTER.store()
                        .rows(
                                "SELECT epoch, status, reason FROM workers WHERE scenario_uuid = ANY(?::uuid[])"
                                        + " AND status = 'lost'",
                                files))
                .as("workers taken for lost though they were handed over")
                .isEmpty();
        awaitEndWithEveryFrameOnce(files);
        Measured.print(
                "SIGTERM of a runner with 4 files: gone after %.2f s, predictions again after %s; gap %s",
                gone, Measured.spread(again), Measured.spread(gaps));
    }

    /** Files that play on that runner, the only one; there is another one when it returns. */
    private static List<String> filesOn(ServiceProcess runner, int count) {
        List<String> files = CLUSTER.createFiles(count, "short.mp4", REALTIME);
        ServiceProcess other = CLUSTER.startRunner();
        CLUSTER.awaitResults(files, 1);
        assertThat(files)
                .allSatisfy(id -> assertThat(CLUSTER.api().runnerOf(id)).isEqualTo(runner.name()));
        CLUSTER.awaitUp(List.of(other));
        return files;
    }

    private static void awaitEndWithEveryFrameOnce(List<String> files) throws Exception {
        CLUSTER.awaitStatus(files, "inactive", Cluster.SOON);
        CLUSTER.invariants().oneOwner(files);
        CLUSTER.invariants().everyFrameOnce(files, Clusters.SHORT);
        CLUSTER.invariants().nothingLost(files, "inactive");
    }

    private static void awaitNewWork(ServiceProcess runner) {
        Await.until("it is given new work", Cluster.SOON, () -> {
            String id = CLUSTER.createFiles(1, "short.mp4", REALTIME).get(0);
            CLUSTER.awaitResults(List.of(id), 1);
            return CLUSTER.api().runnerOf(id).equals(runner.name());
        });
    }

    private static int load(ServiceProcess runner) {
        return CLUSTER.api().runners().stream()
                .map(JsonObject.class::cast)
                .filter(r -> r.getString("runner_id").equals(runner.name()))
                .mapToInt(r -> r.getInteger("load"))
                .sum();
    }

    /** The sessions of a former owner have ended once none of their results come any more. */
    private static void awaitNoStaleResults(List<String> files) {
        AtomicLong seen = new AtomicLong(-1);
        AtomicLong since = new AtomicLong();
        Await.until("the zombie publishes no more", Cluster.SOON, () -> {
            long now = stale(files);
            if (seen.getAndSet(now) != now) {
                since.set(System.nanoTime());
            }
            return System.nanoTime() - since.get() > SILENCE.toNanos();
        });
    }

    private static long stale(List<String> files) throws SQLException {
        return CLUSTER.store()
                .row("SELECT sum(stale)::bigint AS n FROM result_cursors WHERE scenario_uuid = ANY(?::uuid[])", files)
                .getLong("n");
    }
}
