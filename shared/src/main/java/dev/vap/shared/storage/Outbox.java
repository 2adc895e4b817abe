package dev.vap.shared.storage;

import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.ScenarioCommand;
import dev.vap.shared.protocol.StatusChanged;
import dev.vap.shared.protocol.Topics;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Messages that leave with the transaction that wrote them. */
public final class Outbox {

    /** LISTEN/NOTIFY channel that wakes the relay; a notification may be lost, so a slow poll stands behind it. */
    static final String CHANNEL = "vap_outbox";

    /** Key of the advisory lock that the one active relay holds. */
    static final long RELAY_LOCK = 0x7661705f6f757462L;

    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

    private final Database database;
    private final Topics topics;
    /** Wishes that a notification now on its way may have come too early for. */
    private final AtomicInteger wakes = new AtomicInteger();

    public Outbox(Database database, Topics topics) {
        this.database = database;
        this.topics = topics;
    }

    /** A message on its way out. */
    public record Message(UUID messageId, String topic, String key, UUID scenario, JsonObject payload) {}

    /** A row that waits to be published. */
    public record Entry(long id, String topic, String key, String payload) {}

    public Topics topics() {
        return topics;
    }

    /** Adds messages to the transaction; they are published, in this order, after the commit. */
    public Future<Void> addAll(Tx tx, List<Message> messages) {
        if (messages.isEmpty()) {
            return Future.succeededFuture();
        }
        return tx.run(
                        "WITH o AS (INSERT INTO outbox_scenario (message_id, topic, message_key, scenario_uuid, payload)"
                                + " SELECT a, b, c, d, e::jsonb FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[],"
                                + " $5::text[]) WITH ORDINALITY AS t (a, b, c, d, e, n) ORDER BY n)"
                                + " SELECT pg_notify('" + CHANNEL + "', '')",
                        messages.stream().map(Message::messageId).toArray(UUID[]::new),
                        messages.stream().map(Message::topic).toArray(String[]::new),
                        messages.stream().map(Message::key).toArray(String[]::new),
                        messages.stream().map(Message::scenario).toArray(UUID[]::new),
                        messages.stream().map(m -> m.payload().encode()).toArray(String[]::new))
                .mapEmpty();
    }

    /**
     * Wakes the relay for rows that are committed by now. A NOTIFY inside their own transaction would make all who write wait
     * for each other: PostgreSQL lets only one of those commit at a time, and a commit waits for the disk.
     */
    void wake() {
        if (wakes.getAndIncrement() == 0) {
            notifyRelay();
        }
    }

    private void notifyRelay() {
        int meant = wakes.get();
        database.run("SELECT pg_notify('" + CHANNEL + "', '')").onComplete(done -> {
            if (done.failed()) {
                // The relay looks by itself once a second.
                LOG.debug("waking the relay", done.cause());
            }
            if (wakes.addAndGet(-meant) > 0) {
                notifyRelay();
            }
        });
    }

    Message statusChanged(StatusChanged changed) {
        return new Message(
                changed.messageId(),
                topics.scenarios(),
                changed.scenario().toString(),
                changed.scenario(),
                changed.toJson());
    }

    public Message command(ScenarioCommand command) {
        return new Message(
                command.messageId(),
                topics.initScenario(),
                command.scenario().toString(),
                command.scenario(),
                command.toJson());
    }

    public Message deploy(DeployCommand command) {
        return new Message(
                command.messageId(), topics.toDeploy(), command.runnerId(), command.scenario(), command.toJson());
    }

    /** The oldest rows not published yet, in the order to publish them. */
    public Future<List<Entry>> unpublished(int limit) {
        return database.run(
                        "SELECT id, topic, message_key, payload::text AS payload FROM outbox_scenario"
                                + " WHERE NOT published ORDER BY id LIMIT $1",
                        limit)
                .map(rows -> rows.stream().map(Outbox::entry).toList());
    }

    /** Not waited for until it is on disk: what a crash forgets is published again, which harms nobody. */
    public Future<Void> markPublished(List<Long> ids) {
        return database.run(
                        "WITH s AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))"
                                + " UPDATE outbox_scenario SET published = true, published_at = now() FROM s"
                                + " WHERE id = ANY($1)",
                        (Object) ids.toArray(Long[]::new))
                .mapEmpty();
    }

    /** Removes rows published more than an hour ago, inbox entries older than a week, and keys of creates after their day. */
    public Future<Void> prune() {
        return database.run("DELETE FROM outbox_scenario WHERE published AND published_at < now() - interval '1 hour'")
                .compose(done -> database.run("DELETE FROM inbox WHERE received_at < now() - interval '7 days'"))
                .compose(done -> database.run(
                        "DELETE FROM idempotency_keys WHERE created_at < now() - $1 * interval '1 second'",
                        (double) Creation.REMEMBERED.toSeconds()))
                .mapEmpty();
    }

    /** Rows that wait. */
    public Future<Long> backlog() {
        return database.run("SELECT count(*) AS n FROM outbox_scenario WHERE NOT published")
                .map(rows -> rows.iterator().next().getLong("n"));
    }

    private static Entry entry(Row row) {
        return new Entry(
                row.getLong("id"), row.getString("topic"), row.getString("message_key"), row.getString("payload"));
    }
}
