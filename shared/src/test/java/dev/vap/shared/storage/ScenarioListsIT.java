package dev.vap.shared.storage;

import static dev.vap.shared.storage.TestDatabase.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.protocol.Topics;
import dev.vap.testing.Await;
import io.vertx.sqlclient.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The list of scenarios: filters, pages, and the search by text, over a few and over very many. */
class ScenarioListsIT {

    private static TestDatabase few;
    private static Scenarios scenarios;

    /** Twenty thousand, a few of which have what nobody else has. */
    private static TestDatabase many;

    private static Scenarios manyScenarios;

    @BeforeAll
    static void open() throws Exception {
        few = TestDatabase.open();
        scenarios = scenarios(few);
        many = TestDatabase.open();
        manyScenarios = scenarios(many);
        await(many.database.run(
                "INSERT INTO scenarios (scenario_uuid, camera_url, status, model, name, shown_url, created_at)"
                        + " SELECT gen_random_uuid(), 'rtsp://u:p@cam/' || n, CASE WHEN n <= 3 THEN 'active' ELSE 'inactive' END,"
                        + " CASE WHEN n <= 3 THEN 'rare' ELSE 'mock' END,"
                        + " CASE n WHEN 11 THEN 'Склад №7' WHEN 12 THEN 'a 100% b' WHEN 13 THEN 'a_b' WHEN 14 THEN 'x\\y'"
                        + " WHEN 15 THEN 'Q' WHEN 16 THEN NULL ELSE 'camera ' || n END,"
                        + " 'rtsp://***@cam/' || CASE n WHEN 16 THEN 'ВХОД' ELSE n::text END, now() - interval '1 hour'"
                        + " FROM generate_series(1, 20000) n"));
        await(many.database.run("ANALYZE scenarios"));
        // Not all at once: some wait when the searches begin.
        await(many.database.run("SELECT index_scenarios(1, 10000)"));
    }

    @AfterAll
    static void close() throws Exception {
        few.close();
        many.close();
    }

