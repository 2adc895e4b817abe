package dev.vap.shared.storage;

import io.vertx.core.Future;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** Remembers which messages were handled, in the transaction that handled them. */
public final class Inbox {

    private Inbox() {}

    /** Those of the ids that were not handled before; the others must then change nothing. */
    public static Future<Set<UUID>> acceptAll(Tx tx, Map<UUID, String> topicById) {
        if (topicById.isEmpty()) {
            return Future.succeededFuture(Set.of());
        }
        UUID[] ids = topicById.keySet().stream().sorted().toArray(UUID[]::new);
        String[] topics = Arrays.stream(ids).map(topicById::get).toArray(String[]::new);
        return tx.run(
                        "INSERT INTO inbox (message_id, topic) SELECT * FROM unnest($1::uuid[], $2::text[])"
                                + " ON CONFLICT DO NOTHING RETURNING message_id",
                        ids,
                        topics)
                .map(rows -> rows.stream().map(r -> r.getUUID(0)).collect(Collectors.toSet()));
    }
}
