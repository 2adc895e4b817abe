package dev.vap.shared.storage;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.StatusChanged;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * The one place that writes a status. Many scenarios at once cost as many statements as one: an update guarded by status and
 * version, the history in {@code scenario_events}, and a {@link StatusChanged} per step in the outbox.
 */
public final class ScenarioChanges {

    private final Outbox outbox;

    public ScenarioChanges(Outbox outbox) {
        this.outbox = outbox;
    }

    /** One step of the status machine, with what holds after it. */
    public record Step(ScenarioStatus from, ScenarioStatus to, String reason, long epoch) {}

    /**
     * What becomes of a row that was locked in this transaction.
     *
     * @param before as it was read
     * @param steps in order; empty if only the words change
     * @param reason the words for where it is in the end, or null
     * @param notBefore not to be placed before so much time has passed, by the database's clock; null keeps what is there
     * @param placed whether it has a live worker in the end
     */
    public record Change(
            Scenario before,
            List<Step> steps,
            String reason,
            long epoch,
            int attempt,
            Duration notBefore,
            boolean placed,
            String actor) {

        public Change {
            steps = List.copyOf(steps);
            ScenarioStatus at = before.status();
            for (Step step : steps) {
                if (step.from() != at || !at.mayBecome(step.to())) {
                    throw new VapException(
                            ErrorCode.TRANSITION_NOT_ALLOWED,
                            "Scenario " + before.id() + " can't become "
                                    + step.to().wire() + ": it is " + at.wire() + ".");
                }
                at = step.to();
            }
        }

        public ScenarioStatus status() {
            return steps.isEmpty()
                    ? before.status()
                    : steps.get(steps.size() - 1).to();
        }

        /** The row as it is afterwards, but for its times. */
        public Scenario after(Instant at) {
            return new Scenario(
                    before.uuid(),
                    before.id(),
                    before.name(),
                    before.cameraUrl(),
                    status(),
                    reason,
                    epoch,
                    newVersion(),
                    before.model(),
                    before.options(),
                    attempt,
                    before.createdAt(),
                    at);
        }

        private long newVersion() {
            return before.version() + Math.max(1, steps.size());
        }
    }

    /** A scenario to be placed, locked. */
    public record Waiting(Scenario scenario, long startFrame) {}

    /** Locks rows for the rest of the transaction, in an order that all processes share; those that do not exist are left out. */
    public Future<Map<UUID, Scenario>> lock(Tx tx, Set<UUID> uuids) {
        return tx.run(
                        "SELECT " + Scenarios.COLUMNS + " FROM scenarios s WHERE s.scenario_uuid = ANY($1)"
                                + " ORDER BY s.scenario_uuid FOR UPDATE",
                        (Object) uuids.toArray(UUID[]::new))
                .map(ScenarioChanges::byUuid);
    }

    /**
     * Locks scenarios that wait for a runner and whose backoff has passed, longest wait first; those that somebody else is
     * changing at the moment are left for later.
     */
    public Future<List<Waiting>> lockWaiting(Tx tx, int limit) {
        return tx.run(
                        "SELECT " + Scenarios.COLUMNS + ", coalesce(c.last_frame, -1) + 1 AS start_frame"
                                + " FROM scenarios s LEFT JOIN result_cursors c USING (scenario_uuid)"
                                + " WHERE s.status IN ('init_startup', 'in_startup_processing') AND NOT s.placed"
                                + " AND (s.not_before IS NULL OR s.not_before <= now())"
                                + " ORDER BY s.requested_at, s.id LIMIT $1 FOR UPDATE OF s SKIP LOCKED",
                        limit)
                .map(rows -> rows.stream()
                        .map(r -> new Waiting(Scenarios.scenario(r), r.getLong("start_frame")))
                        .toList());
    }

    /** Whether a scenario waits for a runner now. */
    public Future<Boolean> anyWaiting(Database database) {
        return database.run("SELECT EXISTS (SELECT 1 FROM scenarios s"
                        + " WHERE s.status IN ('init_startup', 'in_startup_processing') AND NOT s.placed"
                        + " AND (s.not_before IS NULL OR s.not_before <= now()))")
                .map(rows -> rows.iterator().next().getBoolean(0));
    }

    /** The same, of those only that are told something else than {@code words}. */
    public Future<List<Scenario>> lockUntold(Tx tx, String words, int limit) {
        return tx.run(
                        "SELECT " + Scenarios.COLUMNS + " FROM scenarios s"
                                + " WHERE s.status IN ('init_startup', 'in_startup_processing') AND NOT s.placed"
                                + " AND (s.not_before IS NULL OR s.not_before <= now())"
                                + " AND s.status_reason IS DISTINCT FROM $1"
                                + " ORDER BY s.requested_at, s.id LIMIT $2 FOR UPDATE OF s SKIP LOCKED",
                        words,
                        limit)
                .map(rows -> rows.stream().map(Scenarios::scenario).toList());
    }

