package dev.vap.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A new version is rolled out: every process is stopped and started again, one after the other. */
class LiveRollingIT {

    /** What a fault may cost is what a planned restart may cost at most. */
    private static final Duration FAILOVER = Duration.ofSeconds(3);

    @RegisterExtension
    static final Cluster CLUSTER = Clusters.LIVE;

    @Test
    void everyProcessIsStartedAgainWithoutALongGapInAnyScenario() throws Exception {
        CLUSTER.exactlyRunners(3);
        List<String> scenarios = CLUSTER.createLive(12);
        CLUSTER.awaitStatus(scenarios, "active", Cluster.SOON);
        CLUSTER.awaitResults(scenarios, 5);
        Fault begin = Fault.of(CLUSTER.store(), scenarios);
        List<String> names = CLUSTER.slots().stream()
                .map(Cluster.Slot::name)
                .filter(name ->
                        CLUSTER.process(name) != null && CLUSTER.process(name).alive())
                .toList();
        assertThat(names).hasSize(7);
        for (String name : names) {
            Fault step = Fault.of(CLUSTER.store(), scenarios);
            CLUSTER.process(name).terminate();
            CLUSTER.awaitUp(List.of(CLUSTER.start(name)));
            step.awaitResults(FAILOVER);
            Measured.print("restart of %s: gap %s", name, Measured.spread(step.gaps()));
            assertThat(CLUSTER.api().tryCreate("rtsp://127.0.0.1:1/during", new JsonObject()))
                    .as("a create after the restart of " + name)
                    .isPresent();
        }
        Collection<Double> gaps = begin.gaps();
        Measured.print(
                "rolling restart of %d processes under 12 scenarios: gap %s", names.size(), Measured.spread(gaps));
        assertThat(gaps).allSatisfy(gap -> assertThat(gap).isLessThan(FAILOVER.toMillis() / 1e3));
        CLUSTER.invariants().oneOwner(scenarios);
        CLUSTER.invariants().nothingLost(scenarios, "active");
        assertThat(CLUSTER.store()
                        .rows(
                                "SELECT scenario_uuid, reason FROM workers WHERE scenario_uuid = ANY(?::uuid[])"
                                        + " AND status = 'lost'",
                                scenarios))
                .as("workers taken for lost though they were handed over")
                .isEmpty();
    }
}