    @Test
    void theListIsFilteredAndReadFromPageToPage() throws Exception {
        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.add(
                    0,
                    create("Page 100%_" + i, "rtsp://u:hidden@cam/" + i, "paged")
                            .id());
        }
        ScenarioFilter paged = new ScenarioFilter(null, "paged", null);
        assertThat(ids(null, paged, 2)).isEqualTo(ids.subList(0, 2));
        assertThat(ids(ids.get(1), paged, 10)).isEqualTo(ids.subList(2, 5));
        assertThat(ids(null, new ScenarioFilter(ScenarioStatus.ACTIVE, "paged", null), 10))
                .isEmpty();
        assertThat(ids(null, new ScenarioFilter(ScenarioStatus.INIT_STARTUP, "paged", "CAM/3"), 10))
                .containsExactly(ids.get(1));
        assertThat(ids(null, text("page 100%_4"), 10)).containsExactly(ids.get(0));
        assertThat(ids(null, new ScenarioFilter(null, "paged", "e_1"), 10)).isEmpty();
        assertThat(ids(null, new ScenarioFilter(null, "paged", "e%4"), 10)).isEmpty();
        assertThat(ids(null, new ScenarioFilter(null, "paged", "\\"), 10)).isEmpty();
        assertThat(ids(null, new ScenarioFilter(null, "paged", "hidden"), 10)).isEmpty();
    }

    /** Each way to look against the plain condition over all rows, with whatever LIKE reads as something else. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Склад №7",
                "СКЛАД",
                "№",
                "вход",
                "100%",
                "% b",
                "%",
                "a_b",
                "_",
                "x\\y",
                "\\",
                "\\y",
                "q",
                "Q",
                "m/16",
                "camera 777",
                "CAMERA 19999",
                "9999",
                "no such",
                "ж",
                "жж",
                "camera",
                "rtsp",
                "a",
                "***@cam/8",
                "camera 20000"
            })
    void anyTextIsFoundAnywhere(String text) throws Exception {
        List<Long> expected = new ArrayList<>();
        for (Row row : await(many.database.run(
                "SELECT id FROM scenarios WHERE strpos(lower(name), $1) > 0 OR strpos(lower(shown_url), $1) > 0"
                        + " ORDER BY id DESC",
                text.toLowerCase(Locale.ROOT)))) {
            expected.add(row.getLong(0));
        }
        for (Long before : new Long[] {null, 19_000L, 5_000L, 12L}) {
            List<Long> wanted = expected.stream()
                    .filter(id -> before == null || id < before)
                    .limit(50)
                    .toList();
            assertThat(ids(await(manyScenarios.list(before, text(text), 50)))).isEqualTo(wanted);
            ScenarioLists.Query indexed = ScenarioLists.indexed(before, text(text), 50);
            assertThat(await(many.database.run(indexed.sql(), indexed.parameters())).stream()
                            .map(row -> row.getLong("id"))
                            .toList())
                    .isEqualTo(wanted);
        }
        ScenarioFilter active = new ScenarioFilter(ScenarioStatus.ACTIVE, "rare", text);
        assertThat(ids(await(manyScenarios.list(null, active, 50))))
                .isEqualTo(expected.stream().filter(id -> id <= 3).toList());
    }

    @Test
    void whoSearchesHasTheRestIndexed() throws Exception {
        try (TestDatabase own = TestDatabase.open()) {
            await(own.database.run("INSERT INTO scenarios (scenario_uuid, camera_url, status, model, created_at)"
                    + " SELECT gen_random_uuid(), 'x', 'inactive', 'm',"
                    + " now() - CASE WHEN n <= 2500 THEN interval '1 hour' ELSE interval '1 second' END"
                    + " FROM generate_series(1, 3000) n"));
            assertThat(await(scenarios(own).list(null, text("nothing has this"), 10)))
                    .isEmpty();
            // The last five hundred may have neighbours that are not committed yet.
            Await.until("indexed", Duration.ofSeconds(20), () -> indexed(own) == 2500);
            await(new ScenarioLists(own.database).index());
            assertThat(indexed(own)).isEqualTo(2500);
        }
    }

    /** A number that was given out earlier and committed later is not left out. */
    @Test
    void whatIsCommittedLateIsFound() throws Exception {
        try (TestDatabase own = TestDatabase.open()) {
            String row = "INSERT INTO scenarios (id, scenario_uuid, camera_url, status, model, created_at)"
                    + " OVERRIDING SYSTEM VALUE SELECT n, gen_random_uuid(), 'x', 'inactive', 'm', now() - $1::text::interval"
                    + " FROM generate_series($2::bigint, $3::bigint) n";
            await(own.database.run(row, "1 hour", 1L, 600L));
            await(own.database.run(row, "1 second", 700L, 700L));
            await(own.database.run(row, "1 hour", 701L, 2000L));
            await(new ScenarioLists(own.database).index());
            assertThat(indexed(own)).isEqualTo(600);
        }
    }

    @Test
    void theSearchFollowsWhatIsChangedAndDeleted() throws Exception {
        try (TestDatabase own = TestDatabase.open()) {
            Scenarios all = scenarios(own);
            List<Scenario> made = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                made.add(await(all.create(wanted("place " + i, "rtsp://u:p@first-" + i + "/x", "mock"))));
            }
            Scenario late = made.get(2);
            // One that is changed before it is indexed, and one after.
            rename(all, late, "elsewhere");
            await(own.database.run("UPDATE scenarios SET created_at = now() - interval '1 hour'"));
            await(own.database.run("SELECT index_scenarios(1, 1000)"));
            assertThat(indexed(own)).isEqualTo(3);
            await(all.update(ScenarioRef.of(made.get(0).uuid()), "rtsp://u:secret@moved-here/x", o -> o));
            rename(all, made.get(1), null);

            assertThat(found(own, "moved-here")).containsExactly(made.get(0).id());
            assertThat(found(own, "first-0")).isEmpty();
            assertThat(found(own, "secret@")).isEmpty();
            assertThat(found(own, "place")).containsExactly(made.get(0).id());
            assertThat(found(own, "first-1")).containsExactly(made.get(1).id());
            assertThat(found(own, "elsewhere")).containsExactly(late.id());

            await(own.database.run("DELETE FROM scenarios WHERE id = $1", late.id()));
            assertThat(found(own, "elsewhere")).isEmpty();
            assertThat(await(own.database.run("SELECT FROM scenario_search")).size())
                    .isEqualTo(2);
        }
    }

    /** No page is made by looking at all scenarios. */
    @Test
    void pagesOfALongListComeFromAnIndex() throws Exception {
        for (ScenarioFilter filter : List.of(
                ScenarioFilter.ALL,
                new ScenarioFilter(ScenarioStatus.ACTIVE, null, null),
                new ScenarioFilter(ScenarioStatus.INIT_STARTUP, null, null),
                new ScenarioFilter(ScenarioStatus.INACTIVE, null, null),
                new ScenarioFilter(null, "rare", null),
                new ScenarioFilter(null, "none", null),
                new ScenarioFilter(null, "mock", "camera"),
                text("no such"),
                text("жж"))) {
            for (Long before : new Long[] {null, 10_000L}) {
                List<ScenarioLists.Query> queries = filter.text() == null
                        ? List.of(ScenarioLists.all(before, filter, 101))
                        : List.of(
                                ScenarioLists.newest(before, filter, 101), ScenarioLists.indexed(before, filter, 101));
                for (ScenarioLists.Query query : queries) {
                    assertThat(plan(query))
                            .contains("Index Scan")
                            .doesNotContain("Seq Scan on scenarios ")
                            .doesNotContain("Seq Scan on scenario_search ");
                }
            }
        }
    }

    private static String plan(ScenarioLists.Query query) throws Exception {
        StringBuilder plan = new StringBuilder();
        for (Row row : await(many.database.run("EXPLAIN " + query.sql(), query.parameters()))) {
            plan.append(row.getString(0)).append('\n');
        }
        return plan.toString();
    }

    private static Scenarios scenarios(TestDatabase of) {
        return new Scenarios(of.database, new Outbox(of.database, new Topics("")));
    }

    private static Scenario create(String name, String url, String model) throws Exception {
        return await(scenarios.create(wanted(name, url, model)));
    }

    private static NewScenario wanted(String name, String url, String model) {
        return new NewScenario(Ids.next(), name, url, model, ScenarioOptions.DEFAULTS);
    }

    private static void rename(Scenarios all, Scenario one, String name) throws Exception {
        await(all.update(ScenarioRef.of(one.uuid()), before -> name, null, o -> o, Precondition.NONE));
    }

    private static ScenarioFilter text(String text) {
        return new ScenarioFilter(null, null, text);
    }

    /** How far scenario_search goes. */
    private static long indexed(TestDatabase of) throws Exception {
        return await(of.database.run("SELECT up_to FROM scenario_search_state"))
                .iterator()
                .next()
                .getLong(0);
    }

    private static List<Long> found(TestDatabase of, String text) throws Exception {
        ScenarioLists.Query query = ScenarioLists.indexed(null, text(text), 10);
        return await(of.database.run(query.sql(), query.parameters())).stream()
                .map(row -> row.getLong("id"))
                .toList();
    }

    private static List<Long> ids(Long before, ScenarioFilter filter, int limit) throws Exception {
        return ids(await(scenarios.list(before, filter, limit)));
    }

    private static List<Long> ids(List<Scenario> page) {
        return page.stream().map(Scenario::id).toList();
    }
}
