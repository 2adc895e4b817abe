package dev.vap.shared.storage;

import dev.vap.shared.domain.Scenario;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pages of the list of scenarios, newest first, each read from an index: without a text from that of the numbers or of what is
 * filtered by. A text that many have is found among the newest; one that few have by its characters in
 * {@code scenario_search}. Thread-safe.
 */
final class ScenarioLists {

    private static final Logger LOG = LoggerFactory.getLogger(ScenarioLists.class);

    /** Looked through one by one in about 3 ms: what fills no page of these has few enough matches to fetch them all. */
    private static final int NEWEST = 2_000;
    /** So many new scenarios may wait to be written to {@code scenario_search}; so many are then written at once. */
    private static final int MAY_WAIT = 500;

    private static final int AT_ONCE = 1_000;

    private final Database database;
    private final AtomicBoolean indexing = new AtomicBoolean();

    ScenarioLists(Database database) {
        this.database = database;
    }

    /** @param beforeId only those with a smaller number; null for the first page */
    Future<List<Scenario>> page(Long beforeId, ScenarioFilter filter, int limit) {
        if (filter.text() == null) {
            return run(all(beforeId, filter, limit));
        }
        return run(newest(beforeId, filter, limit)).compose(found -> {
            if (found.size() == limit) {
                return Future.succeededFuture(found);
            }
            keepUp();
            return run(indexed(beforeId, filter, limit));
        });
    }

    /** A statement and what is put into it. */
    record Query(String sql, Tuple parameters) {

        private Query(String sql, List<Object> parameters) {
            this(sql, Tuple.wrap(parameters));
        }
    }

    static Query all(Long beforeId, ScenarioFilter filter, int limit) {
        List<Object> parameters = new ArrayList<>();
        String where = filter.where(beforeId, parameters);
        return new Query(
                "SELECT " + Scenarios.COLUMNS + " FROM scenarios s WHERE " + where + newestFirst(limit, parameters),
                parameters);
    }

    /** Those with the text among the newest that are otherwise asked for. */
    static Query newest(Long beforeId, ScenarioFilter filter, int limit) {
        List<Object> parameters = new ArrayList<>();
        String where = filter.where(beforeId, parameters);
        return new Query(
                "SELECT " + Scenarios.COLUMNS + " FROM (SELECT * FROM scenarios s WHERE " + where
                        + newestFirst(NEWEST, parameters) + ") s WHERE " + filter.hasText(parameters)
                        + newestFirst(limit, parameters),
                parameters);
    }

    /**
     * Those with the text among all: of scenario_search as far as it goes, after that of the list itself. Made so that it is
     * carried out as it is written, whatever the database thinks of how many there are: {@code + 0} keeps it from reading the
     * other index of scenario_search as well, {@code OFFSET 0} from reading all scenarios, and it ends with the page.
     */
    static Query indexed(Long beforeId, ScenarioFilter filter, int limit) {
        List<Object> parameters = new ArrayList<>();
        String where = filter.where(beforeId, parameters);
        String hasText = filter.hasText(parameters);
        String pattern = "$" + parameters.size();
        parameters.add(filter.text());
        String text = "$" + parameters.size();
        parameters.add(limit);
        return new Query(
                "SELECT " + Scenarios.COLUMNS + " FROM ("
                        + "SELECT scenario_id AS id FROM scenario_search"
                        + " WHERE text_grams(text) @> wanted_grams(lower(" + text + ")) AND text LIKE lower(" + pattern
                        + ") AND scenario_id + 0 <= (SELECT up_to FROM scenario_search_state)"
                        + " UNION ALL SELECT s.id FROM scenarios s"
                        + " WHERE s.id > (SELECT up_to FROM scenario_search_state) AND " + hasText
                        + " ORDER BY id DESC) f CROSS JOIN LATERAL"
                        + " (SELECT * FROM scenarios s WHERE s.id = f.id AND " + where + " OFFSET 0) s"
                        + " ORDER BY f.id DESC LIMIT $" + parameters.size(),
                parameters);
    }

    private static String newestFirst(int limit, List<Object> parameters) {
        parameters.add(limit);
        return " ORDER BY s.id DESC LIMIT $" + parameters.size();
    }

    private Future<List<Scenario>> run(Query query) {
        return database.run(query.sql(), query.parameters())
                .map(rows -> rows.stream().map(Scenarios::scenario).toList());
    }

    /** Writes what waits for it to {@code scenario_search}, in steps, while nobody waits for it. */
    private void keepUp() {
        if (indexing.compareAndSet(false, true)) {
            index().onComplete(done -> {
                indexing.set(false);
                if (done.failed()) {
                    LOG.debug("new scenarios could not be indexed; the next search tries again", done.cause());
                }
            });
        }
    }

    /** @return once all is written */
    Future<Void> index() {
        return database.run("SELECT index_scenarios($1, $2)", MAY_WAIT, AT_ONCE)
                .compose(rows -> rows.iterator().next().getInteger(0) == 0 ? Future.succeededFuture() : index());
    }
}
