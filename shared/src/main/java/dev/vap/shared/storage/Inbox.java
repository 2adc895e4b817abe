package dev.vap.shared.storage;

import io.vertx.core.Future;
import java.util.UUID;

/** Remembers which messages were handled, in the transaction that handled them. */
public final class Inbox {

    private Inbox() {}

    /** True the first time; false for a repeat, which must then change nothing. */
    public static Future<Boolean> accept(Tx tx, UUID messageId, String topic) {
        return tx.run("INSERT INTO inbox (message_id, topic) VALUES ($1, $2) ON CONFLICT DO NOTHING", messageId, topic)
                .map(rows -> rows.rowCount() == 1);
    }
}
