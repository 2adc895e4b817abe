package dev.vap.shared.storage;

import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.protocol.AssignedSet;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The table {@code workers}: assignments of scenarios to runners. At most one of a scenario is live. */
public final class Workers {

    private static final String LIVE = "w.status IN ('pending', 'starting', 'running', 'stopping')";
    /** Four ranges of an index: what costs nothing while nobody is lost, however many workers there are. */
    private static final String OF_RUNNER = "SELECT * FROM workers w WHERE w.runner_id = r.runner_id AND " + LIVE;

    private static final String COLUMNS =
            "w.worker_id, w.scenario_uuid, w.runner_id, w.runner_instance, w.epoch, w.status, w.reason,"
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
            UUID instance,
            long epoch,
            Status status,
            String reason,
            Long pid,
            int attempt,
            long startFrame,
            long lastFrame,
            Instant createdAt,
            Instant updatedAt) {}

    /** A worker to be added. */
    public record NewWorker(
            UUID workerId,
            Scenario scenario,
            String runnerId,
            UUID instance,
            long epoch,
            int attempt,
            long startFrame) {}

    /**
     * @param reason null keeps what is there
     * @param pid of the runner; null keeps what is there
     * @param lastFrame -1 keeps what is there
     */
    public record StatusChange(UUID workerId, Status status, String reason, Long pid, long lastFrame) {}

    /**
     * @param total live workers that are not being stopped
     * @param pending those of them that the runner has not confirmed
     * @param digest as in {@link dev.vap.shared.protocol.Heartbeat#digest}
     */
    public record Digest(int total, int pending, long digest) {}

    /** One process of a runner. */
    public record RunnerProcess(String runnerId, UUID instance) {}

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

    /** The live worker of each scenario that has one. */
    public Future<Map<UUID, Worker>> live(Tx tx, Set<UUID> scenarios) {
        return tx.run("SELECT " + COLUMNS + " FROM workers w WHERE w.scenario_uuid = ANY($1) AND " + LIVE, (Object)
                        scenarios.toArray(UUID[]::new))
                .map(rows -> rows.stream()
                        .map(Workers::worker)
                        .collect(Collectors.toMap(Worker::scenario, Function.identity())));
    }

    /** Adds pending workers; fails if one of the scenarios has a live one. */
    public Future<Void> insertAll(Tx tx, List<NewWorker> workers) {
        if (workers.isEmpty()) {
            return Future.succeededFuture();
        }
        return tx.run(
                        "INSERT INTO workers (worker_id, scenario_uuid, runner_id, runner_instance, epoch, camera_url,"
                                + " status, attempt, start_frame, last_frame, created_at, updated_at)"
                                // Not now(): that is when the transaction began to wait for the lock of placement.
                                + " SELECT a, b, c, d, e, f, 'pending', g, h, h - 1, clock_timestamp(), clock_timestamp()"
                                + " FROM unnest($1::uuid[], $2::uuid[],"
                                + " $3::text[], $4::uuid[], $5::bigint[], $6::text[], $7::int[], $8::bigint[])"
                                + " AS t (a, b, c, d, e, f, g, h)",
                        workers.stream().map(NewWorker::workerId).toArray(UUID[]::new),
                        workers.stream().map(w -> w.scenario().uuid()).toArray(UUID[]::new),
                        workers.stream().map(NewWorker::runnerId).toArray(String[]::new),
                        workers.stream().map(NewWorker::instance).toArray(UUID[]::new),
                        workers.stream().map(NewWorker::epoch).toArray(Long[]::new),
                        workers.stream()
                                .map(w -> Redact.url(w.scenario().cameraUrl()))
                                .toArray(String[]::new),
                        workers.stream().map(NewWorker::attempt).toArray(Integer[]::new),
                        workers.stream().map(NewWorker::startFrame).toArray(Long[]::new))
                .mapEmpty();
    }

    /** Changes live workers; those that are not live any more stay as they are. */
    public Future<Void> changeAll(Tx tx, List<StatusChange> changes) {
        if (changes.isEmpty()) {
            return Future.succeededFuture();
        }
        return tx.run(
                        "UPDATE workers w SET status = u.status, reason = coalesce(u.reason, w.reason),"
                                + " process_pid = coalesce(u.pid, w.process_pid),"
                                + " last_frame = greatest(w.last_frame, u.last_frame), updated_at = now()"
                                + " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])"
                                + " AS u (worker_id, status, reason, pid, last_frame)"
                                + " WHERE w.worker_id = u.worker_id AND " + LIVE,
                        changes.stream().map(StatusChange::workerId).toArray(UUID[]::new),
                        changes.stream().map(c -> c.status().wire()).toArray(String[]::new),
                        changes.stream().map(StatusChange::reason).toArray(String[]::new),
                        changes.stream().map(StatusChange::pid).toArray(Long[]::new),
                        changes.stream().map(StatusChange::lastFrame).toArray(Long[]::new))
                .mapEmpty();
    }

    /** The runner has these assignments and is starting them. */
    public Future<Void> confirm(List<UUID> workerIds, long pid) {
        return database.run(
                        "UPDATE workers SET status = 'starting', process_pid = $2, updated_at = now()"
                                + " WHERE worker_id = ANY($1) AND status = 'pending'",
                        workerIds.toArray(UUID[]::new),
                        pid)
                .mapEmpty();
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

    /** Those of the workers that are live. */
    public Future<Set<UUID>> liveAmong(List<UUID> workerIds) {
        return database.run("SELECT w.worker_id FROM workers w WHERE w.worker_id = ANY($1) AND " + LIVE, (Object)
                        workerIds.toArray(UUID[]::new))
                .map(rows -> rows.stream().map(r -> r.getUUID(0)).collect(Collectors.toSet()));
    }

    /** What a runner should be running, in two numbers; computed from the index alone. */
    public Future<Digest> digest(String runnerId, UUID instance) {
        return database.run(
                        "SELECT count(*)::int AS total, count(*) FILTER (WHERE w.status = 'pending')::int AS pending,"
                                + " coalesce(bit_xor(('x' || right(replace(w.worker_id::text, '-', ''), 16))::bit(64)"
                                + "::bigint), 0) AS digest FROM workers w WHERE w.runner_id = $1"
                                + " AND w.runner_instance = $2 AND " + LIVE + " AND w.status <> 'stopping'",
                        runnerId,
                        instance)
                .map(rows -> {
                    Row row = rows.iterator().next();
                    return new Digest(row.getInteger("total"), row.getInteger("pending"), row.getLong("digest"));
                });
    }

    /** All live workers of a runner's process. */
    public Future<List<AssignedSet.Held>> held(String runnerId, UUID instance) {
        return database.run(
                        "SELECT w.worker_id, w.scenario_uuid, w.epoch, w.status, s.version,"
                                + " CASE WHEN s.options_changed_at >= w.created_at THEN s.options END AS options"
                                + " FROM workers w LEFT JOIN scenarios s USING (scenario_uuid) WHERE w.runner_id = $1"
                                + " AND w.runner_instance = $2 AND " + LIVE,
                        runnerId,
                        instance)
                .map(rows -> rows.stream()
                        .map(r -> new AssignedSet.Held(
                                r.getUUID("worker_id"),
                                r.getUUID("scenario_uuid"),
                                r.getLong("epoch"),
                                !r.getString("status").equals(Status.PENDING.wire()),
                                options(r.get(JsonObject.class, "options")),
                                r.getLong("version") == null ? -1 : r.getLong("version")))
                        .toList());
    }

    private static ScenarioOptions options(JsonObject json) {
        return json == null ? null : ScenarioOptions.fromJson(json);
    }

    /** Those of the scenarios whose live worker is at a runner that can change the options of a session as it runs. */
    public Future<Set<UUID>> changeable(Tx tx, Set<UUID> scenarios) {
        if (scenarios.isEmpty()) {
            return Future.succeededFuture(Set.of());
        }
        return tx.run(
                        "SELECT w.scenario_uuid FROM workers w JOIN runners r ON r.runner_id = w.runner_id"
                                + " AND r.instance = w.runner_instance AND r.changes_live = r.instance"
                                + " WHERE w.scenario_uuid = ANY($1) AND " + LIVE,
                        (Object) scenarios.toArray(UUID[]::new))
                .map(rows -> rows.stream().map(r -> r.getUUID(0)).collect(Collectors.toSet()));
    }

    /** What a runner's process has not confirmed: deployments and stops, oldest first. */
    public Future<List<Assignment>> unconfirmed(String runnerId, UUID instance, int limit) {
        return database.run(
                        "SELECT " + COLUMNS + ", s.id, s.name, s.camera_url, s.status AS s_status, s.status_reason,"
                                + " s.epoch AS s_epoch, s.version, s.model, s.options, s.attempt AS s_attempt,"
                                + " s.created_at AS s_created, s.updated_at AS s_updated FROM workers w"
                                + " JOIN scenarios s USING (scenario_uuid) WHERE w.runner_id = $1"
                                + " AND w.runner_instance = $2 AND w.status IN ('pending', 'stopping')"
                                + " ORDER BY w.created_at LIMIT $3",
                        runnerId,
                        instance,
                        limit)
                .map(rows -> rows.stream()
                        .map(r -> new Assignment(worker(r), joined(r)))
                        .toList());
    }

    /** Processes of runners that were told something longer ago than that and have not confirmed it. */
    public Future<List<RunnerProcess>> slowToConfirm(long millis) {
        return database.run(
                        "SELECT DISTINCT runner_id, runner_instance FROM (SELECT runner_id, runner_instance FROM workers"
                                + " WHERE status = 'pending' AND created_at < now() - $1 * interval '1 millisecond'"
                                + " UNION ALL SELECT runner_id, runner_instance FROM workers"
                                + " WHERE status = 'stopping' AND updated_at < now() - $1 * interval '1 millisecond') w"
                                + " WHERE runner_instance IS NOT NULL",
                        millis)
                .map(rows -> rows.stream()
                        .map(r -> new RunnerProcess(r.getString(0), r.getUUID(1)))
                        .toList());
    }

    /**
     * Live workers whose runner's lease ran out, by the database's clock, or whose runner's id is held by another process
     * now.
     */
    public Future<List<Worker>> orphaned(int limit) {
        return database.run(
                        "SELECT " + COLUMNS + " FROM runners r CROSS JOIN LATERAL ("
                                + OF_RUNNER + " AND r.lease_until < now() UNION ALL "
                                + OF_RUNNER
                                + " AND r.lease_until >= now() AND w.runner_instance < r.instance UNION ALL "
                                + OF_RUNNER
                                + " AND r.lease_until >= now() AND w.runner_instance > r.instance UNION ALL "
                                + OF_RUNNER + " AND r.lease_until >= now() AND w.runner_instance IS NULL"
                                + ") w ORDER BY w.created_at LIMIT $1",
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

    /**
     * How many workers of each scenario were lost in the last ten minutes, and since it was last asked for. Those that their
     * runner had not confirmed count too: a source may kill a runner before it can say a word.
     */
    public Future<Map<UUID, Integer>> recentlyLost(Tx tx, Set<UUID> scenarios) {
        if (scenarios.isEmpty()) {
            return Future.succeededFuture(Map.of());
        }
        return tx.run(
                        "SELECT w.scenario_uuid, count(*)::int AS n FROM workers w JOIN scenarios s USING (scenario_uuid)"
                                + " WHERE w.scenario_uuid = ANY($1) AND w.created_at >= s.requested_at"
                                + " AND w.status = 'lost'"
                                + " AND w.updated_at > now() - interval '10 minutes' GROUP BY w.scenario_uuid",
                        (Object) scenarios.toArray(UUID[]::new))
                .map(rows -> rows.stream().collect(Collectors.toMap(r -> r.getUUID(0), r -> r.getInteger(1))));
    }

    /** Scenarios with so many recent losses or more, and the runner that has them now; an empty text if none has. */
    public Future<Map<UUID, String>> lostAtLeast(Tx tx, int losses) {
        return tx.run(
                        "SELECT l.scenario_uuid, coalesce(w.runner_id, '') FROM (SELECT w.scenario_uuid FROM workers w"
                                + " JOIN scenarios s USING (scenario_uuid) WHERE w.status = 'lost'"
                                + " AND w.updated_at > now() - interval '10 minutes' AND w.created_at >= s.requested_at"
                                + " GROUP BY w.scenario_uuid HAVING count(*) >= $1) l LEFT JOIN workers w"
                                + " ON w.scenario_uuid = l.scenario_uuid AND " + LIVE,
                        losses)
                .map(rows -> rows.stream().collect(Collectors.toMap(r -> r.getUUID(0), r -> r.getString(1))));
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
                row.getUUID("runner_instance"),
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
                row.getString("name"),
                row.getString("camera_url"),
                ScenarioStatus.fromWire(row.getString("s_status")).orElseThrow(),
                row.getString("status_reason"),
                row.getLong("s_epoch"),
                row.getLong("version"),
                row.getString("model"),
                ScenarioOptions.fromJson(row.get(JsonObject.class, "options")),
                row.getInteger("s_attempt"),
                row.getOffsetDateTime("s_created").toInstant(),
                row.getOffsetDateTime("s_updated").toInstant());
    }
}
