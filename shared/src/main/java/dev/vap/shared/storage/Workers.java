package dev.vap.shared.storage;

import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.Scenario;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/** The table {@code workers}: assignments of scenarios to runners. At most one of a scenario is live. */
public final class Workers {

    private static final String LIVE = "w.status IN ('pending', 'starting', 'running', 'stopping')";
    private static final String COLUMNS = "w.worker_id, w.scenario_uuid, w.runner_id, w.epoch, w.status, w.reason,"
            + " w.process_pid, w.attempt, w.start_frame, w.last_frame, w.created_at, w.updated_at";

    private final Database database;

    public Workers(Database database) {
        this.database = database;
    }

    public enum Status {
        /** Assigned; the runner has not said that it has it. */
        PENDING,
        STARTING,
        RUNNING,
        STOPPING,
        STOPPED,
        LOST,
        FAILED;

        public boolean isLive() {
            return this == PENDING || this == STARTING || this == RUNNING || this == STOPPING;
        }

        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * @param lastFrame the last frame acknowledged by Kafka, as the runner last said; -1 if none
     */
    public record Worker(
            UUID workerId,
            UUID scenario,
            String runnerId,
            long epoch,
            Status status,
            String reason,
            Long pid,
            int attempt,
            long startFrame,
            long lastFrame,
            Instant createdAt,
            Instant updatedAt) {}

    /** A live worker with the scenario it belongs to, as a runner should be running it. */
    public record Assignment(Worker worker, Scenario scenario) {}

    /** The live worker, or else the newest one. */
    public Future<Optional<Worker>> newest(UUID scenario) {
        return database.run(
                        "SELECT " + COLUMNS
                                + " FROM workers w WHERE w.scenario_uuid = $1 ORDER BY w.epoch DESC LIMIT 1",
                        scenario)
                .map(Workers::first);
    }

    public Future<Optional<Worker>> live(Tx tx, UUID scenario) {
        return tx.run("SELECT " + COLUMNS + " FROM workers w WHERE w.scenario_uuid = $1 AND " + LIVE, scenario)
                .map(Workers::first);
    }

    /** Adds a pending worker; fails if the scenario has a live one. */
    public Future<Void> insert(Tx tx, UUID workerId, Scenario scenario, String runnerId, long startFrame) {
        return tx.run(
                        "INSERT INTO workers (worker_id, scenario_uuid, runner_id, epoch, camera_url, status, attempt,"
                                + " start_frame, last_frame) VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7::bigint, $7::bigint - 1)",
                        workerId,
                        scenario.uuid(),
                        runnerId,
                        scenario.epoch(),
                        Redact.url(scenario.cameraUrl()),
                        scenario.attempt(),
                        startFrame)
                .mapEmpty();
    }

    /** False if the worker is not live any more; nothing is changed then. */
    public Future<Boolean> setStatus(Tx tx, UUID workerId, Status status, String reason, Long pid, long lastFrame) {
        return tx.run(
                        "UPDATE workers w SET status = $2, reason = coalesce($3, w.reason),"
                                + " process_pid = coalesce($4, w.process_pid),"
                                + " last_frame = greatest(w.last_frame, $5), updated_at = now()"
                                + " WHERE w.worker_id = $1 AND " + LIVE,
                        workerId,
                        status.wire(),
                        reason,
                        pid,
                        lastFrame)
                .map(rows -> rows.rowCount() == 1);
    }

    /** Notes how far live workers have come; {@code updated_at} stays the time of the last change of status. */
    public Future<Void> progress(List<UUID> workerIds, List<Long> lastFrames) {
        return database.run(
                        "UPDATE workers w SET last_frame = greatest(w.last_frame, p.last_frame)"
                                + " FROM unnest($1::uuid[], $2::bigint[]) AS p (worker_id, last_frame)"
                                + " WHERE w.worker_id = p.worker_id AND w.last_frame < p.last_frame AND " + LIVE,
                        workerIds.toArray(UUID[]::new),
                        lastFrames.toArray(Long[]::new))
                .mapEmpty();
    }

