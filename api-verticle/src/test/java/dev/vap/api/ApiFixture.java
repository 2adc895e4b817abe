package dev.vap.api;

import dev.vap.api.contract.Conformance;
import dev.vap.api.contract.Contract;
import dev.vap.shared.config.Settings;
import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.messaging.KafkaConfig;
import dev.vap.shared.messaging.KafkaPublisher;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.shared.protocol.Topics;
import dev.vap.shared.runtime.ServiceContext;
import dev.vap.shared.runtime.Services;
import dev.vap.shared.storage.Database;
import dev.vap.shared.storage.Ids;
import dev.vap.shared.storage.Outbox;
import dev.vap.shared.storage.Results;
import dev.vap.shared.storage.Scenarios;
import dev.vap.shared.storage.Workers;
import dev.vap.testing.TestServers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/** A running API over real servers, a client of it, and a hand in its database and topics. */
public final class ApiFixture implements AutoCloseable {

    private static final Conformance CONFORMANCE = new Conformance(Contract.load());
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(15);

    public final ServiceContext services;
    public final Database database;
    public final Scenarios scenarios;
    public final Workers workers;
    public final Results results;
    public final Topics topics;
    private final KafkaPublisher producer;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ApiVerticle verticle;
    private final String deployment;

    private ApiFixture(Settings settings, Predicate<Path> alsoAllowed) {
        services = Services.local(settings);
        KafkaConfig kafka = KafkaConfig.from(settings);
        topics = kafka.topics();
        database = Database.open(vertx(), settings);
        Outbox outbox = new Outbox(database, topics);
        scenarios = new Scenarios(database, outbox);
        workers = new Workers(database);
        results = new Results(database);
        producer = new KafkaPublisher(vertx(), kafka, "test", 10_000, Duration.ofSeconds(10));
        verticle = new ApiVerticle(services, alsoAllowed);
        deployment = await(vertx().deployVerticle(verticle));
    }

    /** On the servers all tests share, with a database and topics of its own. */
    public static ApiFixture start(Path mediaRoot) {
        return start(settings(mediaRoot, Map.of()));
    }

    public static ApiFixture start(Settings settings) {
        return new ApiFixture(settings, file -> false);
    }

    public static ApiFixture start(Settings settings, Predicate<Path> alsoAllowed) {
        return new ApiFixture(settings, alsoAllowed);
    }

    public static Settings settings(Path mediaRoot, Map<String, String> changes) {
        Map<String, String> options = new HashMap<>(Map.of(
                "HTTP_PORT", "0",
                "MEDIA_ROOT", mediaRoot.toString(),
                "KAFKA_PARTITIONS", "2"));
        options.putAll(changes);
        if (!options.containsKey("DATABASE_URL")) {
            options.put("DATABASE_URL", TestServers.get().newDatabase());
        }
        if (!options.containsKey("KAFKA_BOOTSTRAP_SERVERS")) {
            options.put("KAFKA_BOOTSTRAP_SERVERS", TestServers.get().kafkaBootstrap());
            options.put("KAFKA_TOPIC_PREFIX", TestServers.get().newTopicPrefix());
        }
        return Settings.of(options);
    }

    public Vertx vertx() {
        return services.vertx();
    }

    public int port() {
        return verticle.port();
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + verticle.port() + path);
    }

    public HttpClient client() {
        return client;
    }

    public HttpResponse<String> get(String path) {
        return send(HttpRequest.newBuilder(uri(path)).GET());
    }

    public HttpResponse<String> delete(String path) {
        return send(HttpRequest.newBuilder(uri(path)).DELETE());
    }

    public HttpResponse<String> post(String path) {
        return send(HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.noBody()));
    }

    public HttpResponse<String> post(String path, String body) {
        return send(HttpRequest.newBuilder(uri(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    public HttpResponse<String> patch(String path, String body) {
        return send(HttpRequest.newBuilder(uri(path))
                .header("Content-Type", "application/json")
                .method("PATCH", HttpRequest.BodyPublishers.ofString(body)));
    }

    /** What is wrong, by the contract, with an event of a stream or with what comes from an address over the WebSocket. */
    public static Optional<String> violation(String event, JsonObject data) {
        return CONFORMANCE.violation(event, data);
    }

    /** Fails if the answer is not as the contract says. */
    public HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            HttpRequest built = request.timeout(REQUEST_TIMEOUT).build();
            HttpResponse<String> response = client.send(built, HttpResponse.BodyHandlers.ofString());
            CONFORMANCE.check(built.method(), built.uri().getRawPath(), response);
            return response;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public JsonObject getJson(String path) {
        return new JsonObject(get(path).body());
    }

    /** Creates a scenario over HTTP. */
    public JsonObject create(String cameraUrl) {
        HttpResponse<String> response = post(
                "/api/v1/scenario/init",
                new JsonObject().put("camera_url", cameraUrl).encode());
        if (response.statusCode() != 201) {
            throw new AssertionError(response.statusCode() + " " + response.body());
        }
        return new JsonObject(response.body());
    }

    public UUID createLive() {
        return UUID.fromString(create("rtsp://camera/stream").getString("scenario_uuid"));
    }

    /** Moves a scenario as the orchestrator would, one step. */
    public Scenario move(UUID scenario, ScenarioStatus... steps) {
        Scenario last = null;
        for (ScenarioStatus step : steps) {
            Scenario before = await(scenarios.get(ScenarioRef.of(scenario)));
            last = await(
                    database.inTransaction(tx -> scenarios.change(tx, before, step, "by the test", "orchestrator")));
        }
        return last;
    }

    public void produce(String topic, String key, String value) {
        await(producer.send(topic, key, value));
    }

    public void produce(ResultMessage message) {
        produce(
                topics.results(),
                message.scenario().toString(),
                message.toJson().encode());
    }

    public double counter(String name) {
        return services.registry().counter(name).count();
    }

    public static ResultMessage result(UUID scenario, long epoch, long frame) {
        return new ResultMessage(
                Ids.next(),
                scenario,
                epoch,
                frame,
                Instant.parse("2026-01-01T00:00:00Z").plusMillis(frame * 40),
                0,
                frame * 40,
                640,
                480,
                "yolox-nano",
                "onnx",
                12.5,
                List.of(new Detection("person", 0, 0.9f, new BoundingBox(10, 20, 110, 220))));
    }

    public static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Stops the API; the rest of the fixture stays. */
    public void undeploy() {
        await(vertx().undeploy(deployment));
    }

    @Override
    public void close() {
        await(producer.close(Duration.ofSeconds(1)));
        await(vertx().close());
    }
}
