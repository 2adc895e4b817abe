package dev.vap.api;

import static dev.vap.api.ApiFixture.await;
import static dev.vap.api.ScenarioApiIT.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.DiscoverReport;
import dev.vap.shared.protocol.DiscoverRequest;
import dev.vap.shared.protocol.ProbeReport;
import dev.vap.shared.protocol.ProbeRequest;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Looking at sources, refusing them, and changing those of scenarios, over HTTP. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SourceApiIT {

    private static final ProbeReport FOUND = new ProbeReport(
            null, null, "rtsp://cam/1", true, "rtsp", "h264", 1920, 1080, 25, 4_000_000, 812, -1, -1, "r1");

    private Path media;
    private ApiFixture api;
    private MessageConsumer<JsonObject> runner;
    private final List<ProbeRequest> asked = new CopyOnWriteArrayList<>();

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        media = folder.toRealPath();
        Files.write(media.resolve("a.mp4"), new byte[] {1});
        Files.write(media.resolve("b.mp4"), new byte[] {1});
        api = ApiFixture.start(ApiFixture.settings(
                media, Map.of("SOURCE_SCHEMES", "file,rtsp,http,udp", "SOURCE_ALLOW_ADDRESSES", "169.254.10.0/24")));
    }

    @AfterAll
    void stop() {
        api.close();
    }

    @AfterEach
    void stopRunner() {
        if (runner != null) {
            await(runner.unregister());
            runner = null;
        }
        asked.clear();
    }

    private void runnerAnswers(Function<ProbeRequest, ProbeReport> answer) {
        runner = api.vertx().eventBus().consumer(Addresses.PROBE, m -> {
            ProbeRequest request = ProbeRequest.fromJson(m.body());
            asked.add(request);
            m.reply(answer.apply(request).toJson());
        });
        await(runner.completion());
    }

    private static String body(String url, String more) {
        return "{\"camera_url\": \"" + url + "\"" + more + "}";
    }

    @Test
    void aProbeTellsWhatTheSourceIs() {
        runnerAnswers(request -> FOUND);

        HttpResponse<String> response = api.post(
                "/api/v1/probe",
                body("rtsp://u:secret@cam/1", ", \"options\": {\"rtsp_transport\": \"udp\"}, \"timeout\": \"3s\""));

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(response.body())).isEqualTo(FOUND.toJson());
        assertThat(asked).hasSize(1);
        assertThat(asked.get(0).cameraUrl()).isEqualTo("rtsp://u:secret@cam/1");
        assertThat(asked.get(0).options().rtspTransport()).isEqualTo("udp");
        assertThat(asked.get(0).timeoutMillis()).isEqualTo(3_000);
    }

    @Test
    void aProbeThatFailsIsAnAnswerToo() {
        runnerAnswers(
                request -> ProbeReport.failed(SourceFault.UNAUTHORIZED, "The camera refused the password.", "r1"));

        HttpResponse<String> response = api.post("/api/v1/probe", body("a.mp4", ""));

        assertThat(response.statusCode()).isEqualTo(200);
        JsonObject report = new JsonObject(response.body());
        assertThat(report.getBoolean("ok")).isFalse();
        assertThat(report.getString("fault")).isEqualTo("unauthorized");
        assertThat(report.getString("reason")).isEqualTo("The camera refused the password.");
        assertThat(asked.get(0).cameraUrl()).isEqualTo("file:" + media.resolve("a.mp4"));
        assertThat(asked.get(0).timeoutMillis()).isEqualTo(10_000);
    }

    @Test
    void withoutARunnerNothingCanBeLookedAt() {
        String sentence = "No runner that opens sources is running; start one and try again.";
        HttpResponse<String> response = api.post("/api/v1/probe", body("rtsp://cam/1", ""));
        assertProblem(response, 503, "runner_unavailable", sentence);
        assertThat(response.headers().firstValue("Retry-After")).isPresent();
        assertProblem(api.get("/api/v1/discovery/onvif"), 503, "runner_unavailable", sentence);
        assertProblem(
                api.post("/api/v1/scenario/init", body("rtsp://cam/1", ", \"probe\": true")),
                503,
                "runner_unavailable",
                sentence);
    }

    @Test
    void aRunnerThatDoesNotAnswerIsNotWaitedForLongerThanAskedFor() {
        runner = api.vertx().eventBus().consumer(Addresses.PROBE, m -> {});
        await(runner.completion());
        assertProblem(
                api.post("/api/v1/probe", body("rtsp://cam/1", ", \"timeout\": \"500ms\"")),
                503,
                "runner_unavailable",
                "The runner that opens sources did not answer in time; try again.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            rtmp://cam/live | source_scheme_not_allowed | Sources of the kind rtmp are not allowed here: use file, rtsp, http, udp, or start VAP with other SOURCE_SCHEMES.
            v4l2:/dev/video0 | source_scheme_not_allowed | Sources of the kind v4l2 are not allowed here: use file, rtsp, http, udp, or start VAP with other SOURCE_SCHEMES.
            http://169.254.169.254/latest | source_address_not_allowed | The source's address 169.254.169.254 is link-local: give another one, or allow it with SOURCE_ALLOW_ADDRESSES.
            http://u:p@[fe80::1%25eth0]:80/x | source_address_not_allowed | The source's address fe80::1%25eth0 is link-local: give another one, or allow it with SOURCE_ALLOW_ADDRESSES.
            rtsp://100.100.100.200/x | source_address_not_allowed | The source's address 100.100.100.200 is that of a cloud's metadata service: give another one, or allow it with SOURCE_ALLOW_ADDRESSES.
            rtsp://0.0.0.0/x | source_address_not_allowed | The source's address 0.0.0.0 is not one of a host: give another one, or allow it with SOURCE_ALLOW_ADDRESSES.
            """)
    void whatIsNotAllowedIsRefusedEverywhere(String url, String code, String sentence) {
        runnerAnswers(request -> FOUND);
        String path = "/api/v1/scenario/" + api.createLive();
        assertProblem(api.post("/api/v1/probe", body(url, "")), 422, code, sentence);
        assertProblem(api.post("/api/v1/scenario/init", body(url, "")), 422, code, sentence);
        assertProblem(api.patch(path, body(url, "")), 422, code, sentence);
        assertThat(asked).isEmpty();
    }

    @Test
    void whatIsExceptedOrListensIsAllowed() {
        runnerAnswers(request -> FOUND);
        for (String url : List.of("rtsp://169.254.10.9/x", "udp://0.0.0.0:5000", "http://10.0.0.1/x", "rtsp://cam/1")) {
            assertThat(api.post("/api/v1/probe", body(url, "")).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aCreateMayWantTheSourceLookedAtFirst() {
        runnerAnswers(request -> request.cameraUrl().endsWith("/bad")
                ? ProbeReport.failed(SourceFault.NO_VIDEO_STREAM, "The stream has no video.", "r1")
                : FOUND);
        int before = api.getJson("/api/v1/scenario?limit=1000")
                .getJsonArray("scenarios")
                .size();

        HttpResponse<String> refused =
                api.post("/api/v1/scenario/init", body("rtsp://u:secret@cam/bad", ", \"probe\": true"));
        JsonObject problem = new JsonObject(refused.body());
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(problem.getString("code")).isEqualTo("source_unusable");
        assertThat(problem.getString("fault")).isEqualTo("no_video_stream");
        assertThat(problem.getString("detail")).isEqualTo("The stream has no video.");
        assertThat(api.getJson("/api/v1/scenario?limit=1000").getJsonArray("scenarios"))
                .hasSize(before);

        assertThat(api.post("/api/v1/scenario/init", body("rtsp://cam/good", ", \"probe\": true"))
                        .statusCode())
                .isEqualTo(201);
        assertThat(api.post("/api/v1/scenario/init", body("rtsp://cam/bad", ", \"probe\": false"))
                        .statusCode())
                .isEqualTo(201);
        assertThat(asked).hasSize(2);
    }

    @Test
    void discoveryTellsWhatAnswered() {
        DiscoverReport report = new DiscoverReport(
                List.of(new DiscoverReport.Device("onvif://10.0.0.5", "http://10.0.0.5/onvif", "Door", "C1", "Hall")),
                "r1");
        List<DiscoverRequest> requests = new CopyOnWriteArrayList<>();
        runner = api.vertx().eventBus().consumer(Addresses.DISCOVER, m -> {
            requests.add(DiscoverRequest.fromJson(m.body()));
            m.reply(report.toJson());
        });
        await(runner.completion());

        assertThat(api.getJson("/api/v1/discovery/onvif")).isEqualTo(report.toJson());
        assertThat(api.getJson("/api/v1/discovery/onvif?wait=1s").getJsonArray("devices"))
                .hasSize(1);
        assertThat(requests).extracting(DiscoverRequest::waitMillis).containsExactly(3_000L, 1_000L);
        assertProblem(
                api.get("/api/v1/discovery/onvif?wait=1h"),
                400,
                "invalid_value",
                "\"wait\" must be a time from 500ms to 15s, such as 1500ms or 5s.");
    }

    @Test
    void aPatchMendsAPasswordAndMergesOptions() {
        UUID uuid = UUID.fromString(
                new JsonObject(api.post("/api/v1/scenario/init", """
                        {"camera_url": "rtsp://u:wrong@cam/1", "options": {"fps": 2, "classes": ["car"]}}""").body()).getString("scenario_uuid"));
        String path = "/api/v1/scenario/" + uuid;
        api.move(uuid, ScenarioStatus.IN_STARTUP_PROCESSING, ScenarioStatus.ACTIVE);

        HttpResponse<String> response = api.patch(path, """
                {"camera_url": "rtsp://u:right@cam/1", "options": {"fps": null, "rtsp_transport": "tcp"}}""");

        assertThat(response.statusCode()).isEqualTo(200);
        JsonObject shown = new JsonObject(response.body());
        assertThat(shown.getString("camera_url")).isEqualTo("rtsp://u:***@cam/1");
        assertThat(shown.getJsonObject("options"))
                .isEqualTo(new JsonObject("{\"classes\":[\"car\"],\"rtsp_transport\":\"tcp\"}"));
        Scenario stored = await(api.scenarios.get(ScenarioRef.of(uuid)));
        assertThat(stored.cameraUrl()).isEqualTo("rtsp://u:right@cam/1");
        assertThat(stored.options().fps()).isNull();
        JsonObject event = api.getJson(path + "/events").getJsonArray("events").getJsonObject(3);
        assertThat(event.getString("reason")).isEqualTo("camera_url and options changed");
        assertThat(event.getString("actor")).isEqualTo("api");

        assertThat(api.patch(path, "{\"options\": {\"fps\": 3}}").statusCode()).isEqualTo(200);
        assertThat(await(api.scenarios.get(ScenarioRef.of(uuid))).cameraUrl()).isEqualTo("rtsp://u:right@cam/1");
    }

    @Test
    void aPatchRefusesWhatItCanNotDo() {
        String id = api.create("a.mp4").getString("scenario_uuid");
        String path = "/api/v1/scenario/" + id;
        assertProblem(
                api.patch(path, "{}"),
                400,
                "missing_field",
                "There is nothing to change: give \"camera_url\", \"name\", \"fps\" or \"options\".");
        assertThat(api.patch("/api/v1/scenario/999999", "{\"options\": {\"fps\": 3}}")
                        .statusCode())
                .isEqualTo(404);
        assertThat(api.patch(path, body("../secret.mp4", "")).statusCode()).isEqualTo(422);
        assertThat(api.patch(path, body("b.mp4", "")).statusCode()).isEqualTo(200);

        await(api.results.store(List.of(ApiFixture.result(UUID.fromString(id), 1, 0))));
        HttpResponse<String> refused = api.patch(path, body("a.mp4", ""));
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(new JsonObject(refused.body()).getString("code")).isEqualTo("source_change_not_allowed");
        assertThat(api.patch(path, body("./b.mp4", ", \"options\": {\"fps\": 1}"))
                        .statusCode())
                .as("the same file, written in another way")
                .isEqualTo(200);
    }
}
