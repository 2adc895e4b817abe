package dev.vap.api.live;

import static dev.vap.api.ApiFixture.await;
import static dev.vap.api.ApiFixture.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.api.ApiFixture;
import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.shared.storage.Ids;
import dev.vap.testing.Await;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Live predictions as Server-Sent Events. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LiveIT {

    private static final Duration SOON = Duration.ofSeconds(20);

    private ApiFixture api;

    @BeforeAll
    void start(@TempDir Path media) {
        api = ApiFixture.start(media);
    }

    @AfterAll
    void stop() {
        api.close();
    }

    @Test
    void streamsLivePredictionsAndStatusChanges() throws Exception {
        UUID scenario = api.createLive();
        try (SseReader reader = SseReader.open(api, "/api/v1/prediction/" + scenario + "/stream")) {
            assertThat(reader.response().statusCode()).isEqualTo(200);
            assertThat(reader.response().headers().firstValue("Content-Type")).hasValue("text/event-stream");
            Await.until("the first status", SOON, () -> reader.events().size() >= 1);
            assertThat(reader.events().get(0).name()).isEqualTo("status");
            assertThat(reader.events().get(0).data().getString("status")).isEqualTo("init_startup");
            publish(scenario, 7);
            api.move(scenario, ScenarioStatus.IN_STARTUP_PROCESSING);

            Await.until("the frame", SOON, () -> reader.frames().equals(List.of(7L)));
            SseReader.Event prediction = reader.events().stream()
                    .filter(e -> e.name().equals("prediction"))
                    .findFirst()
                    .orElseThrow();
            assertThat(prediction.id()).isEqualTo("7");
            assertThat(prediction.data().getJsonArray("detections")).hasSize(1);
            Await.until("the new status", SOON, () -> reader.events().stream()
                    .anyMatch(e -> e.name().equals("status")
                            && "in_startup_processing".equals(e.data().getString("status"))));
        }
        Await.until("the client is forgotten", SOON, () -> {
            publish(scenario, 8);
            return api.services.registry().get("vap_live_streams").gauge().value() == 0;
        });
    }

    @Test
    void replaysTheStoredOnesAndGoesLiveWithoutLossOrDuplicates() throws Exception {
        UUID scenario = api.createLive();
        int total = 1_500;
        Thread runner = new Thread(() -> {
            for (long frame = 0; frame < total; frame++) {
                // As a runner does: live at once, stored a little later.
                publish(scenario, frame);
                api.produce(result(scenario, 1, frame));
            }
        });
        runner.start();
        Await.until("some are stored", SOON, () -> !api.getJson("/api/v1/prediction/" + scenario)
                .getJsonArray("results")
                .isEmpty());

        try (SseReader fromStart = SseReader.open(api, "/api/v1/prediction/" + scenario + "/stream?after_frame=-1");
                SseReader resumed = SseReader.open(
                        api, "/api/v1/prediction/" + scenario + "/stream?after_frame=-1", "Last-Event-ID", "9")) {
            Await.until("the last frame", SOON, () -> fromStart.frames().contains(total - 1L));
            Await.until("the last frame, resumed", SOON, () -> resumed.frames().contains(total - 1L));
            assertThat(fromStart.frames())
                    .containsExactlyElementsOf(
                            LongStream.range(0, total).boxed().toList());
            assertThat(resumed.frames())
                    .containsExactlyElementsOf(
                            LongStream.range(10, total).boxed().toList());
        }
        runner.join();
    }

    /** Whichever way a client takes: what the runner publishes, what the store repeats, and what the status topic tells. */
    @Test
    void allWaysShowTheFormOfTheContract() throws Exception {
        UUID scenario = api.createLive();
        ResultMessage plate = new ResultMessage(
                Ids.next(),
                scenario,
                1,
                7,
                Instant.parse("2026-01-01T00:00:00Z"),
                -1,
                -1,
                640,
                480,
                "m",
                "onnx",
                1.5,
                List.of(
                        new Detection("car", 2, 0.5f, new BoundingBox(0, 0, 9, 9))
                                .with(new Detection.Attribute("colours", "red", 0.9f)),
                        new Detection("plate", 0, 0.5f, new BoundingBox(1, 1, 2, 2), List.of(), 0)));
        await(api.results.store(List.of(result(scenario, 1, 6), plate)));
        WebSocketClient client = api.vertx().createWebSocketClient();
        WebSocket socket = await(client.connect(api.port(), "127.0.0.1", "/api/v1/live"));
        List<JsonObject> received = new CopyOnWriteArrayList<>();
        socket.textMessageHandler(text -> received.add(new JsonObject(text)));
        String address = Addresses.predictions(scenario);
        for (String listened : List.of(address, Addresses.SCENARIO_STATUS)) {
            await(socket.writeTextMessage(new JsonObject()
                    .put("type", "register")
                    .put("address", listened)
                    .encode()));
        }
        await(socket.writeTextMessage("{\"type\":\"ping\"}"));
        Await.until("registered", SOON, () -> !received.isEmpty());
        try (SseReader live = SseReader.open(api, "/api/v1/scenarios/" + scenario + "/predictions/stream");
                SseReader replayed =
                        SseReader.open(api, "/api/v1/scenarios/" + scenario + "/predictions/stream?after_frame=-1")) {
            Await.until("the stored ones", SOON, () -> replayed.frames().equals(List.of(6L, 7L)));
            api.vertx().eventBus().publish(address, plate.toLiveJson());
            api.move(scenario, ScenarioStatus.IN_STARTUP_PROCESSING);
            Await.until("the live one", SOON, () -> live.frames().equals(List.of(7L)));
            assertThat(prediction(live)).isEqualTo(prediction(replayed));
            Await.until(
                    "both over the WebSocket",
                    SOON,
                    () -> received.stream()
                                    .map(m -> m.getString("address"))
                                    .distinct()
                                    .count()
                            == 3);
        }
        received.removeIf(m -> m.getString("type").equals("pong"));
        assertThat(received).allSatisfy(m -> assertThat(ApiFixture.violation(
                        m.getString("address").replace(scenario.toString(), "{scenario_uuid}"),
                        m.getJsonObject("body")))
                .isEmpty());
        await(client.close());
    }

    private static JsonObject prediction(SseReader reader) {
        List<SseReader.Event> all = reader.events().stream()
                .filter(e -> e.name().equals("prediction"))
                .toList();
        return all.get(all.size() - 1).data();
    }

    @Test
    void endsTheStreamOfADeletedScenario() throws Exception {
        UUID scenario = api.createLive();
        api.move(
                scenario, ScenarioStatus.INIT_SHUTDOWN, ScenarioStatus.IN_SHUTDOWN_PROCESSING, ScenarioStatus.INACTIVE);
        try (SseReader reader = SseReader.open(api, "/api/v1/prediction/" + scenario + "/stream")) {
            assertThat(api.delete("/api/v1/scenario/" + scenario).statusCode()).isEqualTo(204);
            Await.until("the end", SOON, reader::ended);
            assertThat(reader.events().get(reader.events().size() - 1).data().getString("status"))
                    .isEqualTo("deleted");
        }
    }

    @Test
    void refusesALastEventIdThatIsNone() throws Exception {
        UUID scenario = api.createLive();
        try (SseReader reader =
                SseReader.open(api, "/api/v1/prediction/" + scenario + "/stream", "Last-Event-ID", "x")) {
            assertThat(reader.response().statusCode()).isEqualTo(400);
        }
    }

    @Test
    void aLastEventIdThatThereIsNotIsToldAndReplaced() throws Exception {
        UUID scenario = api.createLive();
        await(api.results.store(List.of(result(scenario, 1, 0), result(scenario, 1, 1))));
        try (SseReader reader =
                SseReader.open(api, "/api/v1/prediction/" + scenario + "/stream", "Last-Event-ID", "999999")) {
            SseReader.Event told = Await.value(
                            "it is told",
                            SOON,
                            () -> reader.events().stream()
                                    .filter(e -> e.name().equals("dropped"))
                                    .toList(),
                            found -> found.size() == 1)
                    .get(0);
            assertThat(reader.events().get(0).id()).isEqualTo("999999");
            assertThat(told.id()).isEqualTo("1");
            publish(scenario, 2);
            Await.until("the live frame", SOON, () -> reader.frames().equals(List.of(2L)));
        }
    }

    @Test
    void theFirstEventSaysWhereTheStreamIs() throws Exception {
        UUID scenario = api.createLive();
        await(api.results.store(List.of(result(scenario, 1, 0), result(scenario, 1, 41))));
        try (SseReader reader = SseReader.open(api, "/api/v1/prediction/" + scenario + "/stream")) {
            Await.until("the first status", SOON, () -> !reader.events().isEmpty());
            assertThat(reader.events().get(0).id()).isEqualTo("41");
        }
    }

    @Test
    void aClientThatDoesNotReadCostsLittleAndOthersGoOn() throws Exception {
        UUID scenario = api.createLive();
        String path = "/api/v1/prediction/" + scenario + "/stream";
        double before = api.services
                .registry()
                .counter("vap_live_dropped", "via", "sse")
                .count();
        try (Socket stalled = new Socket(InetAddress.getLoopbackAddress(), api.port());
                SseReader reader = SseReader.open(api, path)) {
            stalled.setReceiveBufferSize(4096);
            stalled.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            Await.until(
                    "both listen",
                    SOON,
                    () -> api.services
                                    .registry()
                                    .get("vap_live_streams")
                                    .gauge()
                                    .value()
                            >= 2);
            long[] frame = {0};
            Await.until("drops are counted", SOON, () -> {
                for (int i = 0; i < 500; i++) {
                    publish(scenario, frame[0]++);
                }
                return api.services
                                .registry()
                                .counter("vap_live_dropped", "via", "sse")
                                .count()
                        > before;
            });
            Await.until("the reader has the newest", SOON, () -> reader.frames().contains(frame[0] - 1));
        }
    }

    @Test
    void endsItsStreamsWhenTheServiceStops(@TempDir Path media) throws Exception {
        try (ApiFixture other = ApiFixture.start(media)) {
            UUID scenario = other.createLive();
            try (SseReader reader = SseReader.open(other, "/api/v1/prediction/" + scenario + "/stream")) {
                Await.until("the stream", SOON, () -> !reader.events().isEmpty());
                long started = System.nanoTime();
                other.undeploy();
                assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(5));
                Await.until("the end", SOON, reader::ended);
            }
        }
    }

    private void publish(UUID scenario, long frame) {
        api.vertx()
                .eventBus()
                .publish(
                        Addresses.predictions(scenario),
                        result(scenario, 1, frame).toLiveJson());
    }

    @Test
    void answersWithModelsFromInference() {
        assertThat(api.get("/api/v1/models").statusCode()).isEqualTo(503);
        var consumer = api.vertx().eventBus().consumer(Addresses.MODELS, request -> request.reply(new JsonObject("""
                                {"models": [
                                  {"name": "yolox-nano", "detector": "onnx", "available": true, "labels": ["person"]},
                                  {"name": "broken", "detector": "onnx", "available": false, "labels": [],
                                   "problem": "broken.onnx is not an ONNX file: pull it again."}]}""")));
        await(consumer.completion());
        try {
            Await.until(
                    "inference is found", SOON, () -> api.get("/api/v1/models").statusCode() == 200);
            assertThat(api.getJson("/api/v1/models").getJsonArray("models")).hasSize(2);
            assertThat(api.getJson("/api/v1/models/yolox-nano").getInteger("label_count"))
                    .isEqualTo(1);
            assertThat(api.getJson("/api/v1/models/broken").getString("problem"))
                    .isEqualTo("broken.onnx is not an ONNX file: pull it again.");
            assertThat(api.get("/api/v1/models/yolo99").statusCode()).isEqualTo(404);
            assertThat(api.get("/api/v1/models/yolo99").body())
                    .contains("model_not_found", "There is no model \\\"yolo99\\\": GET /api/v1/models lists them.");
            assertThat(api.post("/api/v1/scenario/init", "{\"camera_url\": \"rtsp://h/1\", \"model\": \"yolo99\"}")
                            .body())
                    .contains("model_unknown", "There is no model \\\"yolo99\\\": use yolox-nano, or put");
            assertThat(api.post("/api/v1/scenario/init", "{\"camera_url\": \"rtsp://h/1\", \"model\": \"broken\"}")
                            .body())
                    .contains("\"status\":422", "broken.onnx is not an ONNX file: pull it again.");
            assertThat(api.post("/api/v1/scenario/init", """
                            {"camera_url": "rtsp://h/1", "model": "yolox-nano",
                             "options": {"pipeline": [{"model": "colours"}]}}""").body())
                    .contains("\"status\":422", "There is no model \\\"colours\\\"");
            assertThat(api.post("/api/v1/scenario/init", "{\"camera_url\": \"rtsp://h/1\", \"model\": \"yolox-nano\"}")
                            .statusCode())
                    .isEqualTo(201);
        } finally {
            await(consumer.unregister());
        }
    }
}
