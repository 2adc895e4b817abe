package dev.vap.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.BusErrors;
import dev.vap.shared.protocol.Heartbeat;
import dev.vap.shared.protocol.PreviewDemand;
import dev.vap.shared.protocol.PreviewPicture;
import dev.vap.shared.protocol.Protocol;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.storage.Ids;
import dev.vap.testing.Await;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Pictures over HTTP, from runners that do what the test says. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PicturesApiIT {

    private static final Duration SOON = Duration.ofSeconds(15);
    private static final Instant AT = Instant.parse("2026-01-02T03:04:05.678Z");

    private final List<MessageConsumer<?>> runners = new ArrayList<>();
    private final List<Long> timers = new CopyOnWriteArrayList<>();
    private final List<PreviewDemand> demands = new CopyOnWriteArrayList<>();
    /** Takes as long as the API waits, and goes on beside the other tests. */
    private CompletableFuture<HttpResponse<String>> withoutPicture;

    private ApiFixture api;

    @BeforeAll
    void start(@TempDir Path media) {
        api = ApiFixture.start(media);
        withoutPicture = CompletableFuture.supplyAsync(() -> api.get(path(api.createLive(), "snapshot.jpg")));
    }

    @AfterAll
    void stop() {
        api.close();
    }

    @AfterEach
    void stopRunners() {
        timers.forEach(api.vertx()::cancelTimer);
        timers.clear();
        runners.forEach(r -> ApiFixture.await(r.unregister()));
        runners.clear();
        demands.clear();
    }

    /** Reports the scenario's session, and does this whenever it is asked for pictures. */
    private void runner(String id, UUID scenario, long epoch, Consumer<Message<JsonObject>> onDemand) {
        SessionReport session = new SessionReport(
                scenario,
                Ids.next(),
                epoch,
                SessionReport.State.RUNNING,
                1,
                2,
                -1,
                5,
                "mock",
                SessionReport.SourceReport.of("streaming", null),
                null,
                Map.of());
        JsonObject heartbeat = new Heartbeat(
                        id,
                        UUID.randomUUID(),
                        Protocol.VERSION,
                        "host",
                        1,
                        4,
                        false,
                        false,
                        1,
                        0,
                        List.of(session),
                        List.of())
                .toJson();
        timers.add(api.vertx().setPeriodic(10, 200, t -> api.vertx().eventBus().publish(Addresses.RUNNERS, heartbeat)));
        MessageConsumer<JsonObject> consumer = api.vertx().eventBus().consumer(Addresses.runnerPreview(id), m -> {
            demands.add(PreviewDemand.fromJson(m.body()));
            onDemand.accept(m);
        });
        ApiFixture.await(consumer.completion());
        runners.add(consumer);
    }

    private void show(UUID scenario, long epoch, long frame) {
        api.vertx()
                .eventBus()
                .publish(
                        Addresses.preview(scenario),
                        new PreviewPicture(scenario, epoch, frame, AT, 40, 1920, 1080, Buffer.buffer("JPEG" + frame)));
    }

    private String path(UUID scenario, String picture) {
        return "/api/v1/scenarios/" + scenario + "/" + picture;
    }

    @Test
    void aSnapshotIsTheNextPicture() {
        UUID scenario = api.createLive();
        runner("r1", scenario, 1, m -> {
            m.reply(new JsonObject());
            show(scenario, 1, 7);
        });
        HttpResponse<String> response = api.get(path(scenario, "snapshot.jpg"));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("JPEG7");
        assertThat(response.headers().firstValue("Content-Type")).hasValue("image/jpeg");
        assertThat(response.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(response.headers().firstValue("X-Frame-Number")).hasValue("7");
        assertThat(response.headers().firstValue("X-Timestamp")).hasValue(AT.toString());
        assertThat(response.headers().firstValue("X-Pts-Ms")).hasValue("40");
        assertThat(response.headers().firstValue("X-Source-Size")).hasValue("1920x1080");
        assertThat(demands).allSatisfy(d -> assertThat(d.scenario()).isEqualTo(scenario));

        demands.clear();
        HttpResponse<String> head = api.send(HttpRequest.newBuilder(api.uri(path(scenario, "preview.mjpeg")))
                .method("HEAD", HttpRequest.BodyPublishers.noBody()));
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(demands).isEmpty();
    }

    @Test
    void aScenarioThatDoesNotRunHasNone() {
        UUID scenario = api.createLive();
        api.move(
                scenario, ScenarioStatus.INIT_SHUTDOWN, ScenarioStatus.IN_SHUTDOWN_PROCESSING, ScenarioStatus.INACTIVE);
        for (String picture : List.of("snapshot.jpg", "preview.mjpeg")) {
            HttpResponse<String> response = api.get(path(scenario, picture));
            assertThat(response.statusCode()).isEqualTo(409);
            assertThat(new JsonObject(response.body()).getString("code")).isEqualTo("not_running");
            assertThat(new JsonObject(response.body()).getString("detail")).endsWith("start it first.");
        }
        assertThat(api.get(path(UUID.randomUUID(), "snapshot.jpg")).statusCode())
                .isEqualTo(404);
    }

    @Test
    void aRunnerWithoutPicturesIsToldAtOnce() {
        UUID scenario = api.createLive();
        runner(
                "r2",
                scenario,
                1,
                m -> BusErrors.fail(m, new VapException(ErrorCode.RUNNER_UNAVAILABLE, "Its runner invents results.")));
        for (String picture : List.of("snapshot.jpg", "preview.mjpeg")) {
            HttpResponse<String> response = api.get(path(scenario, picture));
            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(new JsonObject(response.body()).getString("detail")).isEqualTo("Its runner invents results.");
            assertThat(response.headers().firstValue("Retry-After")).isPresent();
        }
    }

    @Test
    void aScenarioWithoutAPictureIsWaitedForAWhile() throws Exception {
        HttpResponse<String> response = withoutPicture.get(30, TimeUnit.SECONDS);
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(new JsonObject(response.body()).getString("detail"))
                .startsWith("No runner says that it runs scenario ");
    }

    @Test
    void viewersDoNotNoticeAnotherRunnerAndItsPredecessorIsNotBelieved() throws Exception {
        UUID scenario = api.createLive();
        runner("r3", scenario, 1, m -> {
            m.reply(new JsonObject());
            show(scenario, 1, 7);
        });
        try (InputStream in = open(scenario)) {
            String first = readUntil(in, "JPEG7\r\n--frame");
            assertThat(first).startsWith("--frame\r\nContent-Type: image/jpeg\r\n");
            stopRunners();
            runner("r4", scenario, 2, m -> {
                m.reply(new JsonObject());
                show(scenario, 2, 9);
                show(scenario, 1, 8);
                show(scenario, 2, 10);
            });
            assertThat(readUntil(in, "JPEG10\r\n--frame")).contains("JPEG9").doesNotContain("JPEG8");
            assertThat(api.services
                            .registry()
                            .get("vap_preview_viewers")
                            .gauge()
                            .value())
                    .isPositive();
            api.vertx()
                    .eventBus()
                    .publish(
                            Addresses.SCENARIO_STATUS,
                            new JsonObject()
                                    .put("scenario_uuid", scenario.toString())
                                    .put("status", "init_shutdown"));
            assertThat(new String(in.readAllBytes(), StandardCharsets.ISO_8859_1))
                    .isEqualTo("--\r\n");
        }
        Await.until(
                "nobody watches",
                SOON,
                () -> api.services.registry().get("vap_preview_viewers").gauge().value() == 0);
        demands.clear();
        show(scenario, 2, 11);
        assertThat(demands).isEmpty();
    }

    @Test
    void oneTooManyIsRefusedAndTheOthersAreServed() throws Exception {
        withoutPicture.get(30, TimeUnit.SECONDS);
        UUID scenario = api.createLive();
        List<CompletableFuture<HttpResponse<InputStream>>> open = new ArrayList<>();
        HttpRequest request =
                HttpRequest.newBuilder(api.uri(path(scenario, "preview.mjpeg"))).build();
        for (int i = 0; i < 200; i++) {
            open.add(api.client().sendAsync(request, HttpResponse.BodyHandlers.ofInputStream()));
        }
        Await.until(
                "all watch",
                SOON,
                () -> api.services.registry().get("vap_preview_viewers").gauge().value() == 200);
        HttpResponse<String> refused = api.get(path(scenario, "snapshot.jpg"));
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(new JsonObject(refused.body()).getString("code")).isEqualTo("too_many_requests");
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        runner("r5", scenario, 1, m -> {
            m.reply(new JsonObject());
            show(scenario, 1, 7);
        });
        for (CompletableFuture<HttpResponse<InputStream>> stream : open) {
            try (InputStream in = stream.get(15, TimeUnit.SECONDS).body()) {
                assertThat(readUntil(in, "JPEG7")).isNotEmpty();
            }
        }
        assertThat(demands).as("asked once a second, for all of them").hasSizeLessThan(20);
    }

    private InputStream open(UUID scenario) throws Exception {
        HttpResponse<InputStream> response = api.client()
                .send(
                        HttpRequest.newBuilder(api.uri(path(scenario, "preview.mjpeg")))
                                .header("Accept-Encoding", "gzip")
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Encoding").orElse("identity"))
                .isEqualTo("identity");
        assertThat(response.headers().firstValue("Content-Type")).hasValue("multipart/x-mixed-replace; boundary=frame");
        return response.body();
    }

    private static String readUntil(InputStream in, String end) throws Exception {
        StringBuilder text = new StringBuilder();
        while (text.indexOf(end) < 0) {
            int next = in.read();
            assertThat(next).as("after %s", text).isNotNegative();
            text.append((char) next);
        }
        return text.toString();
    }
}
