package dev.vap.shared.storage;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The table {@code runners}: who is alive, by the database's clock. */
public final class Runners {

    private final Database database;

    public Runners(Database database) {
        this.database = database;
    }

    /**
     * Who asks for a lease.
     *
     * @param instance of the process; another one under the same id is another runner
     * @param protocol the newest message version it reads
     * @param version of the program, for people
     * @param changesLive whether it can change the options of a session as it runs
     */
    public record Claim(
            String runnerId,
            UUID instance,
            String host,
            long pid,
            int capacity,
            int protocol,
            String version,
            boolean changesLive) {

        /** Of a runner that can change the options of a session as it runs. */
        public Claim(
                String runnerId, UUID instance, String host, long pid, int capacity, int protocol, String version) {
            this(runnerId, instance, host, pid, capacity, protocol, version, true);
        }
    }

    /**
     * @param leaseMillis what is left of the lease; 0 or less: it ran out so long ago; {@link #RELEASED}: given back
     * @param load live workers
     */
    public record Runner(
            String runnerId,
            UUID instance,
            String host,
            long pid,
            int capacity,
            int protocol,
            String version,
            boolean draining,
            long leaseMillis,
            Instant startedAt,
            int load) {

        public boolean alive() {
            return leaseMillis > 0;
        }

        public boolean released() {
            return leaseMillis == RELEASED;
        }
    }

    public static final long RELEASED = Long.MIN_VALUE;

    /**
     * Takes the lease, or renews it: one statement. False if another process holds a valid lease under this id.
     */
    public Future<Boolean> renew(Claim claim, boolean draining, Duration lease) {
        return database.run(
                        "INSERT INTO runners AS r (runner_id, instance, host, process_pid, capacity, protocol, version,"
                                + " draining, lease_until, changes_live)"
                                + " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + $9 * interval '1 millisecond',"
                                + " CASE WHEN $10 THEN $2::uuid END)"
                                + " ON CONFLICT (runner_id) DO UPDATE SET instance = excluded.instance,"
                                + " host = excluded.host, process_pid = excluded.process_pid,"
                                + " capacity = excluded.capacity, protocol = excluded.protocol,"
                                // Who leaves does not come back, and a renewal may have been under way meanwhile.
                                + " version = excluded.version,"
                                + " draining = excluded.draining OR (r.draining AND r.instance = excluded.instance),"
                                + " lease_until = excluded.lease_until, changes_live = excluded.changes_live,"
                                + " started_at = CASE WHEN r.instance = excluded.instance"
                                + " THEN r.started_at ELSE now() END"
                                + " WHERE r.instance = excluded.instance OR r.lease_until < now()",
                        claim.runnerId(),
                        claim.instance(),
                        claim.host(),
                        claim.pid(),
                        claim.capacity(),
                        claim.protocol(),
                        claim.version(),
                        draining,
                        lease.toMillis(),
                        claim.changesLive())
                .map(rows -> rows.rowCount() == 1);
    }

    /** Gives the lease back, so that nobody waits for it to run out; nothing if another process has it by now. */
    public Future<Void> release(Claim claim) {
        return database.run(
                        "UPDATE runners SET lease_until = '-infinity', draining = true"
                                + " WHERE runner_id = $1 AND instance = $2",
                        claim.runnerId(),
                        claim.instance())
                .mapEmpty();
    }

    /** The runner said so: it gets nothing new. Its lease stays as it is. */
    public Future<Void> markDraining(String runnerId, UUID instance) {
        return database.run(
                        "UPDATE runners SET draining = true WHERE runner_id = $1 AND instance = $2 AND NOT draining",
                        runnerId,
                        instance)
                .mapEmpty();
    }

    /** All runners with their load. */
    public Future<List<Runner>> all() {
        return database.run(SELECT + " GROUP BY r.runner_id ORDER BY r.runner_id")
                .map(rows -> rows.stream().map(Runners::runner).toList());
    }

    /** Runners whose lease is valid, with their load. Serialised by the caller's {@link #lockPlacement}. */
    public Future<List<Runner>> alive(Tx tx) {
        return tx.run(SELECT + " WHERE r.lease_until > now() GROUP BY r.runner_id ORDER BY r.runner_id")
                .map(rows -> rows.stream().map(Runners::runner).toList());
    }

    /** How long until the next lease of a runner runs out if it is not renewed; empty if no lease is valid. */
    public Future<Optional<Duration>> untilNextExpiry() {
        return database.run("SELECT ceil(1000 * extract(epoch FROM min(lease_until) - now()))::bigint AS ms"
                        + " FROM runners WHERE lease_until > now()")
                .map(rows -> Optional.ofNullable(rows.iterator().next().getLong("ms"))
                        .map(Duration::ofMillis));
    }

    /** Forgets runners that gave their lease back, or lost it an hour ago, and have no live worker. */
    public Future<Integer> prune() {
        return database.run("DELETE FROM runners r WHERE r.lease_until < now() - interval '1 hour'"
                        + " AND NOT EXISTS (SELECT 1 FROM workers w WHERE w.runner_id = r.runner_id"
                        + " AND w.status IN ('pending', 'starting', 'running', 'stopping'))")
                .map(rows -> rows.rowCount());
    }

    /** One placement at a time over the whole cluster, so that capacities hold; released with the transaction. */
    public Future<Void> lockPlacement(Tx tx) {
        return tx.run("SELECT pg_advisory_xact_lock(hashtext('vap_placement'))").mapEmpty();
    }

    private static final String SELECT = "SELECT r.runner_id, r.instance, r.host, r.process_pid, r.capacity,"
            + " r.protocol, r.version, r.draining, r.started_at, CASE WHEN r.lease_until > '-infinity'"
            + " THEN ceil(1000 * extract(epoch FROM r.lease_until - now()))::bigint END AS lease_ms,"
            + " count(w.worker_id)::int AS load FROM runners r LEFT JOIN workers w ON w.runner_id = r.runner_id"
            + " AND w.status IN ('pending', 'starting', 'running', 'stopping')";

    private static Runner runner(Row row) {
        return new Runner(
                row.getString("runner_id"),
                row.getUUID("instance"),
                row.getString("host"),
                row.getLong("process_pid"),
                row.getInteger("capacity"),
                row.getInteger("protocol"),
                row.getString("version"),
                row.getBoolean("draining"),
                row.getLong("lease_ms") == null ? RELEASED : row.getLong("lease_ms"),
                row.getOffsetDateTime("started_at").toInstant(),
                row.getInteger("load"));
    }
}
