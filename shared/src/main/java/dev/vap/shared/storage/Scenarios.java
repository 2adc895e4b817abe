package dev.vap.shared.storage;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.ScenarioCommand;
import dev.vap.shared.protocol.StatusChanged;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The table {@code scenarios} as users see it: what they ask for, and what they are shown. The orchestrator's part is
 * {@link ScenarioChanges}.
 */
public final class Scenarios {

    static final String COLUMNS = "s.scenario_uuid, s.id, s.camera_url, s.status, s.status_reason, s.epoch,"
            + " s.version, s.model, s.options, s.attempt, s.created_at, s.updated_at";

    /** One round trip: row, cursor, event, the command and the status message, and the wake-up of the relay. */
    private static final String CREATE = """
            WITH s AS (
                INSERT INTO scenarios (scenario_uuid, camera_url, status, model, options)
                VALUES ($1, $2, 'init_startup', $3, $4) RETURNING id, created_at
            ), c AS (
                INSERT INTO result_cursors (scenario_uuid) VALUES ($1)
            ), e AS (
                INSERT INTO scenario_events (scenario_uuid, to_status, actor, epoch)
                VALUES ($1, 'init_startup', 'api', 0)
            ), o AS (
                INSERT INTO outbox_scenario (message_id, topic, message_key, scenario_uuid, payload)
                SELECT m.id, m.topic, $1::text, $1,
                       CASE WHEN m.status THEN m.payload || jsonb_build_object('scenario_id', s.id) ELSE m.payload END
                FROM s, (VALUES ($5::uuid, $6::text, $7::jsonb, false), ($8::uuid, $9::text, $10::jsonb, true))
                     AS m (id, topic, payload, status)
            )
            SELECT id, created_at, pg_notify('vap_outbox', '') FROM s
            """;

    private final Database database;
    private final Outbox outbox;
    private final ScenarioChanges changes;

    public Scenarios(Database database, Outbox outbox) {
        this.database = database;
        this.outbox = outbox;
        this.changes = new ScenarioChanges(outbox);
    }

    /** A line of the status history. */
    public record Event(ScenarioStatus from, ScenarioStatus to, String actor, String reason, long epoch, Instant at) {}

    /** Creates a scenario in {@code init_startup} and asks the orchestrator to start it. */
    public Future<Scenario> create(UUID uuid, String cameraUrl, String model, ScenarioOptions options) {
        ScenarioCommand command =
                new ScenarioCommand(Ids.next(), ScenarioCommand.Kind.START, uuid, cameraUrl, model, options);
        Scenario draft = new Scenario(
                uuid,
                0,
                cameraUrl,
                ScenarioStatus.INIT_STARTUP,
                null,
                0,
                1,
                model,
                options,
                0,
                Instant.EPOCH,
                Instant.EPOCH);
        StatusChanged changed = changed(draft, null, ScenarioStatus.INIT_STARTUP, null, 0, "api", Instant.now());
        return database.run(
                        CREATE,
                        uuid,
                        cameraUrl,
                        model,
                        options.toJson(),
                        command.messageId(),
                        outbox.topics().initScenario(),
                        command.toJson(),
                        changed.messageId(),
                        outbox.topics().scenarios(),
                        changed.toJson())
                .map(rows -> {
                    Row row = rows.iterator().next();
                    Instant created = row.getOffsetDateTime("created_at").toInstant();
                    return new Scenario(
                            uuid,
                            row.getLong("id"),
                            cameraUrl,
                            ScenarioStatus.INIT_STARTUP,
                            null,
                            0,
                            1,
                            model,
                            options,
                            0,
                            created,
                            created);
                });
    }

