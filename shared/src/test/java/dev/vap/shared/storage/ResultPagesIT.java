package dev.vap.shared.storage;

import static dev.vap.shared.storage.TestDatabase.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.shared.protocol.Topics;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.sqlclient.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Results by time, class and confidence, and their counts by minute. */
class ResultPagesIT {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    private static TestDatabase opened;
    private static Database database;
    private static Scenarios scenarios;
    private static Results results;

    @BeforeAll
    static void open() throws Exception {
        opened = TestDatabase.open();
        database = opened.database;
        scenarios = new Scenarios(database, new Outbox(database, new Topics("")));
        results = new Results(database);
    }

    @AfterAll
    static void close() throws Exception {
        opened.close();
    }

    @Test
    void sinceIsInclusiveAndUntilIsNot() throws Exception {
        UUID s = create();
        // Three frames a minute, on both sides of its borders.
        List<Instant> times = new ArrayList<>();
        for (int minute = 0; minute < 4; minute++) {
            Instant begin = NOON.plusSeconds(60L * minute);
            times.addAll(
                    List.of(begin, begin.plusNanos(1_000), begin.plusSeconds(60).minusNanos(1_000)));
        }
        List<ResultMessage> batch = new ArrayList<>();
        for (int i = 0; i < times.size(); i++) {
            batch.add(result(s, i, times.get(i), seen("person", 0.5f)));
        }
        await(results.store(batch.subList(0, 5)));
        await(results.store(batch.subList(5, 12)));

        for (Instant since : times) {
            for (Instant until : times) {
                List<Long> expected = new ArrayList<>();
                for (int i = 0; i < times.size(); i++) {
                    if (!times.get(i).isBefore(since) && times.get(i).isBefore(until)) {
                        expected.add((long) i);
                    }
                }
                assertThat(frames(between(s, since, until))).isEqualTo(expected);
            }
            assertThat(frames(between(s, since, null))).hasSize(12 - times.indexOf(since));
            assertThat(frames(between(s, null, since))).hasSize(times.indexOf(since));
        }
        assertThat(frames(between(s, NOON.plusSeconds(240), null))).isEmpty();
        assertThat(frames(between(s, null, NOON))).isEmpty();
    }

    /** A camera's clock may be set back: the range of frames is wide then, and the answer still exact. */
    @Test
    void timesThatGoBackAreFound() throws Exception {
        UUID s = create();
        int[] minutes = {0, 5, 1, 5, 0, 2, 5};
        for (int i = 0; i < minutes.length; i++) {
            await(results.store(List.of(result(s, i, NOON.plusSeconds(60L * minutes[i]), seen("car", 0.5f)))));
        }

        assertThat(frames(between(s, NOON.plusSeconds(300), null))).containsExactly(1L, 3L, 6L);
        assertThat(frames(between(s, NOON, NOON.plusSeconds(60)))).containsExactly(0L, 4L);
        assertThat(await(results.stats(s, NOON, NOON.plusSeconds(360), Duration.ofMinutes(1))))
                .extracting(Results.Bucket::frames)
                .containsExactly(2L, 1L, 1L, 3L);
    }

    @Test
    void onlyDetectionsThatFitAreShown() throws Exception {
        UUID s = create();
        await(results.store(List.of(
                result(s, 0, NOON, seen("person", 0.9f), seen("car", 0.8f), seen("person", 0.3f)),
                result(s, 1, NOON, seen("car", 0.35f)),
                result(s, 2, NOON),
                result(s, 3, NOON, seen("dog", 0.3f), seen("person", 0.7f)))));

        ResultQuery people = with(List.of("person"), null, s);
        assertThat(shown(people)).containsExactly("0 person 0.9 person 0.3", "3 person 0.7");
        assertThat(shown(with(List.of("person", "dog"), 0.3, s)))
                .containsExactly("0 person 0.9 person 0.3", "3 dog 0.3 person 0.7");
        assertThat(shown(with(List.of(), 0.35, s)))
                .containsExactly("0 person 0.9 car 0.8", "1 car 0.35", "3 person 0.7");
        assertThat(shown(with(List.of("giraffe"), null, s))).isEmpty();
        assertThat(shown(with(List.of("' OR true --"), null, s))).isEmpty();
        assertThat(shown(with(List.of("car"), 0.81, s))).isEmpty();
    }

