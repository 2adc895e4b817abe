package dev.vap.api.live;

import static dev.vap.api.ApiFixture.await;
import static dev.vap.api.ApiFixture.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.api.ApiFixture;
import dev.vap.shared.protocol.Addresses;
import dev.vap.testing.Await;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.http.WebSocketFrameType;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client gets at {@code /api/v1/live}. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LiveSocketIT {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final UUID SCENARIO = UUID.fromString("0190c0de-0000-7000-8000-000000000001");
    private static final String PREDICTIONS = "predictions." + SCENARIO;

    private ApiFixture api;
    private WebSocketClient client;
    private final List<JsonObject> received = new CopyOnWriteArrayList<>();

    @BeforeAll
    void start(@TempDir Path media) {
        api = ApiFixture.start(media);
        client = api.vertx().createWebSocketClient();
    }

    @AfterAll
    void stop() {
        api.close();
    }

    @BeforeEach
    void forget() {
        received.clear();
    }

    @Test
    void carriesTheSameJsonAsTheBridge() {
        WebSocket socket = connect();
        say(socket, "register", PREDICTIONS);
        say(socket, "register", Addresses.SCENARIO_STATUS);
        JsonObject prediction = result(SCENARIO, 1, 3).toJson();
        JsonObject status =
                new JsonObject().put("scenario_uuid", SCENARIO.toString()).put("status", "active");

        Await.until("both", SOON, () -> {
            publish(PREDICTIONS, prediction);
            publish(Addresses.SCENARIO_STATUS, status);
            return received.stream().map(m -> m.getString("address")).distinct().count() == 2;
        });

        assertThat(received)
                .contains(
                        new JsonObject()
                                .put("type", "rec")
                                .put("address", PREDICTIONS)
                                .put("body", prediction),
                        new JsonObject()
                                .put("type", "rec")
                                .put("address", Addresses.SCENARIO_STATUS)
                                .put("body", status));
        assertThat(received.stream().filter(m -> m.getString("address").equals(PREDICTIONS)))
                .as("a frame that is published again")
                .hasSize(1);
        await(socket.close());
    }

    @Test
    void aClientThatOnlyListensStaysThoughNothingHappens() {
        Duration silence = Duration.ofMillis(400);
        LiveSockets sockets = new LiveSockets(
                api.vertx(),
                new PredictionHub(api.vertx(), new SimpleMeterRegistry()),
                new SimpleMeterRegistry(),
                silence.dividedBy(4));
        HttpServer server = await(api.vertx()
                .createHttpServer(new HttpServerOptions()
                        .setIdleTimeout((int) silence.toMillis())
                        .setIdleTimeoutUnit(TimeUnit.MILLISECONDS))
                .requestHandler(sockets::open)
                .listen(0, "127.0.0.1"));
        WebSocket socket = await(client.connect(server.actualPort(), "127.0.0.1", "/"));
        AtomicInteger pings = new AtomicInteger();
        socket.frameHandler(frame -> {
            if (frame.type() == WebSocketFrameType.PING) {
                pings.incrementAndGet();
            }
        });

        Await.until("three times as long as a silent one may stay", SOON, () -> {
            assertThat(socket.isClosed()).isFalse();
            return pings.get() >= 12;
        });

        await(socket.close());
        await(server.close());
    }

    @Test
    void whoAnswersNoPingIsForgotten() {
        List<String> told = new CopyOnWriteArrayList<>();
        LiveSocket.Sink sink = new LiveSocket.Sink() {
            @Override
            public boolean full() {
                return false;
            }

            @Override
            public void write(String text) {
                told.add(text);
            }

            @Override
            public void ping() {
                told.add("ping");
            }

            @Override
            public void end() {
                told.add("end");
            }
        };
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        LiveSocket socket =
                new LiveSocket(new PredictionHub(api.vertx(), registry), sink, registry.counter("dropped"), () -> {});
        for (int i = 0; i < 2 * LiveSocket.UNANSWERED_PINGS; i++) {
            socket.check();
            socket.heard();
        }
        assertThat(told).containsOnly("ping");
        for (int i = 0; i < LiveSocket.UNANSWERED_PINGS; i++) {
            socket.check();
        }
        assertThat(told).doesNotContain("end");
        socket.check();

        assertThat(told).contains("end");
    }

    @Test
    void endsToListenOnRequest() {
        WebSocket socket = connect();
        say(socket, "register", PREDICTIONS);
        Await.until("registered", SOON, () -> {
            publish(PREDICTIONS, result(SCENARIO, 1, System.nanoTime()).toJson());
            return !received.isEmpty();
        });
        say(socket, "unregister", PREDICTIONS);
        say(socket, "ping", "");
        Await.until("answered", SOON, () -> received.contains(new JsonObject().put("type", "pong")));
        received.clear();
        publish(PREDICTIONS, result(SCENARIO, 1, Long.MAX_VALUE).toJson());
        say(socket, "ping", "");

        Await.until("answered", SOON, () -> received.contains(new JsonObject().put("type", "pong")));
        assertThat(received).hasSize(1);
        await(socket.close());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"register\",\"address\":\"orchestrator.heartbeats\"}",
                "{\"type\":\"register\",\"address\":\"preview.0190c0de-0000-7000-8000-000000000001\"}",
                "{\"type\":\"register\",\"address\":\"predictions.*\"}",
                "{\"type\":\"register\",\"address\":7}",
                "{\"type\":\"register\"}",
                "{\"type\":\"send\",\"address\":\"scenarios.status\",\"body\":{}}",
                "{\"type\":\"publish\",\"address\":\"scenarios.status\",\"body\":{}}",
                "[]",
                "nonsense",
                ""
            })
    void refusesEverythingElse(String message) {
        WebSocket socket = connect();
        await(socket.writeTextMessage(message));

        Await.until("an answer", SOON, () -> !received.isEmpty());
        assertThat(received.get(0).getString("type")).isEqualTo("err");
        assertThat(received.get(0).getString("message")).contains("scenarios.status");
        await(socket.close());
    }

    @Test
    void isBoundedInWhatItListensTo() {
        WebSocket socket = connect();
        for (int i = 0; i <= LiveSocket.MAX_SCENARIOS; i++) {
            say(socket, "register", "predictions." + new UUID(7, i));
        }

        Await.until("the last one is refused", SOON, () -> !received.isEmpty());
        assertThat(received.get(0).getString("message"))
                .isEqualTo("At most " + LiveSocket.MAX_SCENARIOS + " scenarios at once: unregister some.");
        await(socket.close());
    }

    @Test
    void aClientThatDoesNotReadComesBackToTheNewest() {
        WebSocket socket = connect();
        say(socket, "register", PREDICTIONS);
        say(socket, "register", Addresses.SCENARIO_STATUS);
        long[] frame = {0};
        Await.until("registered", SOON, () -> {
            publish(PREDICTIONS, frame(frame[0]++, ""));
            return !received.isEmpty();
        });
        socket.pause();
        String large = "x".repeat(50_000);
        Await.until("drops are counted", SOON, () -> {
            for (int i = 0; i < 50; i++) {
                publish(PREDICTIONS, frame(frame[0]++, large));
            }
            return api.services
                            .registry()
                            .counter("vap_live_dropped", "via", "websocket")
                            .count()
                    > 0;
        });
        String scenario = SCENARIO.toString();
        publish(
                Addresses.SCENARIO_STATUS,
                new JsonObject().put("scenario_uuid", scenario).put("status", "init_shutdown"));
        publish(
                Addresses.SCENARIO_STATUS,
                new JsonObject().put("scenario_uuid", scenario).put("status", "inactive"));
        long last = frame[0];
        publish(PREDICTIONS, frame(last, ""));
        socket.resume();

        Await.until(
                "the newest",
                SOON,
                () -> received.stream().anyMatch(m -> "inactive"
                                .equals(m.getJsonObject("body").getValue("status")))
                        && received.stream().anyMatch(m -> Long.valueOf(last)
                                .equals(m.getJsonObject("body").getLong("frame_number"))));
        assertThat(received.stream().filter(m -> "init_shutdown"
                        .equals(m.getJsonObject("body").getValue("status"))))
                .isEmpty();
        await(socket.close());
    }

    @Test
    void anythingButAWebSocketIsToldSo() {
        HttpResponse<String> response = api.get("/api/v1/live");

        assertThat(response.statusCode()).isEqualTo(426);
        assertThat(response.headers().firstValue("Upgrade")).hasValue("websocket");
        assertThatThrownBy(() -> await(client.connect(options("https://evil.example"))))
                .isInstanceOfSatisfying(UpgradeRejectedException.class, e -> assertThat(e.getStatus())
                        .isEqualTo(403));
    }

    private static JsonObject frame(long number, String more) {
        return new JsonObject().put("epoch", 1).put("frame_number", number).put("more", more);
    }

    private void publish(String address, JsonObject body) {
        api.vertx().eventBus().publish(address, body);
    }

    private WebSocket connect() {
        WebSocket socket = await(client.connect(options(null)));
        socket.textMessageHandler(text -> received.add(new JsonObject(text)));
        return socket;
    }

    private WebSocketConnectOptions options(String origin) {
        WebSocketConnectOptions options = new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(api.port())
                .setURI("/api/v1/live");
        return origin == null ? options : options.addHeader("Origin", origin);
    }

    private static void say(WebSocket socket, String type, String address) {
        await(socket.writeTextMessage(
                new JsonObject().put("type", type).put("address", address).encode()));
    }
}
