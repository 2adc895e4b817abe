package dev.vap.shared.storage;

import static dev.vap.shared.storage.TestDatabase.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.Topics;
import dev.vap.testing.TestServers;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What requests of the API come to in the store: names, keys of creates, conditions of changes. */
class ScenarioRequestsIT {

    private static TestDatabase opened;
    private static Database database;
    private static Outbox outbox;
    private static Scenarios scenarios;

    @BeforeAll
    static void open() throws Exception {
        opened = TestDatabase.open();
        database = opened.database;
        outbox = new Outbox(database, new Topics(""));
        scenarios = new Scenarios(database, outbox);
    }

    @AfterAll
    static void close() throws Exception {
        opened.close();
    }

    @Test
    void oneThatCanNotBeWrittenSpoilsNoneOfThoseThatComeWithIt() throws Exception {
        List<Future<Scenario>> all = IntStream.range(0, 50)
                .mapToObj(i -> scenarios.create(wanted(i == 30 ? "a\u0000b" : "together " + i)))
                .toList();
        await(Future.join(all).transform(done -> Future.succeededFuture()));

        for (int i = 0; i < all.size(); i++) {
            if (i == 30) {
                assertThat(all.get(i).cause()).isInstanceOfSatisfying(VapException.class, e -> assertThat(e.code())
                        .isEqualTo(ErrorCode.CONTENT_REFUSED));
            } else {
                Scenario made = all.get(i).result();
                assertThat(await(scenarios.get(ScenarioRef.of(made.uuid())))).isEqualTo(made);
                assertThat(made.name()).isEqualTo("together " + i);
            }
        }
        assertThat(await(outbox.unpublished(10_000)).stream()
                        .filter(e -> e.payload()
                                        .contains("\"scenario_id\": "
                                                + all.get(0).result().id() + ",")
                                || e.payload()
                                        .contains("\"scenario_id\": "
                                                + all.get(0).result().id() + "}"))
                        .map(Outbox.Entry::key))
                .containsExactly(all.get(0).result().uuid().toString());
    }

    @Test
    void aRepeatedCreateHasTheSameAnswerAndMakesNothing() throws Exception {
        IdempotencyKey key = key("{}");
        Scenarios.Created first = await(scenarios.create(wanted("hall"), key));
        Scenarios.Created second = await(scenarios.create(wanted("hall"), key));

        assertThat(first.repeated()).isFalse();
        assertThat(second).isEqualTo(new Scenarios.Created(first.uuid(), first.id(), 1, true));
        assertThat(await(scenarios.findByKey(key))).contains(second);
        Scenario stored = await(scenarios.get(new ScenarioRef(null, first.id())));
        assertThat(stored.uuid()).isEqualTo(first.uuid());
        assertThat(stored.name()).isEqualTo("hall");
        assertThat(await(scenarios.events(first.uuid(), 10))).hasSize(1);
        assertThat(await(outbox.unpublished(10_000)).stream()
                        .filter(e -> e.key().equals(first.uuid().toString())))
                .hasSize(2);
    }

    @Test
    void aKeyThatNamedAnotherRequestIsRefused() throws Exception {
        IdempotencyKey key = key("{\"a\":1}");
        await(scenarios.create(wanted(null), key));
        IdempotencyKey other = IdempotencyKey.of(key.key(), "{\"a\":2}");

        assertRefused(ErrorCode.IDEMPOTENCY_KEY_REUSED, scenarios.create(wanted(null), other));
        assertRefused(ErrorCode.IDEMPOTENCY_KEY_REUSED, scenarios.findByKey(other));
    }

