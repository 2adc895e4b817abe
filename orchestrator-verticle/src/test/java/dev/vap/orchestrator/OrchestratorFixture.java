package dev.vap.orchestrator;

import static dev.vap.shared.domain.ScenarioStatus.ACTIVE;

import dev.vap.shared.config.Settings;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.messaging.KafkaConfig;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.runtime.ServiceContext;
import dev.vap.shared.runtime.Services;
import dev.vap.shared.storage.Database;
import dev.vap.shared.storage.Ids;
import dev.vap.shared.storage.Outbox;
import dev.vap.shared.storage.Results;
import dev.vap.shared.storage.Scenarios;
import dev.vap.shared.storage.Workers;
import dev.vap.testing.Await;
import dev.vap.testing.TestServers;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** An orchestrator over a database and topics of its own, with runners that do what the test says. */
abstract class OrchestratorFixture {

    static final Duration LONG = Duration.ofSeconds(30);

    final List<FakeRunner> fleet = new ArrayList<>();
    Settings settings;
    ServiceContext context;
    Database database;
    Scenarios scenarios;
    Workers workers;
    Results results;

    @BeforeEach
    void start() throws Exception {
        TestServers servers = TestServers.get();
        settings = Settings.of(Map.of(
                "DATABASE_URL",
                servers.newDatabase(),
                "KAFKA_BOOTSTRAP_SERVERS",
                servers.kafkaBootstrap(),
                "KAFKA_TOPIC_PREFIX",
                servers.newTopicPrefix(),
                "KAFKA_PARTITIONS",
                "2",
                "START_ATTEMPTS",
                "2",
                "STOP_DEADLINE",
                "2s"));
        context = Services.local(settings);
        database = Database.open(context.vertx(), settings);
        scenarios = new Scenarios(
                database, new Outbox(database, KafkaConfig.from(settings).topics()));
        workers = new Workers(database);
        results = new Results(database);
        await(context.vertx().deployVerticle(new OrchestratorVerticle(context)));
    }

    @AfterEach
    void stop() throws Exception {
        for (FakeRunner runner : fleet) {
            await(runner.close());
        }
        await(context.vertx().close());
    }

    FakeRunner runner(String id, int capacity) throws Exception {
        FakeRunner runner = new FakeRunner(context.vertx(), settings, database, id, capacity);
        fleet.add(runner);
        await(runner.ready());
        return runner;
    }

    Scenario running(FakeRunner runner) throws Exception {
        Scenario s = create();
        Await.until("deployed", LONG, () -> runner.sessions.values().stream()
                .anyMatch(c -> c.scenario().equals(s.uuid())));
        runner.report(s.uuid(), SessionReport.State.RUNNING);
        return awaitStatus(s, ACTIVE);
    }

    Scenario create() throws Exception {
        return await(scenarios.create(Ids.next(), "file:/x.mp4", "mock", ScenarioOptions.DEFAULTS));
    }

    Scenario awaitStatus(Scenario s, ScenarioStatus status) {
        return Await.value("scenario " + s.id() + " " + status, LONG, () -> now(s), x -> x.status() == status);
    }

    void awaitReason(Scenario s, String reason) {
        Await.value("reason of " + s.id(), LONG, () -> now(s), x -> reason.equals(x.statusReason()));
    }

    Scenario now(Scenario s) throws Exception {
        return await(scenarios.get(ScenarioRef.of(s.uuid())));
    }

    List<ScenarioStatus> history(Scenario s) throws Exception {
        return await(scenarios.events(s.uuid(), 100)).stream()
                .map(Scenarios.Event::to)
                .toList();
    }

    static ResultMessage result(Scenario s, long frame) {
        return new ResultMessage(
                UUID.randomUUID(), s.uuid(), 1, frame, Instant.EPOCH, 0, 0, 1, 1, "mock", "mock", 1, List.of());
    }

    static <T> T await(Future<T> future) throws TimeoutException {
        return future.await(20, TimeUnit.SECONDS);
    }
}
