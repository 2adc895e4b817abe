package dev.vap.standalone.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.standalone.client.FakeApi;
import dev.vap.standalone.terminal.Streams;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ClientCommandsTest {

    private static final String LIST = """
            {"scenarios":[\
            {"scenario_uuid":"u2","scenario_id":12,"status":"active","status_reason":null,\
            "camera_url":"rtsp://me:***@cam/1","model":"yolox-nano"},\
            {"scenario_uuid":"u1","scenario_id":1,"status":"inactive","status_reason":"end of file",\
            "camera_url":"file:/clips/a.mp4","model":"motion"}],"next":null}""";

    private static final String SHOWN = """
            {"scenario_uuid":"u2","scenario_id":12,"status":"active","status_reason":null,\
            "camera_url":"file:/clips/a.mp4","model":"motion","options":{"fps":5.0},\
            "created_at":"2026-01-01T12:00:00Z","updated_at":"2026-01-01T12:00:01Z",\
            "worker":{"runner_id":"r1","status":"running","last_frame":41,"frames_done":42,"frames_total":100,\
            "fps":20.5,"detector":"motion"},\
            "source":{"state":"streaming","frame_age_ms":12,"codec":"h264"}}""";

    private static final String RESULTS = """
            {"scenario_uuid":"u2","status":"active","results":[\
            {"frame_number":3,"pts_ms":300,"timestamp":"2026-01-01T12:00:00Z","detections":[]},\
            {"frame_number":4,"pts_ms":400,"timestamp":"2026-01-01T12:00:00Z",\
            "detections":[{"class":"person","confidence":0.9}]}]}""";

    private final Streams streams = new Streams();
    private final AtomicReference<String> body = new AtomicReference<>();

    private int run(FakeApi api, String... args) {
        return CommandLines.run(streams.console(false, 100), Map.of("VAP_URL", api.url()), args);
    }

    private FakeApi answering(String answer) throws Exception {
        return new FakeApi(exchange -> {
            body.set(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            FakeApi.answer(exchange, 200, answer);
        });
    }

    @Test
    void listsScenarios() throws Exception {
        try (FakeApi api = answering(LIST)) {
            assertThat(run(api, "scenario", "list")).isZero();
        }
        assertThat(streams.out().lines())
                .containsExactly(
                        "ID  STATUS    MODEL       SOURCE               REASON",
                        "12  active    yolox-nano  rtsp://me:***@cam/1  -",
                        "1   inactive  motion      file:/clips/a.mp4    end of file");
    }

    @Test
    void printsTheAnswerAsItIs() throws Exception {
        try (FakeApi api = answering(SHOWN)) {
            assertThat(run(api, "scenario", "show", "12", "--json")).isZero();
        }
        assertThat(streams.out()).isEqualToNormalizingNewlines(SHOWN + "\n");
    }

    @Test
    void showsAScenario() throws Exception {
        try (FakeApi api = answering(SHOWN)) {
            run(api, "scenario", "show", "12");
            assertThat(api.requests()).containsExactly("GET /api/v1/scenarios/12");
        }
        assertThat(streams.out().lines())
                .containsExactly(
                        "scenario      12",
                        "uuid          u2",
                        "status        active",
                        "source        file:/clips/a.mp4",
                        "model         motion",
                        "options       {\"fps\":5.0}",
                        "created       2026-01-01T12:00:00Z",
                        "updated       2026-01-01T12:00:01Z",
                        "runner        r1",
                        "worker        running",
                        "detector      motion",
                        "frames        42 of 100",
                        "frames/s      20.5",
                        "last frame    41",
                        "stream        streaming",
                        "codec         h264",
                        "frame age     12 ms");
    }

    @Test
    void createsStopsStartsAndDeletes() throws Exception {
        try (FakeApi api = answering("{\"scenario_id\":3,\"scenario_uuid\":\"u3\",\"status\":\"init_startup\"}")) {
            run(api, "scenario", "create", "a.mp4", "--model", "motion", "--fps", "2", "--loop", "--classes", "a,b");
            assertThat(body.get())
                    .isEqualTo("{\"camera_url\":\"a.mp4\",\"model\":\"motion\",\"options\":{\"fps\":2.0,\"loop\":true,"
                            + "\"classes\":[\"a\",\"b\"]}}");
            run(api, "scenario", "create", "a.mp4");
            assertThat(body.get()).isEqualTo("{\"camera_url\":\"a.mp4\"}");
            run(api, "scenario", "stop", "3");
            run(api, "scenario", "start", "3");
            run(api, "scenario", "delete", "3");
            assertThat(api.requests())
                    .containsExactly(
                            "POST /api/v1/scenarios",
                            "POST /api/v1/scenarios",
                            "POST /api/v1/scenarios/3/stop",
                            "POST /api/v1/scenarios/3/start",
                            "DELETE /api/v1/scenarios/3");
        }
        assertThat(streams.out()).contains("scenario 3 (u3): init_startup").contains("scenario 3: deleted");
    }

    @Test
    void takesTheGateTheEncodingAndThePipeline() throws Exception {
        try (FakeApi api = answering("{\"scenario_id\":3,\"scenario_uuid\":\"u3\",\"status\":\"init_startup\"}")) {
            run(
                    api,
                    "scenario",
                    "create",
                    "--motion=min_area=0.01,threshold=30,enabled=true",
                    "--frame-encoding",
                    "jpeg",
                    "--pipeline",
                    "colours:car,bus",
                    "--pipeline",
                    "plates",
                    "a.mp4");
            assertThat(body.get())
                    .isEqualTo("{\"camera_url\":\"a.mp4\",\"options\":{\"motion\":{\"min_area\":0.01,\"threshold\":30,"
                            + "\"enabled\":true},\"frame_encoding\":\"jpeg\",\"pipeline\":[{\"model\":\"colours\","
                            + "\"classes\":[\"car\",\"bus\"]},{\"model\":\"plates\"}]}}");
            run(api, "scenario", "create", "a.mp4", "--motion");
            assertThat(body.get()).isEqualTo("{\"camera_url\":\"a.mp4\",\"options\":{\"motion\":{}}}");
        }
    }

    @Test
    void changesAScenario() throws Exception {
        try (FakeApi api = answering("{\"scenario_id\":3,\"scenario_uuid\":\"u3\",\"status\":\"active\"}")) {
            run(api, "scenario", "update", "3", "--camera-url", "rtsp://u:right@cam/1");
            assertThat(body.get()).isEqualTo("{\"camera_url\":\"rtsp://u:right@cam/1\"}");
            run(
                    api,
                    "scenario",
                    "update",
                    "3",
                    "--no-loop",
                    "--tls-verify",
                    "--rtsp-transport=udp",
                    "--hwaccel=auto",
                    "--reset",
                    "fps,classes");
            assertThat(body.get())
                    .isEqualTo("{\"options\":{\"loop\":false,\"rtsp_transport\":\"udp\",\"hwaccel\":\"auto\","
                            + "\"tls_verify\":true,\"fps\":null,\"classes\":null}}");
            run(api, "scenario", "create", "rtsp://cam/1", "--probe", "--rtsp-transport", "tcp");
            assertThat(body.get())
                    .isEqualTo("{\"camera_url\":\"rtsp://cam/1\",\"probe\":true,"
                            + "\"options\":{\"rtsp_transport\":\"tcp\"}}");
            assertThat(api.requests())
                    .containsExactly(
                            "PATCH /api/v1/scenarios/3", "PATCH /api/v1/scenarios/3", "POST /api/v1/scenarios");
        }
        assertThat(streams.out()).startsWith("scenario 3 (u3): active").doesNotContain("right");
    }

    @Test
    void showsWhatIsWrongWithASource() throws Exception {
        try (FakeApi api = answering("""
                {"scenario_id":3,"source":{"state":"backing_off","reason":"The camera refused the password.",\
                "fault":"unauthorized","attempts":4,"retry_ms":58001,"clock":"rtcp","hwaccel":"vaapi"}}""")) {
            run(api, "scenario", "show", "3");
        }
        assertThat(streams.out().lines())
                .containsExactly(
                        "scenario      3",
                        "stream        backing_off",
                        "stream reason The camera refused the password.",
                        "fault         unauthorized",
                        "attempts      4",
                        "next attempt  in 59 s",
                        "decoded by    vaapi",
                        "clock         rtcp");
    }

    @Test
    void showsStoredPredictions() throws Exception {
        try (FakeApi api = answering(RESULTS)) {
            assertThat(run(api, "predictions", "12", "--after", "2")).isZero();
            run(api, "predictions", "12");
            assertThat(api.requests())
                    .containsExactly(
                            "GET /api/v1/scenarios/12/predictions?limit=100&after_frame=2",
                            "GET /api/v1/scenarios/12/predictions?limit=100");
        }
        assertThat(streams.out().lines().limit(2))
                .containsExactly("frame     3  0:00.3  nothing", "frame     4  0:00.4  1 object: person 0.90");
    }

    @Test
    void saysThatNothingIsStored() throws Exception {
        try (FakeApi api = answering("{\"status\":\"active\",\"results\":[]}")) {
            assertThat(run(api, "predictions", "12")).isZero();
        }
        assertThat(streams.out()).isEmpty();
        assertThat(streams.err().strip()).isEqualTo("No results are stored yet.");
    }
}
