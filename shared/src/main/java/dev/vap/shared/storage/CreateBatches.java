package dev.vap.shared.storage;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.VapException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Row;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Writes new scenarios: those that come while others are being written go together, in one statement and one commit. One that
 * comes alone waits for nothing; a thousand a second cost the database a fifth of what they would cost alone. Thread-safe.
 */
final class CreateBatches {

    private static final int MAX_BATCH = 64;
    /** While one is being committed the next one is being written. */
    private static final int AT_ONCE = 2;
    /** As many as would wait for a connection of the pool. */
    private static final int MAX_WAITING = 2_000;

    private final Database database;
    private final Outbox outbox;
    private final ArrayDeque<Wanted> waiting = new ArrayDeque<>();
    private int running;

    private record Wanted(NewMessages messages, Promise<Scenario> done) {

        NewScenario scenario() {
            return messages.wanted();
        }
    }

    CreateBatches(Database database, Outbox outbox) {
        this.database = database;
        this.outbox = outbox;
    }

    Future<Scenario> create(NewScenario scenario) {
        Wanted wanted = new Wanted(NewMessages.of(scenario), Promise.promise());
        synchronized (this) {
            if (waiting.size() >= MAX_WAITING) {
                return Future.failedFuture(new VapException(
                        ErrorCode.STORE_UNAVAILABLE, "Too many scenarios are being created; try again shortly."));
            }
            waiting.add(wanted);
        }
        next();
        return wanted.done().future();
    }

    private void next() {
        List<Wanted> batch = new ArrayList<>();
        synchronized (this) {
            if (running >= AT_ONCE) {
                return;
            }
            while (batch.size() < MAX_BATCH && !waiting.isEmpty()) {
                batch.add(waiting.poll());
            }
            if (batch.isEmpty()) {
                return;
            }
            running++;
        }
        write(batch).onComplete(done -> {
            synchronized (this) {
                running--;
            }
            next();
        });
    }

    /** Never fails: what goes wrong is told to those who asked. */
    private Future<Void> write(List<Wanted> batch) {
        return insert(batch).transform(result -> {
            if (result.succeeded()) {
                batch.forEach(wanted -> wanted.done()
                        .complete(result.result().get(wanted.scenario().uuid())));
                return Future.succeededFuture();
            }
            if (batch.size() > 1 && !isOutage(result.cause())) {
                // One of them can't be written; the others are none the worse for it.
                return oneByOne(batch, 0);
            }
            batch.forEach(wanted -> wanted.done().fail(result.cause()));
            return Future.succeededFuture();
        });
    }

    private Future<Void> oneByOne(List<Wanted> batch, int index) {
        return index == batch.size()
                ? Future.succeededFuture()
                : write(List.of(batch.get(index))).compose(v -> oneByOne(batch, index + 1));
    }

    private static boolean isOutage(Throwable cause) {
        return cause instanceof VapException e && e.code() == ErrorCode.STORE_UNAVAILABLE;
    }

    private Future<Map<UUID, Scenario>> insert(List<Wanted> batch) {
        List<NewMessages> messages = batch.stream().map(Wanted::messages).toList();
        return database.run(
                        CreateStatement.MANY,
                        CreateStatement.parameters(messages, outbox.topics()).toArray())
                .onSuccess(rows -> outbox.wake())
                .map(rows -> {
                    Map<UUID, NewScenario> wanted = new HashMap<>();
                    batch.forEach(item -> wanted.put(item.scenario().uuid(), item.scenario()));
                    Map<UUID, Scenario> made = new HashMap<>();
                    for (Row row : rows) {
                        UUID uuid = row.getUUID(0);
                        made.put(
                                uuid,
                                wanted.get(uuid)
                                        .scenario(
                                                row.getLong(1),
                                                row.getOffsetDateTime(2).toInstant()));
                    }
                    return made;
                });
    }
}
