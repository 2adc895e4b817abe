package dev.vap.shared.storage;

import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.ResultMessage;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * The table {@code scenario_results}, written by the inbox of results. A scenario's results are accepted in growing order
 * of frames and epochs only, under a lock on its cursor, so that repeats and results of a former owner leave no trace but
 * a count.
 */
public final class Results {

    /**
     * Rows, cursors and counts in one round trip. The time is that of this statement, which comes after the lock on the cursor
     * was given: a later frame of a scenario is never stored at an earlier time, which the reading of the newest relies on.
     */
    private static final String STORE = """
            WITH advanced AS (
                UPDATE result_cursors c SET epoch = u.epoch, last_frame = u.last_frame, stored = c.stored + u.stored,
                    stale = c.stale + u.stale, repeated = c.repeated + u.repeated, open_minute = u.open_minute::json,
                    stored_at = CASE WHEN u.stored > 0 THEN statement_timestamp() ELSE c.stored_at END
                FROM unnest($14::uuid[], $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[],
                    $29::text[]) AS u (scenario_uuid, epoch, last_frame, stored, stale, repeated, open_minute)
                WHERE c.scenario_uuid = u.scenario_uuid
            ), counted AS (
                INSERT INTO result_minutes AS m (scenario_uuid, minute, class, frames, gated, detections, most,
                    first_frame, last_frame, stored_at)
                SELECT a, b, c, d, e, f, g, h, i, statement_timestamp()
                FROM unnest($20::uuid[], $21::timestamptz[], $22::text[], $23::bigint[], $24::bigint[], $25::bigint[],
                    $26::int[], $27::bigint[], $28::bigint[]) AS t (a, b, c, d, e, f, g, h, i)
                ON CONFLICT (scenario_uuid, minute, class) DO UPDATE SET frames = m.frames + excluded.frames,
                    gated = m.gated + excluded.gated, detections = m.detections + excluded.detections,
                    most = greatest(m.most, excluded.most), first_frame = least(m.first_frame, excluded.first_frame),
                    last_frame = greatest(m.last_frame, excluded.last_frame), stored_at = excluded.stored_at
            )
            INSERT INTO scenario_results (scenario_uuid, frame_number, epoch, timestamp, pts_ms, width, height, model,
                detector, inference_ms, detections, age_ms, gated, stored_at)
            SELECT a, b, c, d, e, f, g, h, i, j, k::json, l, m, statement_timestamp()
            FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::bigint[], $6::int[], $7::int[],
                $8::text[], $9::text[], $10::real[], $11::text[], $12::int[], $13::boolean[])
                AS t (a, b, c, d, e, f, g, h, i, j, k, l, m)
            """;

    /** Less than those who asked wait. */
    private static final Duration PATIENCE = Duration.ofSeconds(8);

    private final Database database;
    private final Duration patience;

    public Results(Database database) {
        this(database, PATIENCE);
    }

