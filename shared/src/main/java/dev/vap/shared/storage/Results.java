package dev.vap.shared.storage;

import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.ResultMessage;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The table {@code scenario_results}, written by the inbox of results. A scenario's results are accepted in growing order
 * of frames and epochs only, under a lock on its cursor, so that repeats and results of a former owner leave no trace but
 * a count.
 */
public final class Results {

    private static final String COLUMNS = "frame_number, epoch, timestamp, age_ms, pts_ms, width, height, model,"
            + " detector, inference_ms, detections::text AS detections, stored_at, gated";

    private final Database database;

    public Results(Database database) {
        this.database = database;
    }

    /**
     * A stored result.
     *
     * @param ageMillis from the capture of the frame to the publishing of its result; null if unknown
     * @param detections the JSON array as text: it is shown as it is, and parsing a hundred of them costs more CPU than all
     *     the rest of an answer
     * @param gated the frame was not analysed because nothing moved in it
     */
    public record Stored(
            long frameNumber,
            long epoch,
            Instant timestamp,
            Integer ageMillis,
            long ptsMillis,
            int width,
            int height,
            String model,
            String detector,
            double inferenceMillis,
            String detections,
            Instant storedAt,
            boolean gated) {}

    /**
     * What became of a batch.
     *
     * @param stale of an older epoch than the newest accepted
     * @param repeated frames that were stored before
     * @param unknown of scenarios that do not exist (any more)
     */
    public record Outcome(int stored, int stale, int repeated, int unknown) {}

    /** How far a scenario's results have come; {@code lastFrame} -1 if there is none. */
    public record Cursor(long epoch, long lastFrame, long stored, long stale, long repeated) {}

    /**
     * Stores a batch in one transaction.
     *
     * @param batch in the order received; several scenarios may be mixed
     */
    public Future<Outcome> store(List<ResultMessage> batch) {
        UUID[] scenarios =
                batch.stream().map(ResultMessage::scenario).distinct().sorted().toArray(UUID[]::new);
        return database.inTransaction(tx -> tx.run(
                        "SELECT scenario_uuid, epoch, last_frame FROM result_cursors WHERE scenario_uuid = ANY($1)"
                                + " ORDER BY scenario_uuid FOR UPDATE",
                        (Object) scenarios)
                .compose(rows -> {
                    ResultFilter filter = new ResultFilter(cursors(rows));
                    batch.forEach(filter::offer);
                    return write(tx, filter).map(done -> filter.outcome());
                }));
    }

    /** The cursor of a scenario, empty if there is no such scenario. */
    public Future<Optional<Cursor>> cursor(UUID scenario) {
        return database.run("SELECT * FROM result_cursors WHERE scenario_uuid = $1", scenario)
                .map(Results::firstCursor);
    }

    public Future<Optional<Cursor>> cursor(Tx tx, UUID scenario) {
        return tx.run("SELECT * FROM result_cursors WHERE scenario_uuid = $1", scenario)
                .map(Results::firstCursor);
    }

    /** Which results are asked for. */
    public enum Which {
        ALL(""),
        ANALYSED(" AND NOT gated"),
        GATED(" AND gated");

        private final String condition;

        Which(String condition) {
            this.condition = condition;
        }
    }

    /** Results after a frame number, in order of frames. */
    public Future<List<Stored>> after(UUID scenario, long afterFrame, int limit) {
        return after(scenario, afterFrame, limit, Which.ALL);
    }

    public Future<List<Stored>> after(UUID scenario, long afterFrame, int limit, Which which) {
        return database.run(
                        "SELECT " + COLUMNS + " FROM scenario_results WHERE scenario_uuid = $1 AND frame_number > $2"
                                + which.condition + " ORDER BY frame_number LIMIT $3",
                        scenario,
                        afterFrame,
                        limit)
                .map(Results::stored);
    }

    /** The newest results, in order of frames. */
    public Future<List<Stored>> newest(UUID scenario, int limit) {
        return newest(scenario, limit, Which.ALL);
    }

    public Future<List<Stored>> newest(UUID scenario, int limit, Which which) {
        return database.run(
                        "SELECT " + COLUMNS + " FROM scenario_results WHERE scenario_uuid = $1" + which.condition
                                + " ORDER BY frame_number DESC LIMIT $2",
                        scenario,
                        limit)
                .map(rows -> {
                    List<Stored> list = new ArrayList<>(stored(rows));
                    java.util.Collections.reverse(list);
                    return list;
                });
    }

    /** Makes the partitions of the coming days and drops those past retention. */
    public Future<Integer> maintainPartitions(int keepDays) {
        return database.run("SELECT ensure_result_partitions(2)")
                .compose(done -> database.run("SELECT drop_result_partitions($1) AS n", keepDays))
                .map(rows -> rows.iterator().next().getInteger("n"));
    }

