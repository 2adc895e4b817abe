package dev.vap.shared.storage;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.domain.SourceUrl;
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
import java.util.function.UnaryOperator;

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
        ScenarioCommand command = ScenarioCommand.of(Ids.next(), ScenarioCommand.Kind.START, draft, null);
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

    /**
     * A user's wish for another source or other options, in every status: the row has them at once, and the orchestrator is
     * asked to replace who runs the scenario with the old ones. What is as it was changes nothing.
     *
     * @param cameraUrl null to keep it
     * @param options the present ones → the wanted ones
     * @return the scenario as it is afterwards; fails with SCENARIO_NOT_FOUND, or with SOURCE_CHANGE_NOT_ALLOWED if stored
     *     results would belong to another file
     */
    public Future<Scenario> update(ScenarioRef ref, String cameraUrl, UnaryOperator<ScenarioOptions> options) {
        return database.inTransaction(tx -> lockOrFail(tx, ref).compose(before -> {
            String url = cameraUrl == null ? before.cameraUrl() : cameraUrl;
            ScenarioOptions wanted = options.apply(before.options());
            boolean sameUrl = url.equals(before.cameraUrl());
            boolean sameOptions = wanted.equals(before.options());
            if (sameUrl && sameOptions) {
                return Future.succeededFuture(before);
            }
            String what =
                    sameUrl ? "options changed" : sameOptions ? "camera_url changed" : "camera_url and options changed";
            Future<Void> allowed = sameUrl ? Future.succeededFuture() : mayChange(tx, before, url);
            return allowed.compose(v -> tx.run(
                            "UPDATE scenarios SET camera_url = $2, options = $3, version = version + 1, updated_at = now(),"
                                    // As workers are dated, so that it can be told which of the two came first.
                                    + " options_changed_at = clock_timestamp()"
                                    + " WHERE scenario_uuid = $1",
                            before.uuid(),
                            url,
                            wanted.toJson()))
                    .compose(done -> lockOrFail(tx, ref))
                    .compose(after -> announce(tx, after, what, sameUrl && before.options().canBecome(wanted))
                            .map(after));
        }));
    }

    /** Frames of a file are numbered by their place in it, so its results can't be mixed with those of another source. */
    private static Future<Void> mayChange(Tx tx, Scenario before, String url) {
        boolean file = SourceUrl.parse(before.cameraUrl()).isFile()
                || SourceUrl.parse(url).isFile();
        if (!file) {
            return Future.succeededFuture();
        }
        return tx.run("SELECT stored FROM result_cursors WHERE scenario_uuid = $1", before.uuid())
                .compose(rows -> rows.size() == 0 || rows.iterator().next().getLong("stored") == 0
                        ? Future.succeededFuture()
                        : Future.failedFuture(new VapException(
                                ErrorCode.SOURCE_CHANGE_NOT_ALLOWED,
                                "Scenario " + before.id()
                                        + " has stored results, whose frames are numbered by their place"
                                        + " in a file: make a new scenario for the other source.")));
    }

    /** To whoever watches and to the orchestrator; the event says what was changed, never to what. */
    private Future<Void> announce(Tx tx, Scenario s, String what, boolean live) {
        return tx.run(
                        "INSERT INTO scenario_events (scenario_uuid, from_status, to_status, actor, reason, epoch)"
                                + " VALUES ($1, $2, $2, 'api', $3, $4)",
                        s.uuid(),
                        s.status().wire(),
                        what,
                        s.epoch())
                .compose(v -> outbox.addAll(
                        tx,
                        List.of(
                                outbox.statusChanged(changed(
                                        s, s.status(), s.status(), s.statusReason(), s.epoch(), "api", Instant.now())),
                                outbox.command(ScenarioCommand.updated(Ids.next(), s, what, live)))));
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

    /** The number of a scenario that uses this source, as it is stored, and is not inactive; empty if there is none. */
    public Future<Optional<Long>> runningOn(String cameraUrl) {
        return database.run(
                        "SELECT id FROM scenarios WHERE camera_url = $1 AND status <> 'inactive' ORDER BY id LIMIT 1",
                        cameraUrl)
                .map(rows -> rows.stream().map(r -> r.getLong("id")).findFirst());
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
        return outbox.addAll(tx, List.of(outbox.command(ScenarioCommand.of(Ids.next(), kind, s, null))));
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