    @Test
    void pagesGoBothWays() throws Exception {
        UUID s = create();
        List<ResultMessage> batch = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            batch.add(result(s, i, NOON.plusSeconds(i), seen("person", 0.5f)));
        }
        await(results.store(batch));

        assertThat(frames(ResultQuery.newest(s, 3))).containsExactly(7L, 8L, 9L);
        assertThat(frames(new ResultQuery(s, null, 7L, null, null, List.of(), null, Results.Which.ALL, true, 3)))
                .containsExactly(4L, 5L, 6L);
        assertThat(frames(ResultQuery.after(s, 3, 3))).containsExactly(4L, 5L, 6L);
        assertThat(frames(ResultQuery.newest(s, 100))).hasSize(10);
    }

    @Test
    void whatIsCountedIsWhatIsStored() throws Exception {
        Random random = new Random(5);
        UUID s = create();
        Instant time = NOON;
        long frame = 0;
        String[] classes = {"person", "car", "", "dog\u00e4\"\\"};
        for (int b = 0; b < 30; b++) {
            List<ResultMessage> batch = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                time = time.plusMillis(random.nextInt(2_000));
                Detection[] seen = new Detection[random.nextInt(4)];
                for (int d = 0; d < seen.length; d++) {
                    seen[d] = seen(classes[random.nextInt(classes.length)], 0.5f);
                }
                batch.add(result(s, frame++, time, seen));
            }
            await(results.store(batch));
            // What comes again is not counted again.
            await(results.store(batch));
        }
        Map<String, String> expected = new TreeMap<>();
        for (Row row : await(database.run(
                "SELECT m::text || ' ' || class AS key, concat_ws(' ', count(*), sum(n), max(n), min(f), max(f)) AS value"
                        + " FROM (SELECT date_trunc('minute', timestamp, 'UTC') m, o ->> 'class' AS class, frame_number f,"
                        + " count(*) n FROM scenario_results r, json_array_elements(detections) o"
                        + " WHERE scenario_uuid = $1 GROUP BY 1, 2, 3"
                        + " UNION ALL SELECT date_trunc('minute', timestamp, 'UTC'), '*', frame_number,"
                        + " json_array_length(detections) FROM scenario_results WHERE scenario_uuid = $1) x"
                        + " WHERE class <> '' GROUP BY m, class",
                s))) {
            expected.put(row.getString(0), row.getString(1));
        }
        Map<String, String> counted = new TreeMap<>();
        for (Row row : await(database.run(
                "SELECT minute::text || ' ' || CASE class WHEN '' THEN '*' ELSE class END,"
                        + " concat_ws(' ', frames, detections, most, first_frame, last_frame) FROM result_counts"
                        + " WHERE scenario_uuid = $1",
                s))) {
            assertThat(counted.put(row.getString(0), row.getString(1))).isNull();
        }
        assertThat(counted).isEqualTo(expected).hasSizeGreaterThan(20);
    }

    @Test
    void statsAreBySpansOfAnyLength() throws Exception {
        UUID s = create();
        await(results.store(List.of(
                result(s, 0, NOON, seen("person", 0.5f), seen("person", 0.5f)),
                gated(s, 1, NOON.plusSeconds(59)),
                result(s, 2, NOON.plusSeconds(60), seen("person", 0.5f), seen("car", 0.5f)),
                result(s, 3, NOON.plusSeconds(300)))));

        List<Results.Bucket> minutes = await(results.stats(s, NOON, NOON.plusSeconds(600), Duration.ofMinutes(1)));
        assertThat(minutes)
                .containsExactly(
                        bucket(NOON, 1, 1, Map.of("person", new Results.ClassCount(2, 1, 2))),
                        bucket(
                                NOON.plusSeconds(60),
                                1,
                                0,
                                Map.of(
                                        "person", new Results.ClassCount(1, 1, 1),
                                        "car", new Results.ClassCount(1, 1, 1))),
                        bucket(NOON.plusSeconds(300), 1, 0, Map.of()));
        assertThat(await(results.stats(s, NOON, NOON.plusSeconds(300), Duration.ofMinutes(5))))
                .containsExactly(bucket(
                        NOON,
                        2,
                        1,
                        Map.of(
                                "person", new Results.ClassCount(3, 2, 2),
                                "car", new Results.ClassCount(1, 1, 1))));
        assertThat(await(results.stats(s, NOON.plusSeconds(60), NOON.plusSeconds(120), Duration.ofDays(1))))
                .extracting(Results.Bucket::start)
                .containsExactly(Instant.parse("2026-03-01T00:00:00Z"));
    }

    /** Batches of the same scenarios in every order, at once, over minutes that end: no deadlock, and all is counted. */
    @Test
    void batchesStoredAtTheSameTimeDoNotBlockEachOther() throws Exception {
        List<UUID> many = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            many.add(create());
        }
        Random random = new Random(7);
        List<Future<Results.Outcome>> all = new ArrayList<>();
        for (int round = 0; round < 40; round++) {
            List<ResultMessage> batch = new ArrayList<>();
            Collections.shuffle(many, random);
            for (UUID s : many) {
                batch.add(result(s, round, NOON.plusSeconds(30L * round), seen("c" + random.nextInt(5), 0.5f)));
            }
            all.add(results.store(batch));
        }
        long stored = 0;
        for (Future<Results.Outcome> one : all) {
            stored += await(one).stored();
        }
        long counted = 0;
        for (UUID s : many) {
            for (Results.Bucket b : await(results.stats(s, NOON, NOON.plusSeconds(3_600), Duration.ofHours(1)))) {
                counted += b.frames();
            }
        }
        assertThat(counted).isEqualTo(stored).isPositive();
    }

    @Test
    void aScenarioTakesItsCountsAlong() throws Exception {
        UUID s = create();
        await(results.store(List.of(result(s, 0, NOON), result(s, 1, NOON.plusSeconds(60)))));
        await(database.run("UPDATE scenarios SET status = 'inactive' WHERE scenario_uuid = $1", s));

        await(scenarios.delete(ScenarioRef.of(s)));

        assertThat(await(database.run("SELECT 1 FROM result_counts WHERE scenario_uuid = $1", s))
                        .size())
                .isZero();
    }

    @Test
    void countsGoWithTheirPartition() throws Exception {
        UUID old = create();
        UUID recent = create();
        for (UUID s : List.of(old, recent)) {
            await(results.store(List.of(result(s, 0, NOON), result(s, 1, NOON.plusSeconds(60)))));
        }
        await(database.run(
                "UPDATE result_minutes SET stored_at = now() - interval '32 days' WHERE scenario_uuid = $1", old));
        await(database.run(
                "UPDATE result_cursors SET stored_at = now() - interval '32 days' WHERE scenario_uuid = $1", old));

        await(results.maintainPartitions(30));

        assertThat(await(database.run("SELECT 1 FROM result_counts WHERE scenario_uuid = $1", old))
                        .size())
                .isZero();
        assertThat(await(database.run("SELECT 1 FROM result_counts WHERE scenario_uuid = $1", recent))
                        .size())
                .isEqualTo(2);
    }

    /** What a filter has to look through does not go on when nobody waits for it any more. */
    @Test
    void aSearchThatTakesTooLongIsGivenUpByTheServer() throws Exception {
        UUID s = create();
        await(database.run(
                "INSERT INTO scenario_results (scenario_uuid, frame_number, epoch, timestamp, pts_ms, width, height, model,"
                        + " detector, inference_ms, detections, stored_at) SELECT $1, n, 1, now(), 0, 1, 1, 'm', 'd', 0,"
                        + " '[{\"class\": \"car\", \"confidence\": 0.1}]', now() FROM generate_series(0, 50000) n",
                s));
        ResultQuery query = new ResultQuery(s, -1L, null, null, null, List.of(), 0.99, Results.Which.ALL, false, 10);
        assertThat(await(results.page(query))).isEmpty();

        assertThatThrownBy(() -> await(new Results(database, Duration.ofMillis(5)).page(query)))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.QUERY_TOO_SLOW));
        assertThat(await(database.run("SHOW statement_timeout"))
                        .iterator()
                        .next()
                        .getString(0))
                .as("of the statements that come after it")
                .isEqualTo("0");
        assertThat(await(results.page(query))).isEmpty();
    }

    /** Of thirty days of partitions the newest results are looked for in the newest ones. */
    @Test
    void theNewestAreNotLookedForInEveryPartition() throws Exception {
        UUID s = create();
        for (int day = 1; day <= 30; day++) {
            await(database.run("CREATE TABLE IF NOT EXISTS scenario_results_past_" + day
                    + " PARTITION OF scenario_results FOR VALUES FROM (date_trunc('day', now(), 'UTC') - interval '"
                    + day
                    + " days') TO (date_trunc('day', now(), 'UTC') - interval '" + (day - 1) + " days')"));
        }
        try {
            await(database.run(
                    "INSERT INTO scenario_results (scenario_uuid, frame_number, epoch, timestamp, pts_ms, width, height, model,"
                            + " detector, inference_ms, detections, stored_at) SELECT $1, n, 1, now(), 0, 1, 1, 'm', 'd', 0,"
                            + " '[]', now() - interval '29 days' + n * interval '1 hour' FROM generate_series(0, 29 * 24) n",
                    s));
            await(database.run("UPDATE result_cursors SET stored_at = now() WHERE scenario_uuid = $1", s));
            ResultQuery.Statement statement = ResultQuery.newest(s, 10).statement(true);
            StringBuilder plan = new StringBuilder();
            for (Row row :
                    await(database.run("EXPLAIN (ANALYZE, BUFFERS) " + statement.sql(), statement.parameters()))) {
                plan.append(row.getString(0)).append('\n');
            }
            assertThat(plan.toString())
                    .containsPattern("never executed|Subplans Removed: 2[0-9]|scenario_results_past_1 ");
            assertThat(plan.toString()
                            .lines()
                            .filter(l -> l.contains("on scenario_results_past_"))
                            .filter(l -> !l.contains("never executed")))
                    .hasSizeLessThanOrEqualTo(1);
            assertThat(frames(ResultQuery.newest(s, 10))).hasSize(10).endsWith(696L);
            assertThat(frames(ResultQuery.newest(s, 1_000))).hasSize(697);
        } finally {
            for (int day = 1; day <= 30; day++) {
                await(database.run("DROP TABLE scenario_results_past_" + day));
            }
        }
    }

    private static Results.Bucket bucket(
            Instant start, long frames, long gated, Map<String, Results.ClassCount> classes) {
        return new Results.Bucket(start, frames, gated, new TreeMap<>(classes));
    }

    private static ResultQuery between(UUID s, Instant since, Instant until) {
        return new ResultQuery(s, null, null, since, until, List.of(), null, Results.Which.ALL, false, 1_000);
    }

    private static ResultQuery with(List<String> classes, Double confidence, UUID s) {
        return new ResultQuery(s, null, null, null, null, classes, confidence, Results.Which.ALL, true, 1_000);
    }

    private static List<Long> frames(ResultQuery query) throws TimeoutException {
        return await(results.page(query)).stream()
                .map(Results.Stored::frameNumber)
                .toList();
    }

    private static List<String> shown(ResultQuery query) throws TimeoutException {
        return await(results.page(query)).stream()
                .map(r -> {
                    StringBuilder text = new StringBuilder().append(r.frameNumber());
                    JsonArray detections = new JsonArray(r.detections());
                    for (int i = 0; i < detections.size(); i++) {
                        text.append(' ').append(detections.getJsonObject(i).getString("class"));
                        text.append(' ').append(detections.getJsonObject(i).getDouble("confidence"));
                    }
                    return text.toString();
                })
                .toList();
    }

    private static Detection seen(String label, float confidence) {
        return new Detection(label, 0, confidence, new BoundingBox(1, 2, 3, 4));
    }

    private static ResultMessage result(UUID s, long frame, Instant time, Detection... seen) {
        return new ResultMessage(
                UUID.randomUUID(), s, 1, frame, time, 0, frame, 768, 432, "mock", "mock", 1, List.of(seen), false);
    }

    private static ResultMessage gated(UUID s, long frame, Instant time) {
        return new ResultMessage(
                UUID.randomUUID(), s, 1, frame, time, 0, frame, 768, 432, "mock", "none", 0, List.of(), true);
    }

    private static UUID create() throws TimeoutException {
        Scenario s = await(scenarios.create(Ids.next(), "rtsp://h/x", "mock", ScenarioOptions.DEFAULTS));
        return s.uuid();
    }
}