    /**
     * A user's wish to start: legal from {@code inactive}.
     *
     * @return the scenario as it is afterwards; fails with SCENARIO_NOT_FOUND or TRANSITION_NOT_ALLOWED
     */
    public Future<Scenario> requestStart(ScenarioRef ref) {
        return database.inTransaction(tx -> lockOrFail(tx, ref).compose(s -> {
            if (s.status() != ScenarioStatus.INACTIVE) {
                return Future.failedFuture(new VapException(
                        ErrorCode.TRANSITION_NOT_ALLOWED,
                        "Scenario " + s.id() + " can't be started: expected inactive, but it is "
                                + s.status().wire() + "."));
            }
            return change(tx, s, ScenarioStatus.INIT_STARTUP, null, "api")
                    .compose(after ->
                            command(tx, after, ScenarioCommand.Kind.START).map(after));
        }));
    }

    /** A user's wish to stop: legal from every status before it; asking again, or of a stopped one, changes nothing. */
    public Future<Scenario> requestStop(ScenarioRef ref) {
        return database.inTransaction(tx -> lockOrFail(tx, ref).compose(s -> {
            if (!s.status().isStartingOrRunning()) {
                return Future.succeededFuture(s);
            }
            return change(tx, s, ScenarioStatus.INIT_SHUTDOWN, "stopped by user", "api")
                    .compose(after ->
                            command(tx, after, ScenarioCommand.Kind.STOP).map(after));
        }));
    }

    /** Removes an inactive scenario with its results. */
    public Future<Void> delete(ScenarioRef ref) {
        return database.inTransaction(tx -> lockOrFail(tx, ref).compose(s -> {
            if (s.status() != ScenarioStatus.INACTIVE) {
                return Future.failedFuture(new VapException(
                        ErrorCode.TRANSITION_NOT_ALLOWED,
                        "Scenario " + s.id() + " can't be deleted: expected inactive, but it is "
                                + s.status().wire() + "; stop it first."));
            }
            StatusChanged gone = changed(s, s.status(), null, "deleted", s.epoch(), "api", Instant.now());
            return command(tx, s, ScenarioCommand.Kind.DELETE)
                    .compose(v -> outbox.addAll(tx, List.of(outbox.statusChanged(gone))))
                    .compose(v -> tx.run("DELETE FROM scenario_results WHERE scenario_uuid = $1", s.uuid()))
                    .compose(v -> tx.run("DELETE FROM scenarios WHERE scenario_uuid = $1", s.uuid()))
                    .mapEmpty();
        }));
    }

    public Future<Optional<Scenario>> find(ScenarioRef ref) {
        String where = ref.uuid() != null ? "s.scenario_uuid = $1" : "s.id = $1";
        return database.run(
                        "SELECT " + COLUMNS + " FROM scenarios s WHERE " + where,
                        ref.uuid() != null ? ref.uuid() : ref.id())
                .map(Scenarios::first);
    }

    /** Fails with SCENARIO_NOT_FOUND if there is none. */
    public Future<Scenario> get(ScenarioRef ref) {
        return find(ref).compose(found -> found.map(Future::succeededFuture)
                .orElseGet(() -> Future.failedFuture(notFound(ref))));
    }

    /**
     * Newest first.
     *
     * @param beforeId only those with a smaller number; null for the first page
     * @param status null for all
     */
    public Future<List<Scenario>> list(Long beforeId, ScenarioStatus status, int limit) {
        return database.run(
                        "SELECT " + COLUMNS + " FROM scenarios s WHERE ($1::bigint IS NULL OR s.id < $1)"
                                + " AND ($2::text IS NULL OR s.status = $2) ORDER BY s.id DESC LIMIT $3",
                        beforeId,
                        status == null ? null : status.wire(),
                        limit)
                .map(rows -> rows.stream().map(Scenarios::scenario).toList());
    }

    /** Oldest first. */
    public Future<List<Event>> events(UUID scenario, int limit) {
        return database.run(
                        "SELECT * FROM (SELECT id, from_status, to_status, actor, reason, epoch, at FROM scenario_events"
                                + " WHERE scenario_uuid = $1 ORDER BY id DESC LIMIT $2) e ORDER BY id",
                        scenario,
                        limit)
                .map(rows -> rows.stream().map(Scenarios::event).toList());
    }

