package dev.vap.shared.storage;

import static dev.vap.shared.storage.TestDatabase.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.config.Settings;
import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.Heartbeat;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.shared.protocol.ScenarioCommand;
import dev.vap.shared.protocol.StatusChanged;
import dev.vap.shared.protocol.Topics;
import dev.vap.testing.OwnPostgres;
import dev.vap.testing.TestServers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class StorageIT {

    private static TestDatabase opened;
    private static Database database;
    private static Outbox outbox;
    private static Scenarios scenarios;
    private static Workers workers;
    private static Runners runners;
    private static Results results;

    @BeforeAll
    static void open() throws Exception {
        opened = TestDatabase.open();
        database = opened.database;
        outbox = new Outbox(database, new Topics(""));
        scenarios = new Scenarios(database, outbox);
        workers = new Workers(database);
        runners = new Runners(database);
        results = new Results(database);
    }

    private static final UUID INSTANCE = Ids.next();

    @AfterAll
    static void close() throws Exception {
        opened.close();
    }

    @Test
    void createWritesScenarioEventCommandAndStatusMessageTogether() throws Exception {
        Scenario s = create();
        assertThat(s.status()).isEqualTo(ScenarioStatus.INIT_STARTUP);
        assertThat(await(scenarios.get(new ScenarioRef(null, s.id())))).isEqualTo(s);
        assertThat(await(scenarios.events(s.uuid(), 10)))
                .extracting(Scenarios.Event::to)
                .containsExactly(ScenarioStatus.INIT_STARTUP);
        List<Outbox.Entry> out = outboxOf(s);
        assertThat(out).extracting(Outbox.Entry::topic).containsExactlyInAnyOrder("init_scenario", "scenarios");
        for (Outbox.Entry entry : out) {
            if (entry.topic().equals("scenarios")) {
                StatusChanged message = StatusChanged.parse(entry.payload());
                assertThat(message.scenarioId()).isEqualTo(s.id());
                assertThat(message.shownUrl()).isEqualTo("rtsp://u:***@h/x");
            } else {
                assertThat(ScenarioCommand.parse(entry.payload()).cameraUrl()).isEqualTo("rtsp://u:p@h/x");
            }
        }
    }

    /** A host without power says no goodbye, and PostgreSQL would wait two hours for the rest of its transaction. */
    @Test
    void whoFallsSilentInTheMiddleOfATransactionLosesItsLocks() throws Exception {
        Scenario s = create();
        Promise<Void> locked = Promise.promise();
        Promise<Void> back = Promise.promise();
        Future<?> silent = database.inTransaction(
                tx -> tx.run("SELECT 1 FROM scenarios WHERE scenario_uuid = $1 FOR UPDATE", s.uuid())
                        .compose(rows -> {
                            locked.complete();
                            return back.future();
                        })
                        .compose(v -> tx.run("SELECT 1")));
        await(locked.future());
        assertThat(await(scenarios.requestStop(ScenarioRef.of(s.uuid()))).status())
                .isEqualTo(ScenarioStatus.INIT_SHUTDOWN);
        back.complete();
        assertThatThrownBy(() -> await(silent)).isInstanceOfSatisfying(VapException.class, e -> assertThat(e.code())
                .isEqualTo(ErrorCode.STORE_UNAVAILABLE));
    }

    /** As the driver really says it. */
    @Test
    void aParameterOfTheWrongClassIsNoOutage() {
        assertThatThrownBy(() -> await(database.run("SELECT $1::int", "x")))
                .satisfies(e -> assertThat(e instanceof VapException v && v.code() == ErrorCode.STORE_UNAVAILABLE)
                        .as(String.valueOf(e))
                        .isFalse());
        assertThatThrownBy(() -> await(database.run("SELECT $1::int", 1, 2)))
                .satisfies(e -> assertThat(e instanceof VapException v && v.code() == ErrorCode.STORE_UNAVAILABLE)
                        .as(String.valueOf(e))
                        .isFalse());
    }

    @Test
    void stopIsLegalAtOnceAndHarmlessWhenRepeated() throws Exception {
        Scenario s = create();
        Scenario stopped = await(scenarios.requestStop(ScenarioRef.of(s.uuid())));
        assertThat(stopped.status()).isEqualTo(ScenarioStatus.INIT_SHUTDOWN);
        assertThat(await(scenarios.requestStop(ScenarioRef.of(s.uuid())))).isEqualTo(stopped);
    }

    @Test
    void startIsHarmlessWhenRepeatedAndRefusedInWordsWhileItIsBeingStopped() throws Exception {
        Scenario s = create();
        assertThat(await(scenarios.requestStart(ScenarioRef.of(s.uuid())))).isEqualTo(s);
        await(scenarios.requestStop(ScenarioRef.of(s.uuid())));
        assertThatThrownBy(() -> await(scenarios.requestStart(ScenarioRef.of(s.uuid()))))
                .hasMessage("Scenario " + s.id() + " can't be started: expected inactive, but it is init_shutdown.");
    }

    @Test
    void aChangeOnAStaleVersionIsRefusedAndLeavesNoTrace() throws Exception {
        Scenario s = create();
        await(scenarios.requestStop(ScenarioRef.of(s.uuid())));
        assertThatThrownBy(() -> await(database.inTransaction(
                        tx -> scenarios.change(tx, s, ScenarioStatus.IN_STARTUP_PROCESSING, null, "orchestrator"))))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TRANSITION_NOT_ALLOWED));
        assertThat(await(scenarios.events(s.uuid(), 10)))
                .extracting(Scenarios.Event::to)
                .containsExactly(ScenarioStatus.INIT_STARTUP, ScenarioStatus.INIT_SHUTDOWN);
    }

    @Test
    void aScenarioHasOneLiveWorkerAtMost() throws Exception {
        Scenario s = create();
        await(database.inTransaction(tx -> workers.insertAll(tx, List.of(worker(s, "r1", 1)))));
        assertThatThrownBy(
                        () -> await(database.inTransaction(tx -> workers.insertAll(tx, List.of(worker(s, "r2", 2))))))
                .hasMessageContaining("workers_one_live");
    }

    @Test
    void theDigestOfAssignmentsIsTheOneThatRunnersCompute() throws Exception {
        List<Workers.NewWorker> held = List.of(worker(create(), "digest", 1), worker(create(), "digest", 1));
        Workers.NewWorker stopping = worker(create(), "digest", 1);
        await(database.inTransaction(tx -> workers.insertAll(tx, List.of(held.get(0), held.get(1), stopping))));
        await(database.inTransaction(tx -> workers.changeAll(
                tx, List.of(new Workers.StatusChange(stopping.workerId(), Workers.Status.STOPPING, null, null, -1)))));
        await(workers.confirm(List.of(held.get(0).workerId()), 7));
        assertThat(await(workers.digest("digest", INSTANCE)))
                .isEqualTo(new Workers.Digest(
                        2,
                        1,
                        Heartbeat.digest(
                                held.stream().map(Workers.NewWorker::workerId).toList())));
        assertThat(await(workers.digest("digest", Ids.next()))).isEqualTo(new Workers.Digest(0, 0, 0));
    }

    @Test
    void workersOfALostRunnerAndOfAFormerProcessAreOrphaned() throws Exception {
        Runners.Claim lost = claim("orphan-lost");
        Runners.Claim alive = claim("orphan-alive");
        Runners.Claim former = claim("orphan-taken");
        List<Runners.Claim> all = List.of(lost, alive, former);
        for (Runners.Claim claim : all) {
            await(runners.renew(claim, false, Duration.ofSeconds(30)));
            Workers.NewWorker w =
                    new Workers.NewWorker(Ids.next(), create(), claim.runnerId(), claim.instance(), 1, 0, 0);
            await(database.inTransaction(tx -> workers.insertAll(tx, List.of(w))));
        }
        await(runners.release(lost));
        await(runners.release(former));
        await(runners.renew(claim("orphan-taken"), false, Duration.ofSeconds(30)));
        assertThat(await(workers.orphaned(100)).stream()
                        .map(Workers.Worker::runnerId)
                        .filter(id -> id.startsWith("orphan-")))
                .containsExactlyInAnyOrder("orphan-lost", "orphan-taken");
    }

    @Test
    void aRunnerThatLeavesIsNotTakenBackForARenewalThatWasUnderWay() throws Exception {
        Runners.Claim leaving = claim("leaving");
        await(runners.renew(leaving, false, Duration.ofSeconds(30)));
        await(runners.markDraining("leaving", leaving.instance()));
        await(runners.renew(leaving, false, Duration.ofSeconds(30)));
        assertThat(isDraining("leaving")).isTrue();

        await(runners.release(leaving));
        await(runners.renew(claim("leaving"), false, Duration.ofSeconds(30)));
        assertThat(isDraining("leaving")).as("another process of the same name").isFalse();
    }

    private static boolean isDraining(String runner) throws Exception {
        return await(runners.all()).stream()
                .filter(r -> r.runnerId().equals(runner))
                .findFirst()
                .orElseThrow()
                .draining();
    }

    private static Runners.Claim claim(String id) {
        return new Runners.Claim(id, Ids.next(), "host", 1, 4, 1, "0.1");
    }

    @Test
    void manyScenariosAreChangedTogetherOrNotAtAll() throws Exception {
        ScenarioChanges changes = new ScenarioChanges(outbox);
        Scenario a = create();
        Scenario b = create();
        await(scenarios.requestStop(ScenarioRef.of(b.uuid())));
        assertThatThrownBy(() -> await(database.inTransaction(tx -> changes.apply(tx, List.of(placed(a), placed(b))))))
                .isInstanceOf(VapException.class);
        assertThat(await(scenarios.get(ScenarioRef.of(a.uuid()))).status()).isEqualTo(ScenarioStatus.INIT_STARTUP);
        assertThat(outboxOf(a)).hasSize(2);

        Scenario c = create();
        await(database.inTransaction(tx -> changes.apply(tx, List.of(placed(a), placed(c)))));
        for (Scenario s : List.of(a, c)) {
            Scenario after = await(scenarios.get(ScenarioRef.of(s.uuid())));
            assertThat(after.status()).isEqualTo(ScenarioStatus.IN_STARTUP_PROCESSING);
            assertThat(after.epoch()).isEqualTo(1);
            assertThat(after.version()).isEqualTo(s.version() + 1);
            assertThat(outboxOf(s)).hasSize(3);
        }
    }

    private static ScenarioChanges.Change placed(Scenario s) {
        return new ScenarioChanges.Change(
                s,
                List.of(new ScenarioChanges.Step(s.status(), ScenarioStatus.IN_STARTUP_PROCESSING, null, 1)),
                null,
                1,
                0,
                null,
                true,
                "orchestrator");
    }

    @Test
    void anUnknownScenarioIsSaidSo() {
        assertThatThrownBy(() -> await(scenarios.get(new ScenarioRef(null, 999_999L))))
                .hasMessage("There is no scenario 999999; the list shows those that exist.");
    }

    @Test
    void deleteWantsAnInactiveScenarioAndTakesItsResultsAlong() throws Exception {
        Scenario s = create();
        await(results.store(List.of(result(s, 1, 0))));
        assertThatThrownBy(() -> await(scenarios.delete(ScenarioRef.of(s.uuid()))))
                .hasMessageContaining("expected inactive, but it is init_startup; stop it first.");
        walkDown(s);
        await(scenarios.delete(ScenarioRef.of(s.uuid())));
        assertThat(await(scenarios.find(ScenarioRef.of(s.uuid())))).isEmpty();
        assertThat(await(results.after(s.uuid(), -1, 10))).isEmpty();
        assertThat(await(results.store(List.of(result(s, 1, 1))))).isEqualTo(new Results.Outcome(0, 0, 0, 1));
    }

    @Test
    void resultsAreStoredOnceAndReadBackInOrder() throws Exception {
        Scenario a = create();
        Scenario b = create();
        List<ResultMessage> batch =
                List.of(result(a, 1, 0), result(b, 1, 0), result(a, 1, 1), result(a, 1, 1), result(b, 1, 7));
        assertThat(await(results.store(batch))).isEqualTo(new Results.Outcome(4, 0, 1, 0));
        assertThat(await(results.store(batch))).isEqualTo(new Results.Outcome(0, 0, 5, 0));
        assertThat(await(results.store(List.of(result(a, 2, 2), result(a, 1, 3)))))
                .isEqualTo(new Results.Outcome(1, 1, 0, 0));
        List<Results.Stored> stored = await(results.after(a.uuid(), -1, 10));
        assertThat(stored).extracting(Results.Stored::frameNumber).containsExactly(0L, 1L, 2L);
        assertThat(Detection.listFromJson(new JsonArray(stored.get(0).detections())))
                .isEqualTo(batch.get(0).detections());
        assertThat(stored.get(0).timestamp()).isEqualTo(batch.get(0).timestamp());
        assertThat(await(results.newest(a.uuid(), 2)))
                .extracting(Results.Stored::frameNumber)
                .containsExactly(1L, 2L);
        assertThat(await(results.cursor(a.uuid()))).contains(new Results.Cursor(2, 2, 3, 1, 4));
    }

    @Test
    void framesThatWereNotAnalysedCanBeLeftOut() throws Exception {
        Scenario s = create();
        ResultMessage seen = result(s, 1, 0);
        ResultMessage gated = new ResultMessage(
                UUID.randomUUID(),
                s.uuid(),
                1,
                1,
                seen.timestamp(),
                0,
                100,
                768,
                432,
                "mock",
                ResultMessage.NO_DETECTOR,
                0,
                List.of(),
                true);
        await(results.store(List.of(seen, gated)));
        assertThat(await(results.newest(s.uuid(), 10)))
                .extracting(Results.Stored::gated)
                .containsExactly(false, true);
        assertThat(await(results.newest(s.uuid(), 1, Results.Which.ANALYSED)))
                .extracting(Results.Stored::frameNumber)
                .containsExactly(0L);
        assertThat(await(results.after(s.uuid(), -1, 10, Results.Which.GATED)))
                .extracting(Results.Stored::frameNumber)
                .containsExactly(1L);
    }

    @Test
    void theAgeOfAFrameIsStoredWhereItIsKnown() throws Exception {
        Scenario s = create();
        await(results.store(
                List.of(result(s, 1, 0, 250), result(s, 1, 1, 0), result(s, 1, 2, -1), result(s, 1, 3, 1L << 40))));
        assertThat(await(results.after(s.uuid(), -1, 10)))
                .extracting(Results.Stored::ageMillis)
                .containsExactly(250, 0, null, Integer.MAX_VALUE);
    }

    @Test
    void anUpdateIsInTheRowAtOnceAndAsksTheOrchestrator() throws Exception {
        Scenario s = create();
        ScenarioOptions fast = s.options().withFps(9.0);
        Scenario after = await(scenarios.update(ScenarioRef.of(s.uuid()), "rtsp://u:new@h/y", o -> fast));

        assertThat(after.cameraUrl()).isEqualTo("rtsp://u:new@h/y");
        assertThat(after.options()).isEqualTo(fast);
        assertThat(after.version()).isEqualTo(s.version() + 1);
        assertThat(after.status()).isEqualTo(s.status());
        assertThat(await(scenarios.get(ScenarioRef.of(s.uuid())))).isEqualTo(after);
        Scenarios.Event event = await(scenarios.events(s.uuid(), 10)).get(1);
        assertThat(event.from()).isEqualTo(event.to()).isEqualTo(ScenarioStatus.INIT_STARTUP);
        assertThat(event.actor()).isEqualTo("api");
        assertThat(event.reason()).isEqualTo("camera_url and options changed");
        List<Outbox.Entry> out = outboxOf(s);
        assertThat(out)
                .extracting(Outbox.Entry::topic)
                .containsExactly("init_scenario", "scenarios", "scenarios", "init_scenario");
        assertThat(StatusChanged.parse(out.get(2).payload()).shownUrl()).isEqualTo("rtsp://u:***@h/y");
        ScenarioCommand command = ScenarioCommand.parse(out.get(3).payload());
        assertThat(command.kind()).isEqualTo(ScenarioCommand.Kind.UPDATE);
        assertThat(command.cameraUrl()).isEqualTo("rtsp://u:new@h/y");
        assertThat(command.epoch()).isEqualTo(s.epoch());
        assertThat(command.reason()).isEqualTo("camera_url and options changed");
    }

    @Test
    void anUpdateToWhatIsThereChangesNothing() throws Exception {
        Scenario s = create();
        assertThat(await(scenarios.update(ScenarioRef.of(s.uuid()), "rtsp://u:p@h/x", o -> o)))
                .isEqualTo(s);
        assertThat(await(scenarios.update(ScenarioRef.of(s.uuid()), null, o -> o.withFps(null))))
                .isEqualTo(s);
        assertThat(outboxOf(s)).hasSize(2);
        assertThat(await(scenarios.events(s.uuid(), 10))).hasSize(1);
    }

    @Test
    void anUpdateOfAFileWithResultsKeepsTheFile() throws Exception {
        Scenario file = await(scenarios.create(Ids.next(), "file:/m/a.mp4", "mock", ScenarioOptions.DEFAULTS));
        ScenarioRef ref = ScenarioRef.of(file.uuid());
        assertThat(await(scenarios.update(ref, "file:/m/b.mp4", o -> o)).cameraUrl())
                .as("nothing is stored yet")
                .isEqualTo("file:/m/b.mp4");
        await(results.store(List.of(result(file, 1, 0))));
        for (String other : List.of("file:/m/a.mp4", "rtsp://h/x")) {
            assertThatThrownBy(() -> await(scenarios.update(ref, other, o -> o)))
                    .isInstanceOfSatisfying(VapException.class, e -> assertThat(e.code())
                            .isEqualTo(ErrorCode.SOURCE_CHANGE_NOT_ALLOWED))
                    .hasMessage(
                            "Scenario " + file.id() + " has stored results, whose frames are numbered by their place"
                                    + " in a file: make a new scenario for the other source.");
        }
        assertThat(await(scenarios.update(ref, "file:/m/b.mp4", o -> o.withFps(2.0)))
                        .options()
                        .fps())
                .isEqualTo(2.0);

        Scenario live = create();
        await(results.store(List.of(result(live, 1, 0))));
        assertThat(await(scenarios.update(ScenarioRef.of(live.uuid()), "rtsp://u:q@h/x", o -> o))
                        .cameraUrl())
                .isEqualTo("rtsp://u:q@h/x");
        assertThatThrownBy(() -> await(scenarios.update(ScenarioRef.of(live.uuid()), "file:/m/a.mp4", o -> o)))
                .isInstanceOf(VapException.class);
    }

    @Test
    void oneProcessHoldsARunnerIdAtATime() throws Exception {
        Duration lease = Duration.ofSeconds(30);
        // The same host and pid, as in two containers: only the instance tells them apart.
        Runners.Claim one = new Runners.Claim("id-1", Ids.next(), "host", 1, 4, 1, "0.1");
        Runners.Claim two = new Runners.Claim("id-1", Ids.next(), "host", 1, 4, 1, "0.1");
        assertThat(await(runners.renew(one, false, lease))).isTrue();
        assertThat(await(runners.renew(one, false, lease))).isTrue();
        assertThat(await(runners.renew(two, false, lease))).isFalse();
        await(runners.release(two));
        assertThat(await(runners.renew(two, false, lease))).isFalse();
        await(runners.release(one));
        assertThat(await(runners.renew(two, false, lease))).isTrue();
    }

    @Test
    void oldPartitionsAreDropped() throws Exception {
        await(database.run("CREATE TABLE scenario_results_20200101 PARTITION OF scenario_results"
                + " FOR VALUES FROM ('2020-01-01 00:00:00+00') TO ('2020-01-02 00:00:00+00')"));
        assertThat(await(results.maintainPartitions(30))).isEqualTo(1);
        assertThat(await(results.maintainPartitions(30))).isZero();
    }

    @Test
    void aMessageIsAcceptedOnce() throws Exception {
        UUID id = UUID.randomUUID();
        assertThat(accept(id)).isTrue();
        assertThat(accept(id)).isFalse();
    }

    @Test
    void anOutageIsToldAsSuchAndPassesByItself() throws Exception {
        try (OwnPostgres postgres = TestServers.ownPostgres()) {
            postgres.start();
            Database own = Database.open(opened.vertx, Settings.of(Map.of("DATABASE_URL", postgres.databaseUrl())));
            await(own.prepare());
            postgres.stop();
            assertThatThrownBy(() -> await(own.ping()))
                    .isInstanceOfSatisfying(
                            VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
            postgres.start();
            await(own.ping());
            await(own.close());
        }
    }

    private static boolean accept(UUID id) throws Exception {
        return await(database.inTransaction(tx -> Inbox.acceptAll(tx, Map.of(id, "t"))))
                .contains(id);
    }

    private static void walkDown(Scenario s) throws Exception {
        await(scenarios.requestStop(ScenarioRef.of(s.uuid())));
        for (ScenarioStatus next : List.of(ScenarioStatus.IN_SHUTDOWN_PROCESSING, ScenarioStatus.INACTIVE)) {
            Scenario now = await(scenarios.get(ScenarioRef.of(s.uuid())));
            await(database.inTransaction(tx -> scenarios.change(tx, now, next, null, "orchestrator")));
        }
    }

    private static Workers.NewWorker worker(Scenario s, String runner, long epoch) {
        return new Workers.NewWorker(Ids.next(), s, runner, INSTANCE, epoch, 0, 0);
    }

    private static Scenario create() throws Exception {
        return await(scenarios.create(Ids.next(), "rtsp://u:p@h/x", "mock", ScenarioOptions.DEFAULTS));
    }

    private static List<Outbox.Entry> outboxOf(Scenario s) throws Exception {
        return await(outbox.unpublished(10_000)).stream()
                .filter(e -> e.key().equals(s.uuid().toString()))
                .toList();
    }

    private static ResultMessage result(Scenario s, long epoch, long frame) {
        return result(s, epoch, frame, 0);
    }

    private static ResultMessage result(Scenario s, long epoch, long frame, long ageMillis) {
        return new ResultMessage(
                UUID.randomUUID(),
                s.uuid(),
                epoch,
                frame,
                Instant.parse("2026-01-02T03:04:05.678Z"),
                ageMillis,
                frame * 100,
                768,
                432,
                "mock",
                "mock",
                1.5,
                List.of(new Detection("person", 0, 0.5f, new BoundingBox(1, 2, 3, 4))));
    }
}
