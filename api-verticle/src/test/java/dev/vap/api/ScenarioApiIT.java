package dev.vap.api;

import static dev.vap.api.ApiFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.messaging.KafkaConfig;
import dev.vap.shared.messaging.KafkaTail;
import dev.vap.shared.messaging.Received;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.Heartbeat;
import dev.vap.shared.protocol.Protocol;
import dev.vap.shared.protocol.ScenarioCommand;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.protocol.StatusChanged;
import dev.vap.shared.storage.Ids;
import dev.vap.shared.storage.Workers;
import dev.vap.testing.Await;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Scenarios over HTTP, with real PostgreSQL and Kafka. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScenarioApiIT {

    private static final Duration SOON = Duration.ofSeconds(15);

    private Path media;
    private ApiFixture api;
    private final List<Received> commands = new CopyOnWriteArrayList<>();
    private final List<Received> statuses = new CopyOnWriteArrayList<>();

    @BeforeAll
    void start(@TempDir Path folder) {
        media = folder;
        api = ApiFixture.start(media);
        KafkaConfig kafka = KafkaConfig.from(api.services.settings());
        await(KafkaTail.start(api.vertx(), kafka, api.topics.initScenario(), commands::add)
                .ready());
        await(KafkaTail.start(api.vertx(), kafka, api.topics.scenarios(), statuses::add)
                .ready());
    }

    @AfterAll
    void stop() {
        api.close();
    }

    @Test
    void createWritesTheRowAndPublishesTheCommandAndTheStatus() {
        HttpResponse<String> response = api.post("/api/v1/scenario/init", """
                {"camera_url": "rtsp://user:secret@camera/1", "model": "yolox-nano", "fps": 5,
                 "options": {"confidence": 0.5, "classes": ["person"]}}""");

        assertThat(response.statusCode()).isEqualTo(201);
        JsonObject body = new JsonObject(response.body());
        assertThat(body.fieldNames()).containsExactlyInAnyOrder("scenario_uuid", "scenario_id", "status");
        assertThat(body.getString("status")).isEqualTo("init_startup");
        String uuid = body.getString("scenario_uuid");
        assertThat(response.headers().firstValue("Location")).hasValue("/api/v1/scenarios/" + uuid);

        JsonObject shown = api.getJson("/api/v1/scenario/" + uuid);
        assertThat(shown.getString("camera_url")).isEqualTo("rtsp://user:***@camera/1");
        assertThat(shown.getString("model")).isEqualTo("yolox-nano");
        assertThat(shown.getValue("worker")).isNull();
        assertThat(shown.getValue("source")).isNull();
        assertThat(shown.fieldNames())
                .contains("scenario_uuid", "scenario_id", "status", "status_reason", "created_at", "updated_at");
        assertThat(api.getJson("/api/v1/scenario/" + body.getLong("scenario_id")))
                .isEqualTo(shown);

        Received command = Await.value("the command", SOON, () -> of(commands, uuid), list -> list.size() == 1)
                .get(0);
        assertThat(command.key()).isEqualTo(uuid);
        ScenarioCommand parsed = ScenarioCommand.parse(command.value());
        assertThat(parsed.kind()).isEqualTo(ScenarioCommand.Kind.START);
        assertThat(parsed.cameraUrl()).isEqualTo("rtsp://user:secret@camera/1");
        assertThat(parsed.options().fps()).isEqualTo(5);
        Received status = Await.value("the status", SOON, () -> of(statuses, uuid), list -> list.size() == 1)
                .get(0);
        assertThat(status.value()).doesNotContain("secret");
        assertThat(StatusChanged.parse(status.value()).status()).isEqualTo(ScenarioStatus.INIT_STARTUP);
    }

    private void assertStartChangesNothing(String path, String status) {
        String etag = api.get(path).headers().firstValue("ETag").orElseThrow();
        HttpResponse<String> again = api.post(path + "/start");
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(again.body()).getString("status")).isEqualTo(status);
        assertThat(again.headers().firstValue("ETag")).contains(etag);
    }

    @Test
    void stopStartAndDeleteFollowTheStatusMachine() {
        UUID uuid = api.createLive();
        String path = "/api/v1/scenario/" + uuid;
        long id = api.getJson(path).getLong("scenario_id");

        assertStartChangesNothing(path, "init_startup");
        assertProblem(
                api.delete(path),
                409,
                "transition_not_allowed",
                "Scenario " + id + " can't be deleted: expected inactive, but it is init_startup; stop it first.");

        api.move(uuid, ScenarioStatus.IN_STARTUP_PROCESSING, ScenarioStatus.ACTIVE);
        assertStartChangesNothing(path, "active");
        HttpResponse<String> stopped = api.post(path + "/shutdown");
        assertThat(stopped.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(stopped.body()).getString("status")).isEqualTo("init_shutdown");
        assertThat(new JsonObject(api.post(path + "/shutdown", "{}").body()).getString("status"))
                .as("repeating a stop is harmless")
                .isEqualTo("init_shutdown");
        assertProblem(
                api.post(path + "/start"),
                409,
                "transition_not_allowed",
                "Scenario " + id + " can't be started: expected inactive, but it is init_shutdown.");

        api.move(uuid, ScenarioStatus.IN_SHUTDOWN_PROCESSING, ScenarioStatus.INACTIVE);
        assertThat(new JsonObject(api.post(path + "/start").body()).getString("status"))
                .isEqualTo("init_startup");
        api.post(path + "/shutdown");
        api.move(uuid, ScenarioStatus.IN_SHUTDOWN_PROCESSING, ScenarioStatus.INACTIVE);
        assertThat(api.getJson(path + "/events").getJsonArray("events").stream()
                        .map(e -> ((JsonObject) e).getString("to")))
                .containsExactly(
                        "init_startup",
                        "in_startup_processing",
                        "active",
                        "init_shutdown",
                        "in_shutdown_processing",
                        "inactive",
                        "init_startup",
                        "init_shutdown",
                        "in_shutdown_processing",
                        "inactive");
        assertThat(api.delete(path).statusCode()).isEqualTo(204);
        assertProblem(
                api.get(path),
                404,
                "scenario_not_found",
                "There is no scenario " + uuid + "; the list shows those that exist.");
        Await.until("all commands", SOON, () -> of(commands, uuid.toString()).size() == 5);
        assertThat(of(commands, uuid.toString()).stream()
                        .map(r -> ScenarioCommand.parse(r.value()).kind().name()))
                .containsExactly("START", "STOP", "START", "STOP", "DELETE");
    }

    @Test
    void shortRoutesUnderstandEveryWordForAStatus() {
        HttpResponse<String> created =
                api.post("/scenario/", "{\"status\": \"init_startup\", \"camera_url\": \"rtsp://camera/2\"}");
        assertThat(created.statusCode()).isEqualTo(201);
        JsonObject body = new JsonObject(created.body());
        assertThat(body.fieldNames()).containsExactlyInAnyOrder("scenario_id", "scenario_uuid");
        long id = body.getLong("scenario_id");
        UUID uuid = UUID.fromString(body.getString("scenario_uuid"));

        assertThat(api.getJson("/scenario/" + id + "/"))
                .isEqualTo(new JsonObject().put("id", id).put("status", "init_startup"));
        assertThat(api.getJson("/scenario/" + uuid)).isEqualTo(api.getJson("/scenario/" + id));
        HttpResponse<String> stopped = api.post("/scenario/" + id + "/", "{\"status\": \"inactive\"}");
        assertThat(stopped.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(stopped.body()))
                .isEqualTo(new JsonObject().put("status", "updated").put("scenario_id", String.valueOf(id)));
        api.move(uuid, ScenarioStatus.IN_SHUTDOWN_PROCESSING, ScenarioStatus.INACTIVE);
        assertThat(api.post("/scenario/" + uuid, "{\"status\": \"active\"}").statusCode())
                .isEqualTo(200);
        assertThat(api.post("/scenario/" + id, "{\"status\": \"init_shutdown\"}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(api.getJson("/scenario/" + id).getString("status")).isEqualTo("init_shutdown");
        assertProblem(
                api.post("/scenario/" + id, "{\"status\": \"in_startup_processing\"}"),
                409,
                "status_reserved",
                "The status in_startup_processing is set by the system only: ask for init_startup or init_shutdown.");
        assertThat(api.getJson("/prediction/" + id + "/"))
                .isEqualTo(new JsonObject("{\"scenario_id\":" + id
                        + ",\"predictions\":{\"predictions\":[],\"frame_number\":null,\"timestamp\":null}}"));
    }

    @Test
    void listsPagesNewestFirstAndFiltersByStatus() {
        List<UUID> made = List.of(api.createLive(), api.createLive(), api.createLive());
        api.move(made.get(1), ScenarioStatus.IN_STARTUP_PROCESSING, ScenarioStatus.ACTIVE);

        JsonObject first = api.getJson("/api/v1/scenario?limit=2");
        assertThat(uuids(first)).containsExactly(made.get(2), made.get(1));
        JsonObject second = api.getJson("/api/v1/scenarios/?limit=1&cursor=" + first.getString("next"));
        assertThat(uuids(second)).containsExactly(made.get(0));
        long id = api.getJson("/api/v1/scenarios/" + made.get(1)).getLong("scenario_id");
        assertThat(uuids(api.getJson("/api/v1/scenario?limit=1&before=" + id))).containsExactly(made.get(0));
        assertThat(uuids(api.getJson("/api/v1/scenario?status=active&limit=1000")))
                .contains(made.get(1))
                .doesNotContain(made.get(0), made.get(2));
        assertThat(api.getJson("/api/v1/scenario?limit=1000").getValue("next")).isNull();
    }

    @Test
    void showsTheWorkerAndWhatItsRunnerSaysOfTheSource() {
        UUID uuid = api.createLive();
        UUID worker = Ids.next();
        Scenario placed = await(api.scenarios.get(ScenarioRef.of(uuid)));
        await(api.database.inTransaction(tx -> api.workers.insertAll(
                tx, List.of(new Workers.NewWorker(worker, placed, "runner-1", worker, 0, 0, 0)))));
        SessionReport.SourceReport source = new SessionReport.SourceReport(
                "backing_off",
                "401 Unauthorized",
                SourceFault.UNAUTHORIZED,
                3,
                59_000,
                1_500,
                "h264",
                640,
                480,
                25,
                "rtcp",
                "vaapi");
        SessionReport report = new SessionReport(
                uuid,
                worker,
                0,
                SessionReport.State.RUNNING,
                41,
                42,
                -1,
                4.9,
                "onnx",
                source,
                null,
                Map.of("skipped", 3L),
                7,
                new SessionReport.InferenceReport("yolox-nano", "half_open", "node-1: no answer", "node-2", true),
                Map.of("person", 2));
        JsonObject heartbeat = new Heartbeat(
                        "runner-1",
                        UUID.randomUUID(),
                        Protocol.VERSION,
                        "host",
                        1,
                        16,
                        false,
                        false,
                        1,
                        0,
                        List.of(report),
                        List.of())
                .toJson();

        api.vertx().eventBus().publish(Addresses.RUNNERS, heartbeat);

        JsonObject shown = Await.value(
                "the source",
                SOON,
                () -> api.getJson("/api/v1/scenario/" + uuid),
                json -> json.getJsonObject("source") != null);
        assertThat(shown.getString("runner_id")).isEqualTo("runner-1");
        assertThat(shown.getDouble("fps")).isEqualTo(4.9);
        assertThat(shown.getJsonObject("objects")).isEqualTo(new JsonObject().put("person", 2));
        assertThat(shown.getJsonObject("source").getString("state")).isEqualTo("backing_off");
        assertThat(shown.getJsonObject("source").getString("reason")).isEqualTo("401 Unauthorized");
        assertThat(shown.getJsonObject("source").getString("fault")).isEqualTo("unauthorized");
        assertThat(shown.getJsonObject("source").getInteger("attempts")).isEqualTo(3);
        assertThat(shown.getJsonObject("source").getLong("retry_ms")).isBetween(0L, 59_000L);
        assertThat(shown.getJsonObject("source").getString("clock")).isEqualTo("rtcp");
        assertThat(shown.getJsonObject("source").getString("hwaccel")).isEqualTo("vaapi");
        assertThat(shown.getJsonObject("source").getLong("reported_ms")).isNotNegative();
        assertThat(shown.getJsonObject("source").getLong("frame_age_ms"))
                .isEqualTo(1_500 + shown.getJsonObject("source").getLong("reported_ms"));
        assertThat(shown.getJsonObject("source").getJsonObject("dropped"))
                .isEqualTo(new JsonObject().put("skipped", 3));
        assertThat(shown.getJsonObject("inference"))
                .isEqualTo(new JsonObject("{\"model\":\"yolox-nano\",\"state\":\"half_open\","
                        + "\"reason\":\"node-1: no answer\",\"node\":\"node-2\",\"busy\":true}"));
        assertThat(shown.getJsonObject("worker").getLong("frames_gated")).isEqualTo(7);
        assertThat(shown.getJsonObject("worker").getString("runner_id")).isEqualTo("runner-1");
        assertThat(shown.getJsonObject("worker").getLong("last_frame")).isEqualTo(41);
        assertThat(shown.getJsonObject("worker").getString("status")).isEqualTo("pending");
        assertThat(api.getJson("/api/v1/runners").getJsonArray("runners")).isEmpty();
    }

    @Test
    void storesTheRealPathOfAFile() throws Exception {
        Path clip = Files.write(media.resolve("a clip.mp4"), new byte[] {1});
        Files.createSymbolicLink(media.resolve("link.mp4"), clip);

        String uuid = api.create("link.mp4").getString("scenario_uuid");

        assertThat(await(api.scenarios.get(ScenarioRef.parse(uuid))).cameraUrl())
                .isEqualTo("file:" + clip.toRealPath());
    }

    @Test
    void filesElsewhereAreOpenedIfThisProcessWasToldTo(@TempDir Path elsewhere) throws Exception {
        Path clip = Files.write(elsewhere.resolve("demo.mp4"), new byte[] {1}).toRealPath();
        Path other = Files.write(elsewhere.resolve("other.mp4"), new byte[] {1}).toRealPath();
        try (ApiFixture demo = ApiFixture.start(ApiFixture.settings(media, Map.of()), clip::equals)) {
            assertThat(demo.create(clip.toString()).getString("status")).isEqualTo("init_startup");
            assertProblem(
                    demo.post(
                            "/api/v1/scenario/init",
                            new JsonObject().put("camera_url", other.toString()).encode()),
                    422,
                    "source_outside_media_root",
                    "\"" + other + "\" is outside the media root: put the file under " + media
                            + ", or start VAP with another MEDIA_ROOT.");
        }
    }

    @Test
    void healthAndMetricsTellHowItIs() {
        assertThat(api.getJson("/health/live").getString("status")).isEqualTo("up");
        JsonObject ready = api.getJson("/health/ready");
        assertThat(ready)
                .isEqualTo(
                        new JsonObject(
                                "{\"status\":\"up\",\"checks\":{\"postgresql\":\"up\",\"event_bus\":\"up\",\"kafka\":\"up\"}}"));
        Await.untilAsserted(
                "the metrics", SOON, () -> assertThat(api.get("/metrics").body())
                        .contains("vap_scenarios_accepted_total", "vap_results_stored_total", "vertx_http_server"));
    }

    static void assertProblem(HttpResponse<String> response, int status, String code, String detail) {
        JsonObject body = new JsonObject(response.body());
        assertThat(body.getString("detail")).isEqualTo(detail);
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(body.getInteger("status")).isEqualTo(status);
        assertThat(body.getString("code")).isEqualTo(code);
        assertThat(body.fieldNames())
                .containsExactlyInAnyOrder("type", "title", "status", "detail", "code", "instance", "request_id");
    }

    private static List<Received> of(List<Received> records, String key) {
        return records.stream().filter(r -> r.key().equals(key)).toList();
    }

    private static List<UUID> uuids(JsonObject list) {
        return list.getJsonArray("scenarios").stream()
                .map(s -> UUID.fromString(((JsonObject) s).getString("scenario_uuid")))
                .toList();
    }
}
