package dev.vap.shared.storage;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Redact;
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
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * The table {@code scenarios} as users see it: what they ask for, and what they are shown. The orchestrator's part is
 * {@link ScenarioChanges}.
 */
public final class Scenarios {

    static final String COLUMNS = "s.scenario_uuid, s.id, s.name, s.camera_url, s.status, s.status_reason, s.epoch,"
            + " s.version, s.model, s.options, s.attempt, s.created_at, s.updated_at";

    private final Database database;
    private final Outbox outbox;
    private final ScenarioChanges changes;
    private final Creation creation;
    private final ScenarioLists lists;

    public Scenarios(Database database, Outbox outbox) {
        this.database = database;
        this.outbox = outbox;
        this.changes = new ScenarioChanges(outbox);
        this.creation = new Creation(database, outbox);
        this.lists = new ScenarioLists(database);
    }

    /** A line of the status history. */
    public record Event(ScenarioStatus from, ScenarioStatus to, String actor, String reason, long epoch, Instant at) {}

    /**
     * What a create is answered with, now and whenever it is repeated.
     *
     * @param repeated it was created by an earlier request with the same key; it may have changed or be gone since
     */
    public record Created(UUID uuid, long id, long version, boolean repeated) {}

    /** Creates a scenario in {@code init_startup} and asks the orchestrator to start it. */
    public Future<Scenario> create(UUID uuid, String cameraUrl, String model, ScenarioOptions options) {
        return create(new NewScenario(uuid, null, cameraUrl, model, options));
    }

    public Future<Scenario> create(NewScenario wanted) {
        return creation.create(wanted);
    }

    /**
     * Creates a scenario unless one was created under this key within a day; then the answer is the same as it was. Of several
     * at the same time one creates. Fails with IDEMPOTENCY_KEY_REUSED if the key named another request.
     */
    public Future<Created> create(NewScenario wanted, IdempotencyKey key) {
        return creation.create(wanted, key);
    }

    /** The answer that was given under this key, empty if it is new; fails with IDEMPOTENCY_KEY_REUSED as a create does. */
    public Future<Optional<Created>> findByKey(IdempotencyKey key) {
        return creation.find(key);
    }

    public Future<Scenario> requestStart(ScenarioRef ref) {
        return requestStart(ref, Precondition.NONE);
    }

