package dev.vap.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.testing.Await;
import dev.vap.testing.ServiceProcess;
import io.vertx.core.json.JsonObject;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Many scenarios on few runners: who is in charge dies, there is too little room, one scenario kills whoever runs it. */
class LiveControlIT {

    private static final int BURST = 200;
    private static final int CLIENTS = 8;

    @RegisterExtension
    static final Cluster CLUSTER = Clusters.LIVE;

    private static final int FLEET = 4;

    @Test
    void twoHundredCreatesAreCarriedOutThoughTheOrchestratorInChargeIsKilled() throws Exception {
        CLUSTER.exactlyRunners(3);
        ServiceProcess inCharge = holder("monitor");
        List<String> accepted = Collections.synchronizedList(new ArrayList<>());
        AtomicInteger next = new AtomicInteger();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        double began = CLUSTER.store().nowSeconds();
        for (int i = 0; i < CLIENTS; i++) {
            clients.execute(() -> {
                for (int n = next.getAndIncrement(); n < BURST; n = next.getAndIncrement()) {
                    accepted.add(CLUSTER.api().create("rtsp://127.0.0.1:1/burst-" + n, new JsonObject()));
                }
            });
        }
        clients.shutdown();
        Await.until("a third of the burst is accepted", Cluster.SOON, () -> accepted.size() >= BURST / 3);
        inCharge.kill();
        double killed = CLUSTER.store().nowSeconds();
        assertThat(clients.awaitTermination(Cluster.SOON.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        double answered = CLUSTER.store().nowSeconds();
        assertThat(accepted).hasSize(BURST);
        CLUSTER.awaitStatus(accepted, "active", Cluster.SOON);
        double active = CLUSTER.store().nowSeconds();
        assertThat(holder("monitor")).isNotSameAs(inCharge);
        CLUSTER.invariants().oneOwner(accepted);
        CLUSTER.invariants().nothingLost(accepted, "active");
        Measured.print(
                "kill -9 of the orchestrator in charge during %d creates: accepted within %.2f s, all active %.2f s after"
                        + " the kill; create to first result: %s",
                BURST, answered - began, active - killed, Measured.spread(startTimes(accepted)));
    }

    @Test
    void whatFindsNoRoomWaitsAndIsStartedInTheOrderItWasAskedFor() throws Exception {
        CLUSTER.exactlyRunners(0);
        Map<String, String> small = Map.of("MAX_WORKERS", "4");
        CLUSTER.awaitUp(List.of(CLUSTER.startSpecialRunner(small)));
        List<String> asked = CLUSTER.createLive(12);
        List<String> first = asked.subList(0, 4);
        List<String> waiting = asked.subList(4, 12);
        CLUSTER.awaitStatus(first, "active", Cluster.SOON);
        Await.value(
                "eight wait for capacity and say so",
                Cluster.SOON,
                () -> CLUSTER.store()
                        .rows(
                                "SELECT scenario_uuid, status, status_reason FROM scenarios"
                                        + " WHERE scenario_uuid = ANY(?::uuid[]) AND (status <> 'init_startup' OR"
                                        + " status_reason IS DISTINCT FROM"
                                        + " 'waiting for capacity: 1 runner, 4/4 workers')",
                                waiting),
                List::isEmpty);
        double more = CLUSTER.store().nowSeconds();
        List<ServiceProcess> added = List.of(CLUSTER.startSpecialRunner(small), CLUSTER.startSpecialRunner(small));
        CLUSTER.awaitUp(added);
        double up = CLUSTER.store().nowSeconds();
        CLUSTER.awaitStatus(asked, "active", Cluster.SOON);
        Measured.print(
                "one runner of 4 with 12 scenarios: 8 wait; two more runners up after %.2f s, all 12 active %.2f s later",
                up - more, CLUSTER.store().nowSeconds() - up);
        List<String> started = CLUSTER
                .store()
                .rows(
                        // Numbered under the lock of placement; times of one transaction are all the same.
                        "SELECT scenario_uuid FROM scenario_events WHERE scenario_uuid = ANY(?::uuid[])"
                                + " AND to_status = 'in_startup_processing' GROUP BY scenario_uuid ORDER BY min(id)",
                        asked)
                .stream()
                .map(row -> row.getString("scenario_uuid"))
                .toList();
        assertThat(started).as("in the order they were asked for").isEqualTo(asked);
        CLUSTER.invariants().oneOwner(asked);
        CLUSTER.invariants().nothingLost(asked, "active");
    }

    @Test
    void aScenarioThatKillsItsRunnerThreeTimesIsQuarantinedAndTheFleetSurvives() throws Exception {
        // So many that two are up whenever one is being started again: only then can suspects be kept apart.
        CLUSTER.exactlyRunners(FLEET);
        List<String> innocent = CLUSTER.createLive(4);
        CLUSTER.awaitStatus(innocent, "active", Cluster.SOON);
        String poison = CLUSTER.api().create("rtsp://127.0.0.1:1/poison", new JsonObject());
        double began = CLUSTER.store().nowSeconds();
        AtomicInteger deaths = new AtomicInteger();
        Await.until("it is inactive", Cluster.SOON.multipliedBy(2), () -> {
            // What a supervisor would do.
            for (int alive = CLUSTER.alive(Service.RUNNER).size(); alive < FLEET; alive++) {
                deaths.incrementAndGet();
                CLUSTER.startRunner();
            }
            return CLUSTER.api().scenario(poison).getString("status").equals("inactive");
        });
        assertThat(CLUSTER.api().scenario(poison).getString("status_reason")).startsWith("quarantined");
        Measured.print(
                "a scenario that kills its runners: quarantined after %d of them, %.1f s",
                deaths.get(), CLUSTER.store().nowSeconds() - began);
        assertThat(deaths.get()).isEqualTo(3);
        CLUSTER.awaitUp(CLUSTER.alive(Service.RUNNER));
        CLUSTER.awaitStatus(innocent, "active", Cluster.SOON);
        Fault.of(CLUSTER.store(), innocent).awaitResults(Cluster.SOON);
        CLUSTER.invariants().oneOwner(innocent);
        CLUSTER.invariants().nothingLost(innocent, "active");
    }

    /** The orchestrator that holds the role: as the API tells, or else as PostgreSQL does. */
    private static ServiceProcess holder(String role) {
        return Await.value(
                "an orchestrator with the role " + role,
                Cluster.SOON,
                () -> {
                    String told = CLUSTER.api().holder(role).orElse("");
                    return processOf(told.isEmpty() ? holderByDatabase() : told);
                },
                Objects::nonNull);
    }

    private static String holderByDatabase() throws SQLException {
        // The lock's name is a number of two halves, "vap_moni" in letters.
        List<JsonObject> holders = CLUSTER.store()
                .rows("SELECT a.application_name AS holder FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                        + " WHERE l.locktype = 'advisory' AND l.granted AND l.classid = x'7661705f'::int"
                        + " AND l.objid = x'6d6f6e69'::int AND a.datname = current_database()");
        return holders.isEmpty() ? "" : holders.get(0).getString("holder");
    }

    /**
     * @param holder ends with {@code :pid}
     */
    private static ServiceProcess processOf(String holder) {
        if (!holder.matches(".*:\\d+")) {
            return null;
        }
        long pid = Long.parseLong(holder.substring(holder.lastIndexOf(':') + 1));
        return CLUSTER.alive(Service.ORCHESTRATOR).stream()
                .filter(process -> process.pid() == pid)
                .findFirst()
                .orElse(null);
    }

    private static List<Double> startTimes(List<String> scenarios) throws Exception {
        CLUSTER.awaitResults(scenarios, 1);
        return CLUSTER
                .store()
                .rows(
                        "SELECT extract(epoch FROM min(r.stored_at) - s.created_at)::float8 AS took FROM scenarios s"
                                + " JOIN scenario_results r USING (scenario_uuid) WHERE scenario_uuid = ANY(?::uuid[])"
                                + " GROUP BY s.scenario_uuid, s.created_at",
                        scenarios)
                .stream()
                .map(row -> row.getDouble("took"))
                .toList();
    }
}
