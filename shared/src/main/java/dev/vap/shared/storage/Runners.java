package dev.vap.shared.storage;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The table {@code runners}: who is alive, by the database's clock. */
public final class Runners {

    private final Database database;

    public Runners(Database database) {
        this.database = database;
    }

    /**
     * @param alive whether the lease is valid now
     * @param load live workers
     */
    public record Runner(
            String runnerId, String host, long pid, int capacity, boolean draining, boolean alive, int load) {

        public boolean hasRoom() {
            return alive && !draining && load < capacity;
        }
    }

    /**
     * Takes the lease, or renews it: one statement. False if another process holds a valid lease under this id.
     */
    public Future<Boolean> renew(
            String runnerId, String host, long pid, int capacity, boolean draining, Duration lease) {
        return database.run(
                        "INSERT INTO runners AS r (runner_id, host, process_pid, capacity, draining, lease_until)"
                                + " VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 millisecond')"
                                + " ON CONFLICT (runner_id) DO UPDATE SET host = excluded.host,"
                                + " process_pid = excluded.process_pid, capacity = excluded.capacity,"
                                + " draining = excluded.draining, lease_until = excluded.lease_until,"
                                + " started_at = CASE WHEN r.process_pid = excluded.process_pid"
                                + " THEN r.started_at ELSE now() END"
                                + " WHERE (r.host = excluded.host AND r.process_pid = excluded.process_pid)"
                                + " OR r.lease_until < now()",
                        runnerId,
                        host,
                        pid,
                        capacity,
                        draining,
                        lease.toMillis())
                .map(rows -> rows.rowCount() == 1);
    }

    /** Gives the lease back, so that nobody waits for it to run out. */
    public Future<Void> release(String runnerId) {
        return database.run(
                        "UPDATE runners SET lease_until = '-infinity', draining = true WHERE runner_id = $1", runnerId)
                .mapEmpty();
    }

    /** All runners with their load. */
    public Future<List<Runner>> all() {
        return database.run(SELECT + " GROUP BY r.runner_id ORDER BY r.runner_id")
                .map(rows -> rows.stream().map(Runners::runner).toList());
    }

    /** The live runner with room whose share of its capacity in use is lowest. Serialised by the caller's lock. */
    public Future<Optional<Runner>> leastLoaded(Tx tx) {
        return tx.run(SELECT + " WHERE r.lease_until > now() AND NOT r.draining GROUP BY r.runner_id"
                        + " HAVING count(w.worker_id) < r.capacity"
                        + " ORDER BY count(w.worker_id)::float8 / r.capacity, r.runner_id LIMIT 1")
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(runner(rows.iterator().next())));
    }

    /** Live runners, places in use and places in all: what a waiting scenario is told. */
    public Future<String> capacityInWords(Tx tx) {
        return tx.run("SELECT count(*)::int AS runners, coalesce(sum(x.load), 0)::int AS used,"
                        + " coalesce(sum(x.capacity), 0)::int AS places FROM (" + SELECT
                        + " WHERE r.lease_until > now() AND NOT r.draining GROUP BY r.runner_id) x")
                .map(rows -> {
                    Row row = rows.iterator().next();
                    int runners = row.getInteger("runners");
                    return runners == 0
                            ? "waiting for capacity: no runner is up"
                            : "waiting for capacity: " + runners + (runners == 1 ? " runner, " : " runners, ")
                                    + row.getInteger("used") + "/" + row.getInteger("places") + " workers";
                });
    }

    /** One placement at a time over the whole cluster, so that capacities hold; released with the transaction. */
    public Future<Void> lockPlacement(Tx tx) {
        return tx.run("SELECT pg_advisory_xact_lock(hashtext('vap_placement'))").mapEmpty();
    }

    private static final String SELECT = "SELECT r.runner_id, r.host, r.process_pid, r.capacity, r.draining,"
            + " r.lease_until > now() AS alive, count(w.worker_id)::int AS load FROM runners r"
            + " LEFT JOIN workers w ON w.runner_id = r.runner_id"
            + " AND w.status IN ('pending', 'starting', 'running', 'stopping')";

    private static Runner runner(Row row) {
        return new Runner(
                row.getString("runner_id"),
                row.getString("host"),
                row.getLong("process_pid"),
                row.getInteger("capacity"),
                row.getBoolean("draining"),
                row.getBoolean("alive"),
                row.getInteger("load"));
    }
}
