package dev.vap.runner;

import dev.vap.runner.session.FakeInference;
import dev.vap.shared.config.Settings;
import dev.vap.shared.messaging.KafkaBatchConsumer;
import dev.vap.shared.messaging.KafkaConfig;
import dev.vap.shared.messaging.KafkaPublisher;
import dev.vap.shared.messaging.TopicSetup;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.AssignedSet;
import dev.vap.shared.protocol.AssignedSet.Held;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.Heartbeat;
import dev.vap.shared.protocol.HeartbeatReply;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.shared.protocol.RetryMessage;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.protocol.SessionReport.State;
import dev.vap.shared.runtime.ServiceContext;
import dev.vap.shared.runtime.Services;
import dev.vap.shared.storage.Database;
import dev.vap.shared.storage.Runners;
import dev.vap.testing.Await;
import dev.vap.testing.TestServers;
import io.vertx.core.Future;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Everything around a runner: real PostgreSQL and Kafka, a fake inference and a fake orchestrator on the event bus. Reads all
 * results and failures.
 */
final class Platform {

    static final Duration SOON = Duration.ofSeconds(20);

    final ServiceContext service;
    final FakeInference inference;
    final List<Heartbeat> heartbeats = new CopyOnWriteArrayList<>();
    final List<ResultMessage> results = new CopyOnWriteArrayList<>();
    final List<RetryMessage> failures = new CopyOnWriteArrayList<>();
    final KafkaConfig kafka;
    private final Database database;
    private MessageConsumer<JsonObject> orchestrator;
    private KafkaPublisher publisher;
    private String deployment;
    private volatile HeartbeatReply reply = HeartbeatReply.NOTHING;

    private Platform(Map<String, String> settings, InstantSource clock) {
        ServiceContext local = Services.local(Settings.of(settings));
        service = new ServiceContext(
                local.vertx(), local.settings(), local.registry(), clock, local.node(), local.cluster());
        inference = new FakeInference(service.vertx());
        kafka = KafkaConfig.from(service.settings());
        database = Database.open(service);
    }

    /** With the shared servers, all of it up, and the runner started. */
    static Platform running(Path media) throws Exception {
        Platform platform = with(media, Map.of());
        platform.up();
        platform.startRunner();
        return platform;
    }

    /** Nothing is up yet. */
    static Platform with(Path media, Map<String, String> changes) {
        return with(media, changes, InstantSource.system());
    }

