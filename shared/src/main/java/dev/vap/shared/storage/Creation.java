package dev.vap.shared.storage;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.VapException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** How a scenario comes to be, once for each key that a client gave. */
final class Creation {

    /** How long a key is remembered. */
    static final Duration REMEMBERED = Duration.ofHours(24);

    /**
     * As {@link CreateBatches} writes one, if nobody has used the key: whoever comes second waits for the first to commit, and
     * then makes nothing. The number is taken before the row exists, since it is a part of the answer that is remembered.
     */
    private static final String CREATE_ONCE = """
            WITH k AS (
                INSERT INTO idempotency_keys (key, request_hash, scenario_uuid, answer)
                SELECT $13, $14, $1::uuid, jsonb_build_object('scenario_uuid', $1::text, 'scenario_id', n, 'version', 1)
                FROM nextval('scenarios_id_seq') n
                ON CONFLICT DO NOTHING RETURNING (answer ->> 'scenario_id')::bigint AS id
            ), s AS (
                INSERT INTO scenarios (id, scenario_uuid, camera_url, status, model, options, name, shown_url)
                OVERRIDING SYSTEM VALUE
                SELECT k.id, $1, $2, 'init_startup', $3, $4, $11, $12 FROM k RETURNING id, created_at
            ), c AS (
                INSERT INTO result_cursors (scenario_uuid) SELECT $1 FROM s
            ), e AS (
                INSERT INTO scenario_events (scenario_uuid, to_status, actor, epoch)
                SELECT $1, 'init_startup', 'api', 0 FROM s
            ), o AS (
                INSERT INTO outbox_scenario (message_id, topic, message_key, scenario_uuid, payload)
                SELECT m.id, m.topic, $1::text, $1,
                       CASE WHEN m.status THEN m.payload || jsonb_build_object('scenario_id', s.id) ELSE m.payload END
                FROM s, (VALUES ($5::uuid, $6::text, $7::jsonb, false), ($8::uuid, $9::text, $10::jsonb, true))
                     AS m (id, topic, payload, status)
            )
            SELECT id, created_at FROM s
            """;

    private final Database database;
    private final Outbox outbox;
    private final CreateBatches batches;

    Creation(Database database, Outbox outbox) {
        this.database = database;
        this.outbox = outbox;
        this.batches = new CreateBatches(database, outbox);
    }

    Future<Scenario> create(NewScenario wanted) {
        return batches.create(wanted);
    }

    Future<Scenarios.Created> create(NewScenario wanted, IdempotencyKey key) {
        return create(wanted, key, true);
    }

    private Future<Scenarios.Created> create(NewScenario wanted, IdempotencyKey key, boolean again) {
        List<Object> parameters = parameters(wanted);
        parameters.add(key.key());
        parameters.add(key.hash());
        return database.run(CREATE_ONCE, parameters.toArray()).compose(rows -> {
            if (rows.size() > 0) {
                outbox.wake();
                long id = rows.iterator().next().getLong("id");
                return Future.succeededFuture(new Scenarios.Created(wanted.uuid(), id, 1, false));
            }
            return find(key).compose(found -> found.map(Future::succeededFuture)
                    .orElseGet(() -> again
                            // Forgotten in between.
                            ? create(wanted, key, false)
                            : Future.failedFuture(new VapException(
                                    ErrorCode.STORE_UNAVAILABLE,
                                    "The request could not be carried out; try again shortly."))));
        });
    }

    Future<Optional<Scenarios.Created>> find(IdempotencyKey key) {
        return database.run("SELECT request_hash, answer FROM idempotency_keys WHERE key = $1", key.key())
                .map(rows -> {
                    if (rows.size() == 0) {
                        return Optional.empty();
                    }
                    Row row = rows.iterator().next();
                    if (!row.getString("request_hash").equals(key.hash())) {
                        throw new VapException(
                                ErrorCode.IDEMPOTENCY_KEY_REUSED,
                                "This Idempotency-Key was used for another request: repeat that one as it was, or take a"
                                        + " new key.");
                    }
                    JsonObject answer = row.get(JsonObject.class, "answer");
                    return Optional.of(new Scenarios.Created(
                            UUID.fromString(answer.getString("scenario_uuid")),
                            answer.getLong("scenario_id"),
                            answer.getLong("version"),
                            true));
                });
    }

    private List<Object> parameters(NewScenario wanted) {
        NewMessages messages = NewMessages.of(wanted);
        return new ArrayList<>(Arrays.asList(
                wanted.uuid(),
                wanted.cameraUrl(),
                wanted.model(),
                wanted.options().toJson(),
                messages.command().messageId(),
                outbox.topics().initScenario(),
                messages.command().toJson(),
                messages.changed().messageId(),
                outbox.topics().scenarios(),
                messages.changed().toJson(),
                wanted.name(),
                Redact.url(wanted.cameraUrl())));
    }
}