    /**
     * A user's wish to start: legal from {@code inactive}; asking again, or of one that is starting or active, changes
     * nothing.
     *
     * @return the scenario as it is afterwards; fails with SCENARIO_NOT_FOUND, PRECONDITION_FAILED or TRANSITION_NOT_ALLOWED
     */
    public Future<Scenario> requestStart(ScenarioRef ref, Precondition expected) {
        return database.inTransaction(tx -> lockOrFail(tx, ref, expected).compose(s -> {
            if (s.status().isStartingOrRunning()) {
                return Future.succeededFuture(s);
            }
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

    public Future<Scenario> requestStop(ScenarioRef ref) {
        return requestStop(ref, Precondition.NONE);
    }

    /** A user's wish to stop: legal from every status before it; asking again, or of a stopped one, changes nothing. */
    public Future<Scenario> requestStop(ScenarioRef ref, Precondition expected) {
        return database.inTransaction(tx -> lockOrFail(tx, ref, expected).compose(s -> {
            if (!s.status().isStartingOrRunning()) {
                return Future.succeededFuture(s);
            }
            return change(tx, s, ScenarioStatus.INIT_SHUTDOWN, "stopped by user", "api")
                    .compose(after ->
                            command(tx, after, ScenarioCommand.Kind.STOP).map(after));
        }));
    }

    public Future<Scenario> update(ScenarioRef ref, String cameraUrl, UnaryOperator<ScenarioOptions> options) {
        return update(ref, UnaryOperator.identity(), cameraUrl, options, Precondition.NONE);
    }

    /**
     * A user's wish for another source or other options, in every status: the row has them at once, and the orchestrator is
     * asked to replace who runs the scenario with the old ones. What is as it was changes nothing.
     *
     * @param name the present one → the wanted one, either may be null; changing it alone is nothing to who runs it
     * @param cameraUrl null to keep it
     * @param options the present ones → the wanted ones
     * @return the scenario as it is afterwards; fails with SCENARIO_NOT_FOUND, PRECONDITION_FAILED, or with SOURCE_CHANGE_NOT_ALLOWED if stored
     *     results would belong to another file
     */
    public Future<Scenario> update(
            ScenarioRef ref,
            UnaryOperator<String> name,
            String cameraUrl,
            UnaryOperator<ScenarioOptions> options,
            Precondition expected) {
        return database.inTransaction(tx -> lockOrFail(tx, ref, expected).compose(before -> {
            String called = name.apply(before.name());
            String url = cameraUrl == null ? before.cameraUrl() : cameraUrl;
            ScenarioOptions wanted = options.apply(before.options());
            boolean sameUrl = url.equals(before.cameraUrl());
            boolean sameOptions = wanted.equals(before.options());
            if (sameUrl && sameOptions) {
                return Objects.equals(called, before.name())
                        ? Future.succeededFuture(before)
                        : rename(tx, before, called);
            }
            String what =
                    sameUrl ? "options changed" : sameOptions ? "camera_url changed" : "camera_url and options changed";
            Future<Void> allowed = sameUrl ? Future.succeededFuture() : mayChange(tx, before, url);
            return allowed.compose(v -> tx.run(
                            "UPDATE scenarios SET camera_url = $2, options = $3, name = $4, shown_url = $5,"
                                    + " version = version + 1, updated_at = now(),"
                                    // As workers are dated, so that it can be told which of the two came first.
                                    + " options_changed_at = clock_timestamp() WHERE scenario_uuid = $1",
                            before.uuid(),
                            url,
                            wanted.toJson(),
                            called,
                            Redact.url(url)))
                    .compose(done -> lockOrFail(tx, ref))
                    .compose(after -> announce(
                                    tx, after, what, sameUrl && before.options().canBecome(wanted))
                            .map(after));
        }));
    }

    private Future<Scenario> rename(Tx tx, Scenario before, String name) {
        return tx.run(
                        "UPDATE scenarios SET name = $2, version = version + 1, updated_at = now()"
                                + " WHERE scenario_uuid = $1",
                        before.uuid(),
                        name)
                .compose(done -> lockOrFail(tx, ScenarioRef.of(before.uuid())))
                .compose(s -> outbox.addAll(
                                tx,
                                List.of(outbox.statusChanged(changed(
                                        s, s.status(), s.status(), s.statusReason(), s.epoch(), "api", Instant.now()))))
                        .map(s));
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

    public Future<Void> delete(ScenarioRef ref) {
        return delete(ref, Precondition.NONE);
    }

    /** Removes an inactive scenario with its results. */
    public Future<Void> delete(ScenarioRef ref, Precondition expected) {
        return database.inTransaction(tx -> lockOrFail(tx, ref, expected).compose(s -> {
            if (s.status() != ScenarioStatus.INACTIVE) {
                return Future.failedFuture(new VapException(
                        ErrorCode.TRANSITION_NOT_ALLOWED,
                        "Scenario " + s.id() + " can't be deleted: expected inactive, but it is "
                                + s.status().wire() + "; stop it first."));
            }
            StatusChanged gone = changed(s, s.status(), null, "deleted", s.epoch(), "api", Instant.now());
            return command(tx, s, ScenarioCommand.Kind.DELETE)
                    .compose(v -> outbox.addAll(tx, List.of(outbox.statusChanged(gone))))
                    // First of all what is locked to store results: then none come while the rest is removed.
                    .compose(v -> tx.run("DELETE FROM result_cursors WHERE scenario_uuid = $1", s.uuid()))
                    .compose(v -> tx.run("DELETE FROM scenario_results WHERE scenario_uuid = $1", s.uuid()))
                    .compose(v -> tx.run("DELETE FROM result_minutes WHERE scenario_uuid = $1", s.uuid()))
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
     */
    public Future<List<Scenario>> list(Long beforeId, ScenarioFilter filter, int limit) {
        return lists.page(beforeId, filter, limit);
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

    private Future<Scenario> lockOrFail(Tx tx, ScenarioRef ref, Precondition expected) {
        return lockOrFail(tx, ref).map(s -> {
            expected.check(s);
            return s;
        });
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
                row.getString("name"),
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
