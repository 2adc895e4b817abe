package dev.vap.shared.storage;

import dev.vap.shared.domain.Redact;
import dev.vap.shared.protocol.Topics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/**
 * The statement that writes new scenarios: rows, cursors, events, the commands and the status messages. Answers with
 * {@code scenario_uuid, id, created_at} of each; the relay is to be woken then.
 */
final class CreateStatement {

    /** What {@link #parameters} are, a row a scenario. */
    private static final String WANTED = """
            unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::text[],
                   $9::uuid[], $10::text[])
            WITH ORDINALITY AS t (uuid, url, model, options, name, shown, command_id, command, status_id, status, n)
            """;

    /** Of {@code w}, the wanted ones with their numbers. */
    private static final String WRITE = """
            , s AS (
                INSERT INTO scenarios (id, scenario_uuid, camera_url, status, model, options, name, shown_url)
                OVERRIDING SYSTEM VALUE
                SELECT id, uuid, url, 'init_startup', model, options::jsonb, name, shown FROM w ORDER BY n
                RETURNING scenario_uuid, id, created_at
            ), c AS (
                INSERT INTO result_cursors (scenario_uuid) SELECT uuid FROM w
            ), e AS (
                INSERT INTO scenario_events (scenario_uuid, to_status, actor, epoch)
                SELECT uuid, 'init_startup', 'api', 0 FROM w ORDER BY n
            ), o AS (
                INSERT INTO outbox_scenario (message_id, topic, message_key, scenario_uuid, payload)
                SELECT m.id, m.topic, w.uuid::text, w.uuid, m.payload
                FROM w CROSS JOIN LATERAL (VALUES
                    (w.command_id, $11::text, w.command::jsonb),
                    (w.status_id, $12::text, w.status::jsonb || jsonb_build_object('scenario_id', w.id)))
                    AS m (id, topic, payload)
                ORDER BY w.n
            )
            SELECT scenario_uuid, id, created_at FROM s
            """;

    static final String MANY =
            "WITH w AS MATERIALIZED (SELECT t.*, nextval('scenarios_id_seq') AS id FROM " + WANTED + ")" + WRITE;

    /**
     * One, if nobody has used the key: whoever comes second waits for the first to commit, and then makes nothing. The number
     * is taken before the row exists, since it is a part of the answer that is remembered. Key and hash of the request follow
     * the {@link #parameters}.
     */
    static final String ONE_WITH_KEY = """
            WITH k AS (
                INSERT INTO idempotency_keys (key, request_hash, scenario_uuid, answer)
                SELECT $13, $14, ($1::uuid[])[1],
                       jsonb_build_object('scenario_uuid', ($1::uuid[])[1]::text, 'scenario_id', n, 'version', 1)
                FROM nextval('scenarios_id_seq') n
                ON CONFLICT DO NOTHING RETURNING (answer ->> 'scenario_id')::bigint AS id
            ), w AS MATERIALIZED (SELECT t.*, k.id FROM k,\s""" + WANTED + ")" + WRITE;

    private CreateStatement() {}

    static List<Object> parameters(List<NewMessages> all, Topics topics) {
        return new ArrayList<>(Arrays.asList(
                uuids(all, m -> m.wanted().uuid()),
                texts(all, m -> m.wanted().cameraUrl()),
                texts(all, m -> m.wanted().model()),
                texts(all, m -> m.wanted().options().toJson().encode()),
                texts(all, m -> m.wanted().name()),
                texts(all, m -> Redact.url(m.wanted().cameraUrl())),
                uuids(all, m -> m.command().messageId()),
                texts(all, m -> m.command().toJson().encode()),
                uuids(all, m -> m.changed().messageId()),
                texts(all, m -> m.changed().toJson().encode()),
                topics.initScenario(),
                topics.scenarios()));
    }

    private static UUID[] uuids(List<NewMessages> all, Function<NewMessages, UUID> field) {
        return all.stream().map(field).toArray(UUID[]::new);
    }

    private static String[] texts(List<NewMessages> all, Function<NewMessages, String> field) {
        return all.stream().map(field).toArray(String[]::new);
    }
}
