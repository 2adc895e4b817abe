package dev.vap.api;

import static dev.vap.api.ApiFixture.await;
import static dev.vap.api.ApiFixture.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Everything at once, as fast as it goes: nothing is refused, lost, doubled or out of order. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LoadIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int LISTENERS = 1_000;
    private static final int FRAMES = 30;
    private static final int ROUNDS = 300;
    private static final int AT_ONCE = 32;

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
    void createGetListPredictionsAndAThousandListeners() throws Exception {
        UUID scenario = api.createLive();
        await(api.results.store(java.util.stream.LongStream.range(0, 100)
                .mapToObj(n -> result(scenario, 1, n))
                .toList()));
        Listeners listeners = new Listeners(scenario);
        List<CompletableFuture<HttpResponse<String>>> answers = drive(scenario);

        for (int frame = 0; frame < FRAMES; frame++) {
            listeners.publish(frame);
        }

        CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)).join();
        assertThat(answers).allSatisfy(answer -> assertThat(answer.join().statusCode())
                .as(answer.join().body())
                .isIn(200, 201));
        Set<String> created = new HashSet<>();
        answers.stream()
                .map(CompletableFuture::join)
                .filter(answer -> answer.statusCode() == 201)
                .forEach(answer -> created.add(new JsonObject(answer.body()).getString("scenario_uuid")));
        assertThat(created).hasSize(ROUNDS);
        assertThat(listed()).containsAll(created).doesNotHaveDuplicates();
        listeners.assertThatAllHaveEverything();
    }

    private List<CompletableFuture<HttpResponse<String>>> drive(UUID scenario) throws InterruptedException {
        Semaphore free = new Semaphore(AT_ONCE);
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
            List<HttpRequest.Builder> requests = List.of(
                    HttpRequest.newBuilder(api.uri("/api/v1/scenarios"))
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofString("{\"camera_url\": \"rtsp://camera-" + i + "/1\"}")),
                    HttpRequest.newBuilder(api.uri("/api/v1/scenarios/" + scenario)),
                    HttpRequest.newBuilder(api.uri("/api/v1/scenarios?limit=20")),
                    HttpRequest.newBuilder(api.uri("/api/v1/scenarios/" + scenario + "/predictions")));
            for (HttpRequest.Builder request : requests) {
                free.acquire();
                answers.add(api.client()
                        .sendAsync(request.timeout(SOON).build(), BodyHandlers.ofString())
                        .whenComplete((answer, e) -> free.release()));
            }
        }
        return answers;
    }

    private List<String> listed() {
        List<String> all = new ArrayList<>();
        String cursor = null;
        do {
            JsonObject page = api.getJson("/api/v1/scenarios?limit=100" + (cursor == null ? "" : "&cursor=" + cursor));
            page.getJsonArray("scenarios").forEach(s -> all.add(((JsonObject) s).getString("scenario_uuid")));
            cursor = page.getString("next");
        } while (cursor != null);
        return all;
    }

    /** A thousand WebSockets that all listen to one scenario. */
    private final class Listeners {

        private final UUID scenario;
        private final AtomicIntegerArray frames = new AtomicIntegerArray(LISTENERS);
        private final AtomicLongArray newest = new AtomicLongArray(LISTENERS);
        private final AtomicIntegerArray disorder = new AtomicIntegerArray(LISTENERS);
        private final List<WebSocket> sockets = new ArrayList<>();

        Listeners(UUID scenario) {
            this.scenario = scenario;
            WebSocketClient client =
                    api.vertx().createWebSocketClient(new WebSocketClientOptions().setMaxConnections(LISTENERS + 1));
            List<Future<WebSocket>> opening = new ArrayList<>();
            for (int i = 0; i < LISTENERS; i++) {
                int index = i;
                newest.set(i, -2);
                opening.add(
                        client.connect(api.port(), "127.0.0.1", "/api/v1/live").onSuccess(socket -> {
                            socket.textMessageHandler(text -> received(index, text));
                            socket.writeTextMessage(new JsonObject()
                                    .put("type", "register")
                                    .put("address", "predictions." + scenario)
                                    .encode());
                            socket.writeTextMessage("{\"type\":\"ping\"}");
                        }));
            }
            await(Future.join(opening));
            opening.forEach(opened -> sockets.add(opened.result()));
            Await.until("all are registered", SOON, () -> {
                for (int i = 0; i < LISTENERS; i++) {
                    if (newest.get(i) != -1) {
                        return false;
                    }
                }
                return true;
            });
        }

        private void received(int index, String text) {
            JsonObject message = new JsonObject(text);
            if (message.getString("type").equals("pong")) {
                newest.set(index, -1);
                return;
            }
            long frame = message.getJsonObject("body").getLong("frame_number");
            if (frame <= newest.get(index)) {
                disorder.incrementAndGet(index);
            }
            newest.set(index, frame);
            frames.incrementAndGet(index);
        }

        /** Completes when all have it: what is measured elsewhere is how fast, and here, that none is left out. */
        void publish(long frame) {
            api.vertx()
                    .eventBus()
                    .publish(
                            "predictions." + scenario,
                            result(scenario, 1, frame).toJson());
            Await.until("all have frame " + frame, SOON, () -> {
                for (int i = 0; i < LISTENERS; i++) {
                    if (newest.get(i) < frame) {
                        return false;
                    }
                }
                return true;
            });
        }

        void assertThatAllHaveEverything() {
            for (int i = 0; i < LISTENERS; i++) {
                assertThat(frames.get(i)).as("frames of listener " + i).isEqualTo(FRAMES);
                assertThat(disorder.get(i)).as("out of order at listener " + i).isZero();
            }
            sockets.forEach(WebSocket::close);
        }
    }
}