    /** All live workers of a runner. */
    public Future<List<Assignment>> assigned(String runnerId) {
        return database.run(
                        "SELECT " + COLUMNS + ", s.id, s.camera_url, s.status AS s_status, s.status_reason,"
                                + " s.epoch AS s_epoch, s.version, s.model, s.options, s.attempt AS s_attempt,"
                                + " s.created_at AS s_created, s.updated_at AS s_updated FROM workers w"
                                + " JOIN scenarios s USING (scenario_uuid) WHERE w.runner_id = $1 AND " + LIVE,
                        runnerId)
                .map(rows -> rows.stream()
                        .map(r -> new Assignment(worker(r), joined(r)))
                        .toList());
    }

    /**
     * Live workers whose runner's lease ran out more than {@code graceMillis} ago, by the database's clock, or whose
     * runner is gone.
     */
    public Future<List<Worker>> orphaned(long graceMillis, int limit) {
        return database.run(
                        "SELECT " + COLUMNS + " FROM workers w LEFT JOIN runners r USING (runner_id) WHERE " + LIVE
                                + " AND (r.runner_id IS NULL OR r.lease_until < now() - $1 * interval '1 millisecond')"
                                + " ORDER BY w.created_at LIMIT $2",
                        graceMillis,
                        limit)
                .map(rows -> rows.stream().map(Workers::worker).toList());
    }

    /** Workers that were told to stop longer ago than that and have not ended. */
    public Future<List<Worker>> overdueStops(long millis, int limit) {
        return database.run(
                        "SELECT " + COLUMNS + " FROM workers w WHERE w.status = 'stopping'"
                                + " AND w.updated_at < now() - $1 * interval '1 millisecond' LIMIT $2",
                        millis,
                        limit)
                .map(rows -> rows.stream().map(Workers::worker).toList());
    }

    /** How many of the scenario's workers were lost in the last ten minutes after having run. */
    public Future<Integer> recentlyLost(Tx tx, UUID scenario) {
        return tx.run(
                        "SELECT count(*)::int AS n FROM workers w WHERE w.scenario_uuid = $1 AND w.status = 'lost'"
                                + " AND w.updated_at > now() - interval '10 minutes'",
                        scenario)
                .map(rows -> rows.iterator().next().getInteger("n"));
    }

    private static Optional<Worker> first(RowSet<Row> rows) {
        return rows.size() == 0
                ? Optional.empty()
                : Optional.of(worker(rows.iterator().next()));
    }

    private static Worker worker(Row row) {
        return new Worker(
                row.getUUID("worker_id"),
                row.getUUID("scenario_uuid"),
                row.getString("runner_id"),
                row.getLong("epoch"),
                Status.valueOf(row.getString("status").toUpperCase(Locale.ROOT)),
                row.getString("reason"),
                row.getLong("process_pid"),
                row.getInteger("attempt"),
                row.getLong("start_frame"),
                row.getLong("last_frame"),
                row.getOffsetDateTime("created_at").toInstant(),
                row.getOffsetDateTime("updated_at").toInstant());
    }

    private static Scenario joined(Row row) {
        return new Scenario(
                row.getUUID("scenario_uuid"),
                row.getLong("id"),
                row.getString("camera_url"),
                dev.vap.shared.domain.ScenarioStatus.fromWire(row.getString("s_status"))
                        .orElseThrow(),
                row.getString("status_reason"),
                row.getLong("s_epoch"),
                row.getLong("version"),
                row.getString("model"),
                dev.vap.shared.domain.ScenarioOptions.fromJson(row.get(io.vertx.core.json.JsonObject.class, "options")),
                row.getInteger("s_attempt"),
                row.getOffsetDateTime("s_created").toInstant(),
                row.getOffsetDateTime("s_updated").toInstant());
    }
}