    @Test
    void ofManyAtTheSameTimeOneCreates() throws Exception {
        IdempotencyKey key = key("{}");
        List<Future<Scenarios.Created>> all = IntStream.range(0, 20)
                .mapToObj(i -> scenarios.create(wanted("at once"), key))
                .toList();
        List<Scenarios.Created> answers = new ArrayList<>();
        for (Future<Scenarios.Created> one : all) {
            answers.add(await(one));
        }

        assertThat(answers)
                .extracting(Scenarios.Created::uuid)
                .containsOnly(answers.get(0).uuid());
        assertThat(answers.stream().filter(a -> !a.repeated())).hasSize(1);
        assertThat(await(scenarios.list(null, new ScenarioFilter(null, null, "at once"), 10)))
                .hasSize(1);
    }

    @Test
    void theAnswerOutlivesItsScenario() throws Exception {
        IdempotencyKey key = key("{}");
        Scenarios.Created first = await(scenarios.create(wanted(null), key));
        await(database.run("DELETE FROM scenarios WHERE scenario_uuid = $1", first.uuid()));

        assertThat(await(scenarios.create(wanted(null), key)).uuid()).isEqualTo(first.uuid());
        assertThat(await(scenarios.find(ScenarioRef.of(first.uuid())))).isEmpty();
    }

    @Test
    void aKeyIsForgottenAfterADay() throws Exception {
        IdempotencyKey old = key("{}");
        IdempotencyKey recent = key("{}");
        await(scenarios.create(wanted(null), old));
        await(scenarios.create(wanted(null), recent));
        await(database.run(
                "UPDATE idempotency_keys SET created_at = now() - interval '24 hours 1 minute' WHERE key = $1",
                old.key()));
        await(database.run(
                "UPDATE idempotency_keys SET created_at = now() - interval '23 hours 59 minutes' WHERE key = $1",
                recent.key()));

        await(outbox.prune());

        assertThat(await(scenarios.findByKey(old))).isEmpty();
        assertThat(await(scenarios.findByKey(recent))).isPresent();
    }

    @Test
    void aChangeOfWhatHasChangedMeanwhileIsRefused() throws Exception {
        Scenario s = await(scenarios.create(wanted(null)));
        ScenarioRef ref = ScenarioRef.of(s.uuid());
        Precondition seen = Precondition.of(Set.of(s.version()));

        Scenario named = await(scenarios.update(ref, name -> "gate", null, o -> o, seen));
        assertThat(named.name()).isEqualTo("gate");
        assertThat(named.version()).isEqualTo(s.version() + 1);

        assertRefused(ErrorCode.PRECONDITION_FAILED, scenarios.update(ref, name -> "other", null, o -> o, seen));
        assertRefused(ErrorCode.PRECONDITION_FAILED, scenarios.requestStart(ref, seen));
        assertRefused(ErrorCode.PRECONDITION_FAILED, scenarios.requestStop(ref, seen));
        assertRefused(ErrorCode.PRECONDITION_FAILED, scenarios.delete(ref, seen));
        assertThatThrownBy(() -> await(scenarios.requestStop(ref, seen)))
                .hasMessage("Scenario " + s.id() + " has changed meanwhile: read it again, then repeat the change.");
        assertThat(await(scenarios.get(ref))).isEqualTo(named);
        assertThat(await(scenarios.requestStop(ref, Precondition.of(Set.of(1L, named.version()))))
                        .status())
                .isEqualTo(ScenarioStatus.INIT_SHUTDOWN);
    }

    @Test
    void aNameIsTakenAwayAndNobodyWhoRunsItIsAsked() throws Exception {
        Scenario s = await(scenarios.create(wanted("yard")));
        ScenarioRef ref = ScenarioRef.of(s.uuid());

        Scenario nameless = await(scenarios.update(ref, name -> null, null, o -> o, Precondition.NONE));
        Scenario same = await(scenarios.update(ref, UnaryOperator.identity(), null, o -> o, Precondition.NONE));

        assertThat(nameless.name()).isNull();
        assertThat(same).isEqualTo(nameless);
        assertThat(await(outbox.unpublished(10_000)).stream()
                        .filter(e -> e.key().equals(s.uuid().toString()))
                        .map(Outbox.Entry::topic))
                .containsExactlyInAnyOrder("init_scenario", "scenarios", "scenarios");
    }