    /**
     * Writes the changes of rows read and locked in this transaction. Fails with TRANSITION_NOT_ALLOWED, and everything is to
     * be rolled back, if one of them has changed since.
     */
    public Future<Void> apply(Tx tx, List<Change> changes) {
        if (changes.isEmpty()) {
            return Future.succeededFuture();
        }
        Instant now = Instant.now();
        List<Outbox.Message> messages = new ArrayList<>();
        changes.forEach(c -> messages.addAll(messages(c, now)));
        // Sent one after the other without waiting in between: one round trip.
        Future<Void> updated = update(tx, changes);
        Future<Void> recorded = record(tx, changes);
        Future<Void> published = outbox.addAll(tx, messages);
        return Future.join(updated, recorded, published).mapEmpty();
    }

    private static Future<Void> update(Tx tx, List<Change> changes) {
        int n = changes.size();
        Long[] notBefore = new Long[n];
        for (int i = 0; i < n; i++) {
            Duration delay = changes.get(i).notBefore();
            notBefore[i] = delay == null ? null : delay.toMillis();
        }
        return tx.run(
                        "UPDATE scenarios s SET status = u.status, status_reason = u.reason, epoch = u.epoch,"
                                + " attempt = u.attempt, placed = u.placed, version = u.version, updated_at = now(),"
                                + " not_before = CASE WHEN u.not_before IS NULL THEN s.not_before"
                                + " ELSE now() + u.not_before * interval '1 millisecond' END,"
                                + " requested_at = CASE WHEN u.status = 'init_startup' AND u.was <> 'init_startup'"
                                + " THEN now() ELSE s.requested_at END"
                                + " FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[],"
                                + " $7::int[], $8::boolean[], $9::bigint[], $10::bigint[]) AS u (uuid, was, was_version,"
                                + " status, reason, epoch, attempt, placed, version, not_before)"
                                + " WHERE s.scenario_uuid = u.uuid AND s.status = u.was AND s.version = u.was_version",
                        changes.stream().map(c -> c.before().uuid()).toArray(UUID[]::new),
                        changes.stream().map(c -> c.before().status().wire()).toArray(String[]::new),
                        changes.stream().map(c -> c.before().version()).toArray(Long[]::new),
                        changes.stream().map(c -> c.status().wire()).toArray(String[]::new),
                        changes.stream().map(Change::reason).toArray(String[]::new),
                        changes.stream().map(Change::epoch).toArray(Long[]::new),
                        changes.stream().map(Change::attempt).toArray(Integer[]::new),
                        changes.stream().map(Change::placed).toArray(Boolean[]::new),
                        changes.stream().map(Change::newVersion).toArray(Long[]::new),
                        notBefore)
                .compose(done -> done.rowCount() == n
                        ? Future.succeededFuture()
                        : Future.failedFuture(new VapException(
                                ErrorCode.TRANSITION_NOT_ALLOWED,
                                "Scenario " + changes.get(0).before().id()
                                        + " was changed by another request at the same time.")));
    }

    private static Future<Void> record(Tx tx, List<Change> changes) {
        List<UUID> uuids = new ArrayList<>();
        List<Step> steps = new ArrayList<>();
        List<String> actors = new ArrayList<>();
        for (Change change : changes) {
            for (Step step : change.steps()) {
                uuids.add(change.before().uuid());
                steps.add(step);
                actors.add(change.actor());
            }
        }
        if (steps.isEmpty()) {
            return Future.succeededFuture();
        }
        return tx.run(
                        "INSERT INTO scenario_events (scenario_uuid, from_status, to_status, actor, reason, epoch)"
                                + " SELECT a, b, c, d, e, f FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[],"
                                + " $5::text[], $6::bigint[]) WITH ORDINALITY AS t (a, b, c, d, e, f, n) ORDER BY n",
                        uuids.toArray(UUID[]::new),
                        steps.stream().map(s -> s.from().wire()).toArray(String[]::new),
                        steps.stream().map(s -> s.to().wire()).toArray(String[]::new),
                        actors.toArray(String[]::new),
                        steps.stream().map(Step::reason).toArray(String[]::new),
                        steps.stream().map(Step::epoch).toArray(Long[]::new))
                .mapEmpty();
    }

    private List<Outbox.Message> messages(Change change, Instant now) {
        List<Step> steps = change.steps().isEmpty()
                ? List.of(new Step(change.before().status(), change.before().status(), change.reason(), change.epoch()))
                : change.steps();
        return steps.stream()
                .map(step -> outbox.statusChanged(Scenarios.changed(
                        change.before(), step.from(), step.to(), step.reason(), step.epoch(), change.actor(), now)))
                .toList();
    }

    private static Map<UUID, Scenario> byUuid(RowSet<Row> rows) {
        Map<UUID, Scenario> map = new LinkedHashMap<>();
        for (Row row : rows) {
            Scenario scenario = Scenarios.scenario(row);
            map.put(scenario.uuid(), scenario);
        }
        return map;
    }
}
