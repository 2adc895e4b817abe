package dev.vap.shared.storage;

import dev.vap.shared.protocol.Topics;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.util.List;
import java.util.UUID;

/** Messages that leave with the transaction that wrote them. */
public final class Outbox {

    /** LISTEN/NOTIFY channel that wakes the relay; a notification may be lost, so a slow poll stands behind it. */
    static final String CHANNEL = "vap_outbox";

    /** Key of the advisory lock that the one active relay holds. */
    static final long RELAY_LOCK = 0x7661705f6f757462L;

    private final Database database;
    private final Topics topics;

    public Outbox(Database database, Topics topics) {
        this.database = database;
        this.topics = topics;
    }

    /** A row that waits to be published. */
    public record Entry(long id, String topic, String key, String payload) {}

    public Topics topics() {
        return topics;
    }

    /** Adds a message to the transaction; it is published, in order of this call, after the commit. */
    public Future<Void> add(Tx tx, String topic, String key, UUID scenario, UUID messageId, JsonObject payload) {
        return tx.run(
                        "WITH o AS (INSERT INTO outbox_scenario (message_id, topic, message_key, scenario_uuid, payload)"
                                + " VALUES ($1, $2, $3, $4, $5) RETURNING id) SELECT pg_notify('" + CHANNEL
                                + "', '') FROM o",
                        messageId,
                        topic,
                        key,
                        scenario,
                        payload)
                .mapEmpty();
    }

    /** The oldest rows not published yet, in the order to publish them. */
    public Future<List<Entry>> unpublished(int limit) {
        return database.run(
                        "SELECT id, topic, message_key, payload::text AS payload FROM outbox_scenario"
                                + " WHERE NOT published ORDER BY id LIMIT $1",
                        limit)
                .map(rows -> rows.stream().map(Outbox::entry).toList());
    }

    public Future<Void> markPublished(List<Long> ids) {
        return database.run(
                        "UPDATE outbox_scenario SET published = true, published_at = now() WHERE id = ANY($1)",
                        (Object) ids.toArray(Long[]::new))
                .mapEmpty();
    }

    /** Removes rows published more than an hour ago and inbox entries older than a week. */
    public Future<Void> prune() {
        return database.run("DELETE FROM outbox_scenario WHERE published AND published_at < now() - interval '1 hour'")
                .compose(done -> database.run("DELETE FROM inbox WHERE received_at < now() - interval '7 days'"))
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