    /** Rows of an installation from before there were names: found by their source, never by a password. */
    @Test
    void whatWasThereBeforeGetsItsSourceWithoutCredentials() throws Exception {
        String url = TestServers.get().newDatabase();
        DatabaseUrl parsed = new DatabaseUrl(url);
        Flyway before = Flyway.configure()
                .dataSource(
                        parsed.jdbc(),
                        parsed.options().getUser(),
                        parsed.options().getPassword())
                .locations("classpath:db/migration")
                .target("4")
                .load();
        before.migrate();
        List<String> sources = List.of(
                "rtsp://u:p@ss#w:rd@cam/x?token=t",
                "rtsp://cam/x?e=a@b&token=t",
                "http://cam/y&token=t",
                "file:/m/a.mp4",
                "b.mp4",
                "srt://cam:5000?passphrase=p");
        try (Connection connection = DriverManager.getConnection(
                        parsed.jdbc(),
                        parsed.options().getUser(),
                        parsed.options().getPassword());
                Statement statement = connection.createStatement()) {
            for (String source : sources) {
                statement.execute("INSERT INTO scenarios (scenario_uuid, camera_url, status, model) VALUES ('"
                        + UUID.randomUUID() + "', '" + source + "', 'inactive', 'mock')");
            }
            statement.execute(
                    "INSERT INTO scenario_results (scenario_uuid, frame_number, epoch, timestamp, pts_ms, width,"
                            + " height, model, detector, inference_ms, detections, stored_at, gated)"
                            + " SELECT scenario_uuid, n, 1, timestamptz '2026-01-01 10:00:50Z' + n * interval '5 seconds', 0, 1, 1,"
                            + " 'm', 'd', 0, CASE WHEN n = 3 THEN '[]' ELSE '[{\"class\":\"car\"},{\"class\":\"car\"},"
                            + "{\"class\":\"cat\"}]' END::jsonb, now(), n = 3 FROM scenarios, generate_series(0, 3) n"
                            + " WHERE camera_url = 'b.mp4'");
            Flyway.configure()
                    .dataSource(
                            parsed.jdbc(),
                            parsed.options().getUser(),
                            parsed.options().getPassword())
                    .locations("classpath:db/migration")
                    .load()
                    .migrate();
            List<String> shown = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery("SELECT shown_url FROM scenarios ORDER BY id")) {
                while (rows.next()) {
                    shown.add(rows.getString(1));
                }
            }
            assertThat(shown)
                    .containsExactly(
                            "rtsp://***@cam/x",
                            "rtsp://***@b",
                            "http://cam/y",
                            "file:/m/a.mp4",
                            "b.mp4",
                            "srt://cam:5000");
            List<String> minutes = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery(
                    "SELECT concat_ws(' ', to_char(minute AT TIME ZONE 'UTC', 'HH24:MI'),"
                            + " class, frames, gated, detections, most, first_frame, last_frame) FROM result_minutes ORDER BY 1")) {
                while (rows.next()) {
                    minutes.add(rows.getString(1));
                }
            }
            assertThat(minutes)
                    .containsExactly(
                            "10:00  2 0 6 3 0 1",
                            "10:00 car 2 0 4 2 0 1",
                            "10:00 cat 2 0 2 1 0 1",
                            "10:01  1 1 3 3 2 3",
                            "10:01 car 1 0 2 2 2 2",
                            "10:01 cat 1 0 1 1 2 2");
        }
    }

    private static NewScenario wanted(String name) {
        return new NewScenario(Ids.next(), name, "rtsp://u:p@h/x", "mock", ScenarioOptions.DEFAULTS);
    }

    private static IdempotencyKey key(String body) {
        return IdempotencyKey.of(UUID.randomUUID().toString(), body.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertRefused(ErrorCode code, Future<?> future) {
        assertThatThrownBy(() -> await(future)).isInstanceOfSatisfying(VapException.class, e -> assertThat(e.code())
                .isEqualTo(code));
    }
}