    /** Stores what was accepted and advances the cursors, in one statement: results come many times a second. */
    private static Future<Void> write(Tx tx, ResultFilter filter) {
        List<ResultFilter.State> moved = filter.changed();
        if (moved.isEmpty()) {
            return Future.succeededFuture();
        }
        List<ResultMessage> accepted = filter.accepted();
        int n = accepted.size();
        UUID[] scenario = new UUID[n];
        Long[] frame = new Long[n];
        Long[] epoch = new Long[n];
        OffsetDateTime[] timestamp = new OffsetDateTime[n];
        Integer[] age = new Integer[n];
        Long[] pts = new Long[n];
        Integer[] width = new Integer[n];
        Integer[] height = new Integer[n];
        String[] model = new String[n];
        String[] detector = new String[n];
        Float[] inference = new Float[n];
        String[] detections = new String[n];
        Boolean[] gated = new Boolean[n];
        for (int i = 0; i < n; i++) {
            ResultMessage m = accepted.get(i);
            scenario[i] = m.scenario();
            frame[i] = m.frameNumber();
            epoch[i] = m.epoch();
            timestamp[i] = m.timestamp().atOffset(ZoneOffset.UTC);
            age[i] = m.ageMillis() < 0 ? null : (int) Math.min(Integer.MAX_VALUE, m.ageMillis());
            pts[i] = m.ptsMillis();
            width[i] = m.width();
            height[i] = m.height();
            model[i] = m.model();
            detector[i] = m.detector();
            inference[i] = (float) m.inferenceMillis();
            detections[i] = Detection.toJson(m.detections()).encode();
            gated[i] = m.gated();
        }
        return tx.run(
                        "WITH advanced AS (UPDATE result_cursors c SET epoch = u.epoch, last_frame = u.last_frame,"
                                + " stored = c.stored + u.stored, stale = c.stale + u.stale,"
                                + " repeated = c.repeated + u.repeated"
                                + " FROM unnest($14::uuid[], $15::bigint[], $16::bigint[], $17::bigint[],"
                                + " $18::bigint[], $19::bigint[])"
                                + " AS u (scenario_uuid, epoch, last_frame, stored, stale, repeated)"
                                + " WHERE c.scenario_uuid = u.scenario_uuid)"
                                + " INSERT INTO scenario_results (scenario_uuid, frame_number, epoch, timestamp, pts_ms,"
                                + " width, height, model, detector, inference_ms, detections, age_ms, gated, stored_at)"
                                + " SELECT a, b, c, d, e, f, g, h, i, j, k::jsonb, l, m, now() FROM unnest($1::uuid[],"
                                + " $2::bigint[], $3::bigint[], $4::timestamptz[], $5::bigint[], $6::int[], $7::int[],"
                                + " $8::text[], $9::text[], $10::real[], $11::text[], $12::int[],"
                                + " $13::boolean[]) AS t (a, b, c, d, e, f, g, h, i, j, k, l, m)",
                        scenario,
                        frame,
                        epoch,
                        timestamp,
                        pts,
                        width,
                        height,
                        model,
                        detector,
                        inference,
                        detections,
                        age,
                        gated,
                        moved.stream().map(s -> s.scenario).toArray(UUID[]::new),
                        moved.stream().map(s -> s.epoch).toArray(Long[]::new),
                        moved.stream().map(s -> s.lastFrame).toArray(Long[]::new),
                        moved.stream().map(s -> (long) s.stored).toArray(Long[]::new),
                        moved.stream().map(s -> (long) s.stale).toArray(Long[]::new),
                        moved.stream().map(s -> (long) s.repeated).toArray(Long[]::new))
                .mapEmpty();
    }

    private static Map<UUID, ResultFilter.State> cursors(RowSet<Row> rows) {
        Map<UUID, ResultFilter.State> out = new HashMap<>();
        for (Row row : rows) {
            UUID scenario = row.getUUID("scenario_uuid");
            out.put(scenario, new ResultFilter.State(scenario, row.getLong("epoch"), row.getLong("last_frame")));
        }
        return out;
    }

    private static Optional<Cursor> firstCursor(RowSet<Row> rows) {
        if (rows.size() == 0) {
            return Optional.empty();
        }
        Row row = rows.iterator().next();
        return Optional.of(new Cursor(
                row.getLong("epoch"),
                row.getLong("last_frame"),
                row.getLong("stored"),
                row.getLong("stale"),
                row.getLong("repeated")));
    }

    private static List<Stored> stored(RowSet<Row> rows) {
        return rows.stream()
                .map(row -> new Stored(
                        row.getLong("frame_number"),
                        row.getLong("epoch"),
                        row.getOffsetDateTime("timestamp").toInstant(),
                        row.getInteger("age_ms"),
                        row.getLong("pts_ms"),
                        row.getInteger("width"),
                        row.getInteger("height"),
                        row.getString("model"),
                        row.getString("detector"),
                        row.getFloat("inference_ms"),
                        row.getString("detections"),
                        row.getOffsetDateTime("stored_at").toInstant(),
                        row.getBoolean("gated")))
                .toList();
    }
}
