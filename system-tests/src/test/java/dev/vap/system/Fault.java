package dev.vap.system;

import dev.vap.testing.Await;
import io.vertx.core.json.JsonObject;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A moment, by the database's clock, and the epochs that scenarios had then: what a fault's effects are measured from. */
final class Fault {

    private final Store store;
    private final List<String> scenarios;
    private final double at;
    private final Map<String, Long> epochs;

    private Fault(Store store, List<String> scenarios, double at, Map<String, Long> epochs) {
        this.store = store;
        this.scenarios = scenarios;
        this.at = at;
        this.epochs = epochs;
    }

    /** To be called right before the fault. */
    static Fault of(Store store, List<String> scenarios) throws SQLException {
        Map<String, Long> epochs = epochs(store, scenarios);
        return new Fault(store, scenarios, store.nowSeconds(), epochs);
    }

    /** The epoch each scenario had. */
    Map<String, Long> epochs() {
        return epochs;
    }

    /** The epoch each scenario has. */
    Map<String, Long> epochsNow() throws SQLException {
        return epochs(store, scenarios);
    }

    /** Seconds from the fault to each scenario's first result of another epoch; waits until all have one. */
    Collection<Double> awaitElsewhere(Duration deadline) {
        return await("results of another epoch", deadline, "r.epoch > b.epoch");
    }

    /** Seconds from this moment to each scenario's next result; waits until all have one. */
    Collection<Double> awaitResults(Duration deadline) {
        return await("results after the fault", deadline, "r.stored_at > to_timestamp(b.at)");
    }

    private Collection<Double> await(String what, Duration deadline, String which) {
        String sql = "SELECT b.id, extract(epoch FROM min(r.stored_at))::float8 - b.at AS after"
                + " FROM unnest(?::uuid[], ?::bigint[]) AS u (id, epoch) CROSS JOIN LATERAL"
                + " (SELECT u.id, u.epoch, ?::float8 AS at) b JOIN scenario_results r ON r.scenario_uuid = b.id AND "
                + which + " GROUP BY b.id, b.at";
        List<JsonObject> found = Await.value(
                what + " of " + epochs.size() + " scenarios",
                deadline,
                () -> store.rows(sql, epochs.keySet(), epochs.values(), at),
                rows -> rows.size() == epochs.size());
        return found.stream().map(row -> row.getDouble("after")).toList();
    }

    /**
     * The longest time between two results stored one after the other since the fault, of each scenario; the time since
     * its last one counts as well.
     */
    Collection<Double> gaps() throws SQLException {
        return store
                .rows(
                        "SELECT scenario_uuid, max(gap) AS gap FROM (SELECT scenario_uuid, stored_at,"
                                + " extract(epoch FROM stored_at - lag(stored_at)"
                                + " OVER (PARTITION BY scenario_uuid ORDER BY stored_at))::float8 AS gap FROM"
                                + " (SELECT scenario_uuid, stored_at FROM scenario_results"
                                + " WHERE scenario_uuid = ANY(?::uuid[])"
                                + " UNION ALL SELECT id, clock_timestamp() FROM unnest(?::uuid[]) AS u (id)) r) g"
                                + " WHERE stored_at > to_timestamp(?) GROUP BY 1",
                        scenarios,
                        scenarios,
                        at)
                .stream()
                .map(row -> row.getDouble("gap"))
                .toList();
    }

    private static Map<String, Long> epochs(Store store, List<String> scenarios) throws SQLException {
        Map<String, Long> epochs = new TreeMap<>();
        store.rows("SELECT scenario_uuid, epoch FROM scenarios WHERE scenario_uuid = ANY(?::uuid[])", scenarios)
                .forEach(row -> epochs.put(row.getString("scenario_uuid"), row.getLong("epoch")));
        return epochs;
    }
}
