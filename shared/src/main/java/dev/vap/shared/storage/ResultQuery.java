package dev.vap.shared.storage;

import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Which results of a scenario are asked for; null where it does not matter.
 *
 * @param afterFrame exclusive
 * @param beforeFrame exclusive
 * @param since by the frames' own time, inclusive
 * @param until exclusive
 * @param classes only results with a detection of one of them, and only those detections; empty for all
 * @param minConfidence only results with a detection of at least this confidence, and only those detections
 * @param newest the last that fit, else the first; either way they come in order of frames
 */
public record ResultQuery(
        UUID scenario,
        Long afterFrame,
        Long beforeFrame,
        Instant since,
        Instant until,
        List<String> classes,
        Double minConfidence,
        Results.Which which,
        boolean newest,
        int limit) {

    public ResultQuery {
        classes = List.copyOf(classes);
    }

    public static ResultQuery after(UUID scenario, long frame, int limit) {
        return new ResultQuery(scenario, frame, null, null, null, List.of(), null, Results.Which.ALL, false, limit);
    }

    public static ResultQuery newest(UUID scenario, int limit) {
        return new ResultQuery(scenario, null, null, null, null, List.of(), null, Results.Which.ALL, true, limit);
    }

    public ResultQuery of(Results.Which other) {
        return new ResultQuery(
                scenario, afterFrame, beforeFrame, since, until, classes, minConfidence, other, newest, limit);
    }

    /** The last so many of what fits up to a frame. */
    public ResultQuery upTo(long frame, int most) {
        return new ResultQuery(scenario, null, frame + 1, since, until, classes, minConfidence, which, true, most);
    }

    public ResultQuery oldestFirst() {
        return new ResultQuery(
                scenario, afterFrame, beforeFrame, since, until, classes, minConfidence, which, false, limit);
    }

    public ResultQuery limitedTo(int most) {
        return new ResultQuery(
                scenario, afterFrame, beforeFrame, since, until, classes, minConfidence, which, newest, most);
    }

    /** The next so many in this direction. */
    public ResultQuery continuedAfter(long frame, int more) {
        return new ResultQuery(scenario, frame, beforeFrame, since, until, classes, minConfidence, which, newest, more);
    }

    /** Whether the newest of all are asked for, which the newest partitions are likely to hold. */
    boolean isNewestOfAll() {
        return newest && beforeFrame == null && since == null && until == null && !selectsDetections();
    }

    /** Whether very many rows may have to be looked at for the few that fit. */
    boolean isSearch() {
        return selectsDetections() || which != Results.Which.ALL || since != null || until != null;
    }

    boolean selectsDetections() {
        return !classes.isEmpty() || minConfidence != null;
    }

    /** A statement and what belongs into it. */
    record Statement(String sql, Tuple parameters) {}

    /**
     * @param recent looks only at partitions of the last day of the scenario's results
     */
    Statement statement(boolean recent) {
        List<Object> parameters = new ArrayList<>();
        parameters.add(scenario);
        StringBuilder sql = new StringBuilder();
        boolean ranged = since != null || until != null || !classes.isEmpty();
        if (ranged) {
            sql.append("WITH f AS MATERIALIZED (SELECT min(first_frame) AS first, max(last_frame) AS last")
                    .append(" FROM result_counts WHERE scenario_uuid = $1 AND class = ANY(");
            sql.append(put(parameters, countedClasses())).append("::text[])");
            if (since != null) {
                sql.append(" AND minute >= ")
                        .append(put(
                                parameters,
                                since.truncatedTo(ChronoUnit.MINUTES).atOffset(ZoneOffset.UTC)));
            }
            if (until != null) {
                sql.append(" AND minute < ").append(put(parameters, until.atOffset(ZoneOffset.UTC)));
            }
            sql.append(") ");
        }
        // In the order in which Results reads them.
        sql.append(
                        "SELECT frame_number, epoch, timestamp, age_ms, pts_ms, width, height, model, detector, inference_ms, ")
                .append(selectsDetections() ? "d.shown::text" : "detections::text")
                .append(" AS detections, stored_at, gated FROM scenario_results r");
        if (selectsDetections()) {
            sql.append(matching(parameters));
        }
        sql.append(" WHERE r.scenario_uuid = $1").append(which.condition());
        if (selectsDetections()) {
            sql.append(" AND d.shown IS NOT NULL");
        }
        if (ranged) {
            sql.append(" AND frame_number >= (SELECT first FROM f) AND frame_number <= (SELECT last FROM f)");
        }
        condition(sql, " AND frame_number > ", parameters, afterFrame);
        condition(sql, " AND frame_number < ", parameters, beforeFrame);
        condition(sql, " AND timestamp >= ", parameters, since == null ? null : since.atOffset(ZoneOffset.UTC));
        condition(sql, " AND timestamp < ", parameters, until == null ? null : until.atOffset(ZoneOffset.UTC));
        if (recent) {
            sql.append(" AND stored_at >= (SELECT c.stored_at - interval '1 day' FROM result_cursors c"
                    + " WHERE c.scenario_uuid = $1)");
        }
        sql.append(" ORDER BY frame_number").append(newest ? " DESC" : "");
        sql.append(" LIMIT ").append(put(parameters, limit));
        return new Statement(sql.toString(), Tuple.wrap(parameters));
    }

    /** The list keeps its order; a parent is named by its place in the whole list, which is not shown. */
    private String matching(List<Object> parameters) {
        List<String> conditions = new ArrayList<>();
        if (!classes.isEmpty()) {
            conditions.add("o ->> 'class' = ANY(" + put(parameters, classes.toArray(String[]::new)) + "::text[])");
        }
        if (minConfidence != null) {
            conditions.add("(o ->> 'confidence')::float8 >= " + put(parameters, minConfidence));
        }
        return " CROSS JOIN LATERAL (SELECT jsonb_agg(o - 'parent' ORDER BY n) AS shown FROM jsonb_array_elements(r.detections::jsonb)"
                + " WITH ORDINALITY AS e (o, n) WHERE " + String.join(" AND ", conditions) + ") d";
    }

    private String[] countedClasses() {
        return classes.isEmpty()
                ? new String[] {MinuteCounts.ALL_FRAMES}
                : classes.stream().map(MinuteCounts::cut).toArray(String[]::new);
    }

    private static void condition(StringBuilder sql, String words, List<Object> parameters, Object value) {
        if (value != null) {
            sql.append(words).append(put(parameters, value));
        }
    }

    private static String put(List<Object> parameters, Object value) {
        parameters.add(value);
        return "$" + parameters.size();
    }
}
