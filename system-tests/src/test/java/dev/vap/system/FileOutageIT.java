package dev.vap.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.testing.Await;
import dev.vap.testing.ServiceProcess;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** PostgreSQL or Kafka is away for a while: everything waits, nothing is started again, nothing is lost. */
class FileOutageIT {

    private static final JsonObject REALTIME = new JsonObject().put("realtime", true);
    private static final Duration OUTAGE = Duration.ofSeconds(10);

    @RegisterExtension
    static final Cluster CLUSTER = Clusters.FILES;

    @Test
    void postgresqlAwayForTenSecondsRestartsNothing() throws Exception {
        List<String> files = playing();
        Fault before = Fault.of(CLUSTER.store(), files);
        List<ServiceProcess> runners = CLUSTER.alive(Service.RUNNER);
        List<Integer> known = runners.stream().map(r -> r.lines().size()).toList();
        Infra.get().postgres().stop();
        HttpResponse<String> refused = refusal();
        long end = System.nanoTime() + OUTAGE.toNanos();
        while (System.nanoTime() - end < 0) {
            for (int i = 0; i < runners.size(); i++) {
                assertNoSessionStarted(runners.get(i), known.get(i));
            }
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
        Infra.get().postgres().start();
        Fault back =
                Await.value("PostgreSQL answers", Cluster.SOON, () -> Fault.of(CLUSTER.store(), files), fault -> true);
        Collection<Double> again = back.awaitResults(Cluster.SOON);
        String later = CLUSTER.api().create("short.mp4", new JsonObject());
        CLUSTER.awaitStatus(files, "inactive", Cluster.SOON);
        CLUSTER.invariants().sameEpochs(before);
        CLUSTER.invariants().oneOwner(files);
        CLUSTER.invariants().everyFrameOnce(files, Clusters.LONG);
        CLUSTER.awaitStatus(List.of(later), "inactive", Cluster.SOON);
        CLUSTER.invariants().everyFrameOnce(List.of(later), Clusters.SHORT);
        CLUSTER.invariants().nothingLost(files, "inactive");
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        Measured.print(
                "PostgreSQL away for %d s under 4 files: nothing restarted; results stored again %s after it was back",
                OUTAGE.toSeconds(), Measured.spread(again));
    }

    @Test
    void kafkaAwayForTenSecondsRestartsNothing() throws Exception {
        List<String> files = playing();
        Fault before = Fault.of(CLUSTER.store(), files);
        Infra.get().kafka().stop();
        String accepted = CLUSTER.api().create("short.mp4", new JsonObject());
        long end = System.nanoTime() + OUTAGE.toNanos();
        while (System.nanoTime() - end < 0) {
            CLUSTER.invariants().sameEpochs(before);
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
        Infra.get().kafka().start();
        Fault back = Fault.of(CLUSTER.store(), files);
        Collection<Double> again = back.awaitResults(Cluster.SOON);
        CLUSTER.awaitStatus(files, "inactive", Cluster.SOON);
        CLUSTER.invariants().sameEpochs(before);
        CLUSTER.invariants().oneOwner(files);
        CLUSTER.invariants().everyFrameOnce(files, Clusters.LONG);
        CLUSTER.awaitStatus(List.of(accepted), "inactive", Cluster.SOON);
        CLUSTER.invariants().everyFrameOnce(List.of(accepted), Clusters.SHORT);
        CLUSTER.invariants().nothingLost(files, "inactive");
        Measured.print(
                "Kafka away for %d s under 4 files: nothing restarted; results stored again %s after it was back",
                OUTAGE.toSeconds(), Measured.spread(again));
    }

    @Test
    void commandsOfAnApiKilledBeforeItCouldPassThemOnAreCarriedOut() throws Exception {
        CLUSTER.exactlyRunners(1);
        ServiceProcess api = CLUSTER.alive(Service.API).get(0);
        Infra.get().kafka().stop();
        List<String> accepted = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            accepted.add(CLUSTER.api().create("short.mp4", REALTIME));
        }
        api.kill();
        assertThat(CLUSTER.store().rows("SELECT id FROM outbox_scenario WHERE NOT published"))
                .as("messages that the API left behind")
                .hasSizeGreaterThanOrEqualTo(accepted.size());
        Infra.get().kafka().start();
        double back = CLUSTER.store().nowSeconds();
        CLUSTER.awaitStatus(accepted, "active", Cluster.SOON);
        Measured.print(
                "kill -9 of the API between accept and relay: 5 of 5 scenarios active %.2f s after Kafka was back",
                CLUSTER.store().nowSeconds() - back);
        CLUSTER.invariants().nothingLost(accepted, "active");
        CLUSTER.awaitUp(List.of(CLUSTER.start(api.name())));
        CLUSTER.awaitStatus(accepted, "inactive", Cluster.SOON);
        CLUSTER.invariants().oneOwner(accepted);
        CLUSTER.invariants().everyFrameOnce(accepted, Clusters.SHORT);
    }

    /** Four files in the middle, on two runners. */
    private static List<String> playing() {
        CLUSTER.exactlyRunners(2);
        List<String> files = CLUSTER.createFiles(4, "long.mp4", REALTIME);
        CLUSTER.awaitResults(files, 10);
        return files;
    }

    private static HttpResponse<String> refusal() {
        JsonObject body = new JsonObject().put("camera_url", "short.mp4").put("model", "mock");
        return Await.value(
                        "503 while PostgreSQL is away",
                        Cluster.SOON,
                        () -> CLUSTER.api().send("POST", "/api/v1/scenario/init", body),
                        answer -> answer.map(HttpResponse::statusCode).equals(Optional.of(503)))
                .orElseThrow();
    }

    private static void assertNoSessionStarted(ServiceProcess runner, int known) {
        List<String> lines = runner.lines();
        assertThat(lines.subList(known, lines.size()))
                .as("%s while PostgreSQL is away", runner.name())
                .noneMatch(line -> line.contains("analyses file:"))
                .noneMatch(line -> line.contains("all sessions are stopped"));
    }
}
