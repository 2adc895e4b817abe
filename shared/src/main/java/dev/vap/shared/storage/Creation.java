package dev.vap.shared.storage;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.VapException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** How a scenario comes to be, once for each key that a client gave. */
final class Creation {

    /** How long a key is remembered. */
    static final Duration REMEMBERED = Duration.ofHours(24);

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
        List<Object> parameters = CreateStatement.parameters(List.of(NewMessages.of(wanted)), outbox.topics());
        parameters.add(key.key());
        parameters.add(key.hash());
        return database.run(CreateStatement.ONE_WITH_KEY, parameters.toArray()).compose(rows -> {
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
}