    /** The UUIDs of scenarios that are to be stopped, or are and have no worker any more; longest wait first. */
    public Future<List<UUID>> toEnd(int limit) {
        return database.run(
                        "SELECT scenario_uuid FROM scenarios WHERE status = 'init_shutdown'"
                                + " OR (status = 'in_shutdown_processing' AND NOT placed)"
                                + " ORDER BY requested_at, id LIMIT $1",
                        limit)
                .map(rows -> rows.stream().map(r -> r.getUUID(0)).toList());
    }

    /**
     * One step of a row read in this transaction; fails with TRANSITION_NOT_ALLOWED if the status machine does not allow it or
     * the row has changed since.
     */
    public Future<Scenario> change(Tx tx, Scenario before, ScenarioStatus to, String reason, String actor) {
        boolean begins = to == ScenarioStatus.INIT_STARTUP;
        return tx.run("SELECT placed FROM scenarios WHERE scenario_uuid = $1", before.uuid())
                .compose(rows -> {
                    ScenarioChanges.Change change = new ScenarioChanges.Change(
                            before,
                            List.of(new ScenarioChanges.Step(before.status(), to, reason, before.epoch())),
                            reason,
                            before.epoch(),
                            begins ? 0 : before.attempt(),
                            begins ? Duration.ZERO : null,
                            rows.iterator().next().getBoolean(0),
                            actor);
                    return changes.apply(tx, List.of(change))
                            .compose(done -> lockOrFail(tx, ScenarioRef.of(before.uuid())));
                });
    }

    private Future<Void> command(Tx tx, Scenario s, ScenarioCommand.Kind kind) {
        return outbox.addAll(
                tx,
                List.of(outbox.command(
                        new ScenarioCommand(Ids.next(), kind, s.uuid(), s.cameraUrl(), s.model(), s.options()))));
    }

    private Future<Scenario> lockOrFail(Tx tx, ScenarioRef ref) {
        String where = ref.uuid() != null ? "s.scenario_uuid = $1" : "s.id = $1";
        return tx.run(
                        "SELECT " + COLUMNS + " FROM scenarios s WHERE " + where + " FOR UPDATE",
                        ref.uuid() != null ? ref.uuid() : ref.id())
                .compose(rows ->
                        first(rows).map(Future::succeededFuture).orElseGet(() -> Future.failedFuture(notFound(ref))));
    }

    static StatusChanged changed(
            Scenario s, ScenarioStatus from, ScenarioStatus to, String reason, long epoch, String actor, Instant at) {
        return new StatusChanged(Ids.next(), s.uuid(), s.id(), from, to, reason, epoch, actor, s.shownUrl(), at);
    }

    private static VapException notFound(ScenarioRef ref) {
        return new VapException(
                ErrorCode.SCENARIO_NOT_FOUND, "There is no scenario " + ref + "; the list shows those that exist.");
    }

    private static Optional<Scenario> first(RowSet<Row> rows) {
        return rows.size() == 0
                ? Optional.empty()
                : Optional.of(scenario(rows.iterator().next()));
    }

    static Scenario scenario(Row row) {
        return new Scenario(
                row.getUUID("scenario_uuid"),
                row.getLong("id"),
                row.getString("camera_url"),
                ScenarioStatus.fromWire(row.getString("status")).orElseThrow(),
                row.getString("status_reason"),
                row.getLong("epoch"),
                row.getLong("version"),
                row.getString("model"),
                ScenarioOptions.fromJson(row.get(JsonObject.class, "options")),
                row.getInteger("attempt"),
                row.getOffsetDateTime("created_at")
                        .withOffsetSameInstant(ZoneOffset.UTC)
                        .toInstant(),
                row.getOffsetDateTime("updated_at")
                        .withOffsetSameInstant(ZoneOffset.UTC)
                        .toInstant());
    }

    private static Event event(Row row) {
        String from = row.getString("from_status");
        return new Event(
                from == null ? null : ScenarioStatus.fromWire(from).orElseThrow(),
                ScenarioStatus.fromWire(row.getString("to_status")).orElseThrow(),
                row.getString("actor"),
                row.getString("reason"),
                row.getLong("epoch"),
                row.getOffsetDateTime("at").toInstant());
    }
}
