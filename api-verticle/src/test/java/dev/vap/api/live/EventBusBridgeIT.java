package dev.vap.api.live;

import static dev.vap.api.ApiFixture.await;
import static dev.vap.api.ApiFixture.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.api.ApiFixture;
import dev.vap.shared.protocol.Addresses;
import dev.vap.testing.Await;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a browser may and may not do through the SockJS bridge. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EventBusBridgeIT {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String PLAIN = "/eventbus/websocket";
    private static final String SCENARIO = "0190c0de-0000-7000-8000-000000000001";

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
    void carriesPredictionsAndStatusToABrowser() {
        WebSocket socket = connect();
        say(socket, "register", "predictions." + SCENARIO);
        say(socket, "register", Addresses.SCENARIO_STATUS);

        Await.until("both", SOON, () -> {
            api.vertx()
                    .eventBus()
                    .publish(
                            "predictions." + SCENARIO,
                            result(UUID.fromString(SCENARIO), 1, 3).toJson());
            api.vertx().eventBus().publish(Addresses.SCENARIO_STATUS, new JsonObject().put("status", "active"));
            return received.stream().map(m -> m.getString("address")).distinct().count() == 2;
        });
        JsonObject prediction = received.stream()
                .filter(m -> m.getString("address").startsWith("predictions."))
                .findFirst()
                .orElseThrow();
        assertThat(prediction.getString("type")).isEqualTo("rec");
        assertThat(prediction.getJsonObject("body").getLong("frame_number")).isEqualTo(3);
        await(socket.close());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "orchestrator.heartbeats",
                "runners.status",
                "inference.models",
                "runner.r1.sync",
                "predictions.",
                "predictions.*",
                "predictions.0190c0de-0000-7000-8000-00000000000x",
                "predictions.0190c0de-0000-7000-8000-000000000001.more",
                "xpredictions.0190c0de-0000-7000-8000-000000000001",
                "scenarios.status2",
                "scenarios_status",
                "preview.0190c0de-0000-7000-8000-000000000001",
                "__vertx.replies"
            })
    void refusesToListenElsewhere(String address) {
        WebSocket socket = connect();
        say(socket, "register", address);

        assertThat(answer().getString("body")).isIn("access_denied", "max_address_length_reached");
        await(socket.close());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"orchestrator.heartbeats", "inference.models", "scenarios.status", "predictions." + SCENARIO})
    void refusesEveryMessageFromABrowser(String address) {
        AtomicInteger heard = new AtomicInteger();
        var spy = api.vertx().eventBus().consumer(address, m -> heard.incrementAndGet());
        await(spy.completion());
        WebSocket socket = connect();

        say(socket, "send", address);
        assertThat(answer().getString("body")).isEqualTo("rejected");
        received.clear();
        say(socket, "publish", address);
        assertThat(answer().getString("body")).isEqualTo("rejected");

        assertThat(heard).hasValue(0);
        await(spy.unregister());
        await(socket.close());
    }

    @Test
    void answersOnlyPagesOfItsOwn() {
        assertThatThrownBy(() -> await(client.connect(options("http://evil.example"))))
                .isInstanceOfSatisfying(UpgradeRejectedException.class, e -> assertThat(e.getStatus())
                        .isEqualTo(403));
        WebSocket own = await(client.connect(options("http://127.0.0.1:" + api.port())));
        await(own.close());
        assertThat(api.send(HttpRequest.newBuilder(api.uri("/eventbus/info")).header("Origin", "http://evil.example"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(api.get("/eventbus/info").statusCode()).isEqualTo(200);
    }

    /** Without SockJS and with it: two classes of Vert.x, of which the second calls itself full never. */
    @ParameterizedTest
    @ValueSource(strings = {PLAIN, "/eventbus/000/session1/websocket"})
    void aBrowserThatDoesNotReadGetsTheNewestOfEachScenarioLater(String path) {
        String other = SCENARIO.replace('1', '2');
        double droppedBefore = dropped();
        WebSocket socket = connect(path);
        for (String address : List.of("predictions." + SCENARIO, Addresses.SCENARIO_STATUS)) {
            String message = message("register", address);
            await(socket.writeTextMessage(
                    path.equals(PLAIN) ? message : new JsonArray().add(message).encode()));
        }
        Await.until("registered", SOON, () -> {
            publish("predictions." + SCENARIO, new JsonObject());
            publish(Addresses.SCENARIO_STATUS, new JsonObject());
            return received.stream().map(m -> m.getString("address")).distinct().count() == 2;
        });
        socket.pause();
        JsonObject large = new JsonObject().put("frame", "x".repeat(100_000));

        Await.until("drops are counted", SOON, () -> {
            for (int i = 0; i < 20; i++) {
                publish("predictions." + SCENARIO, large);
            }
            return dropped() > droppedBefore;
        });
        publish(Addresses.SCENARIO_STATUS, status(SCENARIO, "init_shutdown"));
        publish(Addresses.SCENARIO_STATUS, status(other, "active"));
        publish(Addresses.SCENARIO_STATUS, status(SCENARIO, "inactive"));
        publish("predictions." + SCENARIO, new JsonObject().put("frame_number", 99));
        received.clear();
        socket.resume();

        Await.until(
                "the newest",
                SOON,
                () -> has("status", "inactive") && has("status", "active") && has("frame_number", 99));
        assertThat(has("status", "init_shutdown")).as("what was replaced").isFalse();
        publish(Addresses.SCENARIO_STATUS, status(other, "inactive"));
        Await.until("it goes on", SOON, () -> received.stream()
                .anyMatch(m -> other.equals(m.getJsonObject("body").getValue("scenario_uuid"))
                        && "inactive".equals(m.getJsonObject("body").getValue("status"))));
        await(socket.close());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/eventbus/info", "/%65ventbus/info", "//eventbus/info", "/x/../eventbus/info"})
    void pagesOfOthersGetNothingHoweverTheySpellIt(String path) {
        HttpResponse<String> answer =
                api.send(HttpRequest.newBuilder(api.uri(path)).header("Origin", "http://evil.example"));

        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
    }

    private static JsonObject status(String scenario, String status) {
        return new JsonObject().put("scenario_uuid", scenario).put("status", status);
    }

    private boolean has(String field, Object value) {
        return received.stream()
                .anyMatch(m -> value.equals(m.getJsonObject("body").getValue(field)));
    }

    private double dropped() {
        return api.services
                .registry()
                .counter("vap_live_dropped", "via", "bridge")
                .count();
    }

    private void publish(String address, JsonObject body) {
        api.vertx().eventBus().publish(address, body);
    }

    private WebSocket connect() {
        return connect(PLAIN);
    }

    private WebSocket connect(String path) {
        WebSocket socket = await(client.connect(options(null).setURI(path)));
        socket.binaryMessageHandler(bytes -> received.add(new JsonObject(bytes)));
        socket.textMessageHandler(frame -> {
            // Of SockJS: "a" and an array of messages; "o" and "h" carry nothing.
            if (frame.startsWith("a")) {
                new JsonArray(frame.substring(1)).forEach(message -> received.add(new JsonObject((String) message)));
            }
        });
        return socket;
    }

    private WebSocketConnectOptions options(String origin) {
        WebSocketConnectOptions options = new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(api.port())
                .setURI(PLAIN);
        return origin == null ? options : options.addHeader("Origin", origin);
    }

    private static void say(WebSocket socket, String type, String address) {
        await(socket.writeTextMessage(message(type, address)));
    }

    private static String message(String type, String address) {
        return new JsonObject()
                .put("type", type)
                .put("address", address)
                .put("headers", new JsonObject())
                .put("body", new JsonObject())
                .encode();
    }

    private JsonObject answer() {
        Await.until("an answer", SOON, () -> !received.isEmpty());
        JsonObject answer = received.get(0);
        assertThat(answer.getString("type")).isEqualTo("err");
        return answer;
    }
}
