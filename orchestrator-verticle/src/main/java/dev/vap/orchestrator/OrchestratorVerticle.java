package dev.vap.orchestrator;

import dev.vap.orchestrator.control.AssignedSets;
import dev.vap.orchestrator.control.ClusterScenarioLocks;
import dev.vap.orchestrator.control.CommandIntake;
import dev.vap.orchestrator.control.Heard;
import dev.vap.orchestrator.control.Heartbeats;
import dev.vap.orchestrator.control.ScenarioLocks;
import dev.vap.orchestrator.control.ScenarioService;
import dev.vap.orchestrator.placement.Placement;
import dev.vap.orchestrator.recovery.Monitor;
import dev.vap.orchestrator.scenario.ScenarioMachine;
import dev.vap.shared.messaging.DeadLetters;
import dev.vap.shared.messaging.KafkaBatchConsumer;
import dev.vap.shared.messaging.KafkaConfig;
import dev.vap.shared.messaging.KafkaPublisher;
import dev.vap.shared.messaging.OutboxRelay;
import dev.vap.shared.messaging.TopicSetup;
import dev.vap.shared.runtime.Backoff;
import dev.vap.shared.runtime.Closer;
import dev.vap.shared.runtime.ServiceContext;
import dev.vap.shared.storage.AdvisoryLock;
import dev.vap.shared.storage.Database;
import dev.vap.shared.storage.Outbox;
import dev.vap.shared.storage.Results;
import dev.vap.shared.storage.Runners;
import dev.vap.shared.storage.Scenarios;
import dev.vap.shared.storage.Workers;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.Random;

/** Owns the state of scenarios: reads commands, places them on runners, watches over them. */
public final class OrchestratorVerticle extends VerticleBase {

    private static final Backoff RETRY = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30), 0.2);
    private static final int MAX_PENDING = 2_000;
    private static final Duration DELIVERY = Duration.ofSeconds(10);
    private static final int BATCH = 1_000;

    private final ServiceContext service;
    private final Closer closer = new Closer(Duration.ofSeconds(5));

    public OrchestratorVerticle(ServiceContext context) {
        this.service = context;
    }

    @Override
    public Future<?> start() {
        Database database = Database.open(service);
        closer.add("database", database::close);
        return database.prepare().compose(v -> startParts(database)).recover(e -> closer.close()
                .transform(done -> Future.failedFuture(e)));
    }

    private Future<Void> startParts(Database database) {
        OrchestratorConfig config = OrchestratorConfig.from(service.settings());
        KafkaConfig kafka = KafkaConfig.from(service.settings());
        KafkaPublisher publisher = new KafkaPublisher(vertx, kafka, "orchestrator", MAX_PENDING, DELIVERY);
        closer.add("publisher", () -> publisher.close(Duration.ofSeconds(2)));

        Outbox outbox = new Outbox(database, kafka.topics());
        OutboxRelay relay =
                new OutboxRelay(vertx, outbox, AdvisoryLock.ofRelay(vertx, database), publisher, service.registry());
        relay.start();
        closer.add("relay", relay::close);

        ScenarioMachine machine =
                new ScenarioMachine(config.maxAttempts(), config.quarantineAfter(), RETRY::delay, new Random());
        ScenarioLocks locks = new ClusterScenarioLocks(vertx, service.cluster(), System::nanoTime, service.registry());
        Heard heard = new Heard(System::nanoTime, config.lease());
        Placement placement = new Placement(database, outbox, machine, heard::lately, config.quarantineAfter());
        ScenarioService scenarios = new ScenarioService(vertx, database, outbox, machine, locks, placement);
        Workers workers = new Workers(database);
        Runners runners = new Runners(database);
        CommandIntake intake =
                new CommandIntake(scenarios, new DeadLetters(publisher, service.registry()), kafka.topics());
        AssignedSets sets = new AssignedSets(vertx, System::nanoTime, workers);
        Heartbeats heartbeats =
                new Heartbeats(vertx, System::nanoTime, heard, scenarios, placement, workers, runners, sets);
        Monitor monitor = new Monitor(
                vertx,
                System::nanoTime,
                config,
                AdvisoryLock.ofMonitor(vertx, database),
                new Monitor.Parts(
                        scenarios,
                        placement,
                        heard,
                        sets,
                        new Scenarios(database, outbox),
                        workers,
                        runners,
                        new Results(database)));
        monitor.start();
        closer.add("monitor", monitor::close);

        // Not waited for: without Kafka the orchestrator still watches over what runs.
        TopicSetup.ensure(vertx, kafka).onSuccess(v -> {
            consume(kafka, kafka.topics().initScenario(), intake::onCommands);
            consume(kafka, kafka.topics().retry(), intake::onRetries);
        });
        return heartbeats.start();
    }

    private void consume(KafkaConfig kafka, String topic, dev.vap.shared.messaging.BatchHandler handler) {
        KafkaBatchConsumer consumer = KafkaBatchConsumer.start(vertx, kafka, "orchestrator", topic, BATCH, handler);
        closer.add("consumer of " + topic, consumer::close);
    }

    @Override
    public Future<?> stop() {
        return closer.close();
    }
}