    /**
     * @param patience with a query that filters
     */
    Results(Database database, Duration patience) {
        this.database = database;
        this.patience = patience;
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
                        "SELECT scenario_uuid, epoch, last_frame, open_minute::text AS open_minute FROM result_cursors"
                                + " WHERE scenario_uuid = ANY($1)"
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

    /**
     * From where to where a scenario's results go.
     *
     * @param firstFrame the oldest that is still kept; null if none is
     * @param lastFrame the newest that was ever stored; -1 if none was
     */
    public record Extent(Long firstFrame, long lastFrame) {

        /** Whether the results that came next after this frame may have been removed since, because of their age. */
        public boolean isGoneAfter(long frame) {
            return frame >= 0 && frame < lastFrame && (firstFrame == null || firstFrame > frame + 1);
        }
    }

    public Future<Extent> extent(UUID scenario) {
        return database.run(
                        "SELECT c.last_frame, (SELECT r.frame_number FROM scenario_results r WHERE r.scenario_uuid = $1"
                                + " ORDER BY r.frame_number LIMIT 1) FROM result_cursors c WHERE c.scenario_uuid = $1",
                        scenario)
                .map(rows -> rows.stream()
                        .findFirst()
                        .map(row -> new Extent(row.getLong(1), row.getLong(0)))
                        .orElse(new Extent(null, -1)));
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

        String condition() {
            return condition;
        }
    }

    /** Results after a frame number, in order of frames. */
    public Future<List<Stored>> after(UUID scenario, long afterFrame, int limit) {
        return page(ResultQuery.after(scenario, afterFrame, limit));
    }

    public Future<List<Stored>> after(UUID scenario, long afterFrame, int limit, Which which) {
        return page(ResultQuery.after(scenario, afterFrame, limit).of(which));
    }

    /** The newest results, in order of frames. */
    public Future<List<Stored>> newest(UUID scenario, int limit) {
        return page(ResultQuery.newest(scenario, limit));
    }

    public Future<List<Stored>> newest(UUID scenario, int limit, Which which) {
        return page(ResultQuery.newest(scenario, limit).of(which));
    }

    /** Results in order of frames; fails with QUERY_TOO_SLOW if its filters leave too much to look at. */
    public Future<List<Stored>> page(ResultQuery query) {
        if (!query.isNewestOfAll()) {
            return page(query, false);
        }
        return page(query, true)
                .compose(found -> isWhole(found, query) ? Future.succeededFuture(found) : page(query, false));
    }

    /** Frames are numbered from 0: before that one there is none in an older partition. */
    private static boolean isWhole(List<Stored> found, ResultQuery query) {
        return found.size() == query.limit()
                || (!found.isEmpty() && found.get(0).frameNumber() == 0);
    }

    private Future<List<Stored>> page(ResultQuery query, boolean recent) {
        ResultQuery.Statement statement = query.statement(recent);
        Future<RowSet<Row>> read = query.isSearch()
                ? database.search(patience, statement.sql(), statement.parameters())
                : database.run(statement.sql(), statement.parameters());
        return read.map(rows -> {
            List<Stored> found = stored(rows);
            if (query.newest()) {
                Collections.reverse(found);
            }
            return found;
        });
    }

    /**
     * What was seen in a span of time.
     *
     * @param frames analysed ones
     * @param gated frames that were not analysed because nothing moved
     * @param classes by name, in its order
     */
    public record Bucket(Instant start, long frames, long gated, SortedMap<String, ClassCount> classes) {}

    /**
     * What was seen of one class.
     *
     * @param detections boxes in all frames together
     * @param frames those with at least one
     * @param most in one frame
     */
    public record ClassCount(long detections, long frames, int most) {}

    /**
     * Counts by class and time, by the frames' own, oldest first; spans without a frame are left out. Counted by minutes: whole
     * ones, from {@code since} on and before {@code until}.
     *
     * @param step whole minutes; spans begin at multiples of it since the epoch
     */
    public Future<List<Bucket>> stats(UUID scenario, Instant since, Instant until, Duration step) {
        return database.search(
                        patience,
                        "SELECT date_bin($4::bigint * interval '1 second', minute, timestamptz '1970-01-01 00:00:00Z') AS start,"
                                + " class, sum(frames)::bigint AS frames, sum(gated)::bigint AS gated,"
                                + " sum(detections)::bigint AS detections, max(most) AS most FROM result_counts"
                                + " WHERE scenario_uuid = $1 AND minute >= $2 AND minute < $3 GROUP BY 1, 2 ORDER BY 1, 2",
                        Tuple.of(
                                scenario,
                                since.atOffset(ZoneOffset.UTC),
                                until.atOffset(ZoneOffset.UTC),
                                step.toSeconds()))
                .map(Results::buckets);
    }

    private static List<Bucket> buckets(RowSet<Row> rows) {
        Map<Instant, Bucket> out = new TreeMap<>();
        for (Row row : rows) {
            Instant start = row.getOffsetDateTime("start").toInstant();
            Bucket bucket = out.getOrDefault(start, new Bucket(start, 0, 0, new TreeMap<>()));
            if (row.getString("class").equals(MinuteCounts.ALL_FRAMES)) {
                bucket = new Bucket(start, row.getLong("frames"), row.getLong("gated"), bucket.classes());
            } else {
                bucket.classes()
                        .put(
                                row.getString("class"),
                                new ClassCount(
                                        row.getLong("detections"), row.getLong("frames"), row.getInteger("most")));
            }
            out.put(start, bucket);
        }
        return List.copyOf(out.values());
    }

    /** Makes the partitions of the coming days, and drops those past retention with the counts that belong to them. */
    public Future<Integer> maintainPartitions(int keepDays) {
        return database.run("SELECT ensure_result_partitions(2)")
                .compose(done -> database.run("SELECT drop_result_partitions($1) AS n", keepDays))
                .compose(rows -> {
                    int dropped = rows.iterator().next().getInteger("n");
                    return pruneCounts(keepDays).map(dropped);
                });
    }

    /** What holds nothing but results of days whose partitions are gone. */
    private Future<Void> pruneCounts(int keepDays) {
        String past = " < (date_trunc('day', now(), 'UTC') - $1 * interval '1 day')";
        double days = keepDays;
        return database.run("DELETE FROM result_minutes WHERE stored_at" + past, days)
                .compose(done -> database.run(
                        "UPDATE result_cursors SET open_minute = NULL WHERE scenario_uuid IN (SELECT scenario_uuid"
                                + " FROM result_cursors WHERE open_minute IS NOT NULL AND stored_at" + past
                                + " FOR UPDATE SKIP LOCKED)",
                        days))
                .mapEmpty();
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
        List<MinuteCounts.Count> closed = filter.closed();
        return tx.run(
                        STORE,
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
                        moved.stream().map(s -> (long) s.repeated).toArray(Long[]::new),
                        closed.stream().map(c -> c.key.scenario()).toArray(UUID[]::new),
                        closed.stream()
                                .map(c -> Instant.ofEpochSecond(c.key.epochSecond())
                                        .atOffset(ZoneOffset.UTC))
                                .toArray(OffsetDateTime[]::new),
                        closed.stream().map(c -> c.key.label()).toArray(String[]::new),
                        closed.stream().map(c -> c.frames).toArray(Long[]::new),
                        closed.stream().map(c -> c.gated).toArray(Long[]::new),
                        closed.stream().map(c -> c.detections).toArray(Long[]::new),
                        closed.stream().map(c -> c.most).toArray(Integer[]::new),
                        closed.stream().map(c -> c.firstFrame).toArray(Long[]::new),
                        closed.stream().map(c -> c.lastFrame).toArray(Long[]::new),
                        moved.stream().map(ResultFilter.State::openMinute).toArray(String[]::new))
                .mapEmpty();
    }

    private static Map<UUID, ResultFilter.State> cursors(RowSet<Row> rows) {
        Map<UUID, ResultFilter.State> out = new HashMap<>();
        for (Row row : rows) {
            UUID scenario = row.getUUID("scenario_uuid");
            ResultFilter.State state =
                    new ResultFilter.State(scenario, row.getLong("epoch"), row.getLong("last_frame"));
            state.openMinute = row.getString("open_minute");
            out.put(scenario, state);
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
                // By place: looking names up cost a tenth of an answer.
                .map(row -> new Stored(
                        row.getLong(0),
                        row.getLong(1),
                        row.getOffsetDateTime(2).toInstant(),
                        row.getInteger(3),
                        row.getLong(4),
                        row.getInteger(5),
                        row.getInteger(6),
                        row.getString(7),
                        row.getString(8),
                        row.getFloat(9),
                        row.getString(10),
                        row.getOffsetDateTime(11).toInstant(),
                        row.getBoolean(12)))
                .collect(Collectors.toCollection(ArrayList::new));
    }
}