    /** Nothing is up yet. */
    static Platform with(Path media, Map<String, String> changes, InstantSource clock) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "KAFKA_TOPIC_PREFIX",
                TestServers.get().newTopicPrefix(),
                "MEDIA_ROOT",
                media.toString(),
                "MAX_WORKERS",
                "2",
                "RUNNER_LEASE",
                "1s",
                "RUNNER_HEARTBEAT",
                "100ms",
                "RUNNER_ID",
                Deployments.RUNNER));
        settings.putAll(changes);
        settings.computeIfAbsent("DATABASE_URL", k -> TestServers.get().newDatabase());
        settings.computeIfAbsent(
                "KAFKA_BOOTSTRAP_SERVERS", k -> TestServers.get().kafkaBootstrap());
        return new Platform(settings, clock);
    }

    void up() throws Exception {
        done(database.migrate());
        orchestratorUp();
        inference.up();
        kafkaUp();
    }

    void kafkaUp() throws Exception {
        done(TopicSetup.ensure(service.vertx(), kafka));
        publisher = new KafkaPublisher(service.vertx(), kafka, "test", 10_000, Duration.ofSeconds(10));
        read(kafka.topics().results(), text -> results.add(ResultMessage.parse(text)));
        read(kafka.topics().retry(), text -> failures.add(RetryMessage.parse(text)));
    }

    private void read(String topic, java.util.function.Consumer<String> sink) {
        KafkaBatchConsumer.start(service.vertx(), kafka, "test-" + topic, topic, 500, batch -> {
            batch.forEach(record -> sink.accept(record.value()));
            return Future.succeededFuture();
        });
    }

    void orchestratorUp() throws Exception {
        orchestrator = service.vertx().eventBus().consumer(Addresses.HEARTBEATS, message -> {
            Heartbeat heartbeat = Heartbeat.fromJson(message.body());
            heartbeats.add(heartbeat);
            message.reply(answer(heartbeat).toJson());
        });
        done(orchestrator.completion());
    }

    /** What the test says, and that all is noted. */
    private HeartbeatReply answer(Heartbeat heartbeat) {
        Map<UUID, State> noted =
                heartbeat.changed().stream().collect(Collectors.toMap(SessionReport::workerId, SessionReport::state));
        return new HeartbeatReply(reply.stop(), reply.forget(), noted);
    }

    void orchestratorDown() throws Exception {
        done(orchestrator.unregister());
    }

    void answerHeartbeatsWith(HeartbeatReply value) {
        reply = value;
    }

    void startRunner() throws Exception {
        deployment = done(service.vertx().deployVerticle(new RunnerVerticle(service)));
    }

    void stopRunner() throws Exception {
        done(service.vertx().undeploy(deployment));
    }

    void deploy(Deployments... commands) throws Exception {
        UUID instance = instance();
        done(Future.all(Arrays.stream(commands)
                .map(c -> c.withInstance(instance).command())
                .map(c -> publisher.send(
                        kafka.topics().toDeploy(), c.runnerId(), c.toJson().encode()))
                .toList()));
    }

    /** Of the runner that has the lease. */
    UUID instance() throws Exception {
        return row().orElseThrow().instance();
    }

    void sendRaw(String text) throws Exception {
        done(publisher.send(kafka.topics().toDeploy(), Deployments.RUNNER, text));
    }

    /** Over the event bus, as an assigned set. */
    void assign(Deployments... commands) throws Exception {
        assign(instance(), commands);
    }

    void assign(UUID instance, Deployments... commands) {
        List<DeployCommand> all = Arrays.stream(commands)
                .map(c -> c.withInstance(instance).command())
                .toList();
        List<Held> held = Arrays.stream(commands).map(c -> c.held(false)).toList();
        service.vertx()
                .eventBus()
                .send(Addresses.runnerSync(Deployments.RUNNER), new AssignedSet(instance, held, all).toJson());
    }

    /** What the runner said of it last; a heartbeat need not mention it. */
    Optional<SessionReport> latest(Deployments command) {
        for (int i = heartbeats.size() - 1; i >= 0; i--) {
            Optional<SessionReport> report = in(heartbeats.get(i), command);
            if (report.isPresent()) {
                return report;
            }
        }
        return Optional.empty();
    }

    private static Optional<SessionReport> in(Heartbeat heartbeat, Deployments command) {
        UUID worker = command.command().workerId();
        return heartbeat.sessions().filter(s -> s.workerId().equals(worker)).findFirst();
    }

    /** Whether the runner has not mentioned it for several intervals. */
    boolean isForgotten(Deployments command) {
        int size = heartbeats.size();
        return size > 10
                && heartbeats.subList(size - 10, size).stream()
                        .allMatch(h -> in(h, command).isEmpty());
    }

    SessionReport awaitState(Deployments command, State state) {
        return Await.value(
                        state + " of " + command.command(),
                        SOON,
                        () -> latest(command),
                        r -> r.isPresent() && r.get().state() == state)
                .orElseThrow();
    }

    /** Frame numbers of a scenario on the topic, in the order of the topic. */
    List<Long> frames(Deployments command) {
        UUID scenario = command.command().scenario();
        return results.stream()
                .filter(r -> r.scenario().equals(scenario))
                .map(ResultMessage::frameNumber)
                .toList();
    }

    Optional<Runners.Runner> row() throws Exception {
        return done(new Runners(database).all()).stream()
                .filter(r -> r.runnerId().equals(Deployments.RUNNER))
                .findFirst();
    }

    Runners runners() {
        return new Runners(database);
    }

    void migrate() throws Exception {
        done(database.migrate());
    }

    <T> T done(Future<T> future) throws Exception {
        return future.await(40, TimeUnit.SECONDS);
    }

    void close() throws Exception {
        service.vertx().close().await(30, TimeUnit.SECONDS);
    }
}
