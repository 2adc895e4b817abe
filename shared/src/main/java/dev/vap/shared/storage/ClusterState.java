package dev.vap.shared.storage;

import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.runtime.Node;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What the database knows of the cluster as a whole. */
public final class ClusterState {

    private final Database database;

    public ClusterState(Database database) {
        this.database = database;
    }

    /**
     * Work that one process does for all.
     *
     * @param name {@code monitor}: leases and deadlines; {@code relay}: publishing the outbox
     * @param holder {@link Node#name()} of the process, shortened if it is very long; null if nobody has it
     */
    public record Role(String name, String holder) {}

    /**
     * @param waiting scenarios that want to run and have no runner
     * @param byStatus every status, in order of a scenario's life
     */
    public record Load(Map<ScenarioStatus, Long> byStatus, long waiting) {}

    /**
     * @param backlog rows not published yet
     * @param oldestMillis age of the oldest of them; -1 if there is none
     */
    public record OutboxState(long backlog, long oldestMillis) {}

    public Future<List<Role>> roles() {
        return database.run(
                        "SELECT r.name, l.pid, a.application_name"
                                + " FROM (VALUES ('monitor', $1::bigint, 1), ('relay', $2::bigint, 2)) r (name, key, place)"
                                // A key of 64 bits is shown in two halves.
                                + " LEFT JOIN pg_locks l ON l.locktype = 'advisory' AND l.granted AND l.objsubid = 1"
                                + " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                                + " AND ((l.classid::bigint << 32) | l.objid::bigint) = r.key"
                                + " LEFT JOIN pg_stat_activity a ON a.pid = l.pid ORDER BY r.place",
                        AdvisoryLock.MONITOR_KEY,
                        Outbox.RELAY_LOCK)
                .map(rows -> rows.stream().map(ClusterState::role).toList());
    }

    public Future<Load> load() {
        return database.run("SELECT s.status, count(*) AS n, count(*) FILTER (WHERE s.status IN ('init_startup',"
                        + " 'in_startup_processing') AND NOT s.placed) AS waiting"
                        + " FROM scenarios s GROUP BY s.status")
                .map(rows -> {
                    Map<ScenarioStatus, Long> byStatus = new EnumMap<>(ScenarioStatus.class);
                    Arrays.stream(ScenarioStatus.values()).forEach(status -> byStatus.put(status, 0L));
                    long waiting = 0;
                    for (Row row : rows) {
                        ScenarioStatus.fromWire(row.getString("status"))
                                .ifPresent(status -> byStatus.put(status, row.getLong("n")));
                        waiting += row.getLong("waiting");
                    }
                    return new Load(byStatus, waiting);
                });
    }

    public Future<OutboxState> outbox() {
        return database.run("SELECT count(*) AS n,"
                        + " (1000 * extract(epoch FROM clock_timestamp() - min(created_at)))::bigint AS oldest"
                        + " FROM outbox_scenario WHERE NOT published")
                .map(rows -> {
                    Row row = rows.iterator().next();
                    Long oldest = row.getLong("oldest");
                    return new OutboxState(row.getLong("n"), oldest == null ? -1 : Math.max(0, oldest));
                });
    }

    private static Role role(Row row) {
        Integer pid = row.getInteger("pid");
        String application = row.getString("application_name");
        if (pid == null) {
            return new Role(row.getString("name"), null);
        }
        boolean named = application != null && !application.isEmpty();
        return new Role(row.getString("name"), named ? Node.nameOf(application) : "PostgreSQL process " + pid);
    }
}
