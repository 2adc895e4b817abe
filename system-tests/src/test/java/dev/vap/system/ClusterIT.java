package dev.vap.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.decode.ClipEncoder;
import dev.vap.runner.decode.ClipOptions;
import dev.vap.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every service as a process of its own, from its fat jar, over a real PostgreSQL and a real Kafka. */
class ClusterIT {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int FRAMES = 300;

    @TempDir
    static Path dir;

    private static final List<ServiceProcess> PROCESSES = new ArrayList<>();
    private static final Map<String, String> ENVIRONMENT = new HashMap<>();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private static String api;
    private static Path clip;

    @BeforeAll
    static void startCluster() throws Exception {
        clip = dir.resolve("media").resolve("clip.mp4");
        Files.createDirectories(clip.getParent());
        draw(clip);
        ServiceProcess infra = start(
                "infra",
                "standalone",
                "vap",
                "infra",
                "--data-dir",
                dir.resolve("data").toString());
        for (String key : List.of("DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS")) {
            String prefix = "export " + key + "=";
            String line = Await.value(
                    key + " printed by vap infra",
                    LONG,
                    () -> infra.lines().stream()
                            .filter(l -> l.startsWith(prefix))
                            .findFirst()
                            .orElse(null),
                    l -> l != null);
            ENVIRONMENT.put(key, line.substring(prefix.length()).replaceAll("^['\"]|['\"]$", ""));
        }
        int hazelcast = freePort();
        int http = freePort();
        api = "http://127.0.0.1:" + http;
        ENVIRONMENT.put("CLUSTER_NAME", "vap-test-" + hazelcast);
        ENVIRONMENT.put("CLUSTER_PORT", String.valueOf(hazelcast));
        ENVIRONMENT.put("CLUSTER_MEMBERS", "127.0.0.1:" + hazelcast);
        ENVIRONMENT.put("HTTP_PORT", String.valueOf(http));
        ENVIRONMENT.put("MEDIA_ROOT", clip.getParent().toString());
        ENVIRONMENT.put("DATA_DIR", dir.resolve("data").toString());
        ENVIRONMENT.put("MAX_WORKERS", "4");
        List<ServiceProcess> services = List.of(
                start("api", "api-verticle", "api"),
                start("orchestrator", "orchestrator-verticle", "orchestrator"),
                start("inference", "inference-verticle", "inference"),
                runner("runner-a"));
        for (ServiceProcess service : services) {
            Await.until(service + " is up", LONG, () -> {
                assertThat(service.alive()).as(service.toString()).isTrue();
                return service.printed("is up after");
            });
        }
    }

    @AfterAll
    static void stopCluster() throws Exception {
        // The servers last: a service that hands over needs them.
        for (int i = PROCESSES.size() - 1; i >= 0; i--) {
            PROCESSES.get(i).stop();
        }
    }

    @Test
    void aFileIsAnalysedAcrossProcessesAndEveryFrameIsStoredOnce() throws Exception {
        String id = create(new JsonObject());
        awaitStatus(id, "inactive");
        assertThat(scenario(id).getString("status_reason")).isEqualTo("end of file");
        assertAllFramesStoredOnce(id);
        assertThat(get("/api/v1/scenario/" + id + "/events").getJsonArray("events").stream()
                        .map(e -> ((JsonObject) e).getString("to"))
                        .toList())
                .containsExactly(
                        "init_startup",
                        "in_startup_processing",
                        "active",
                        "init_shutdown",
                        "in_shutdown_processing",
                        "inactive");
    }

    @Test
    void aFileGoesOnElsewhereWhenItsRunnerIsKilled() throws Exception {
        String id = create(new JsonObject().put("realtime", true));
        awaitStatus(id, "active");
        String first = scenario(id).getJsonObject("worker").getString("runner_id");
        ServiceProcess other = runner("runner-b");
        Await.until("another runner is up", LONG, () -> other.printed("is up after"));
        Await.until("some frames", LONG, () -> !results(id, -1, 10).isEmpty());
        PROCESSES.stream().filter(p -> p.toString().startsWith(first + ":")).forEach(ServiceProcess::kill);
        awaitStatus(id, "inactive");
        JsonObject end = scenario(id);
        assertThat(end.getString("status_reason")).isEqualTo("end of file");
        assertAllFramesStoredOnce(id);
        // Whoever comes next finds two runners again.
        runner(first);
    }

    private static void assertAllFramesStoredOnce(String id) throws Exception {
        Await.until("all frames are stored", LONG, () -> !results(id, FRAMES - 2, 10)
                .isEmpty());
        List<Long> frames = results(id, -1, 1000).stream()
                .map(r -> ((JsonObject) r).getLong("frame_number"))
                .toList();
        assertThat(frames).isEqualTo(LongStream.range(0, FRAMES).boxed().toList());
    }

    private static String create(JsonObject options) throws Exception {
        JsonObject body = new JsonObject()
                .put("camera_url", "clip.mp4")
                .put("model", "mock")
                .put("options", options);
        HttpResponse<String> response = HTTP.send(
                HttpRequest.newBuilder(URI.create(api + "/api/v1/scenario/init"))
                        .header("Content-Type", "application/json")
                        .timeout(Duration.ofSeconds(10))
                        .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        return new JsonObject(response.body()).getString("scenario_uuid");
    }

    private static void awaitStatus(String id, String status) {
        Await.value("status of " + id, LONG, () -> scenario(id).getString("status"), status::equals);
    }

    private static JsonObject scenario(String id) throws Exception {
        return get("/api/v1/scenario/" + id);
    }

    private static JsonArray results(String id, long after, int limit) throws Exception {
        return get("/api/v1/prediction/" + id + "?after_frame=" + after + "&limit=" + limit)
                .getJsonArray("results");
    }

    private static JsonObject get(String path) throws Exception {
        HttpResponse<String> response = HTTP.send(
                HttpRequest.newBuilder(URI.create(api + path))
                        .timeout(Duration.ofSeconds(10))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return new JsonObject(response.body());
    }

    private static ServiceProcess runner(String id) throws IOException {
        Map<String, String> environment = new HashMap<>(ENVIRONMENT);
        environment.put("RUNNER_ID", id);
        return start(id, "runner-verticle", "runner", environment);
    }

    private static ServiceProcess start(String name, String module, String jar, String... arguments)
            throws IOException {
        return start(name, module, jar, ENVIRONMENT, arguments);
    }

    private static ServiceProcess start(
            String name, String module, String jar, Map<String, String> environment, String... arguments)
            throws IOException {
        Path file = ServiceProcess.root().resolve(module).resolve("target").resolve(jar + "-fat.jar");
        ServiceProcess process = ServiceProcess.start(name, file, environment, arguments);
        PROCESSES.add(process);
        return process;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** A square that walks; 10 frames a second. */
    private static void draw(Path file) throws IOException {
        int width = 160;
        int height = 120;
        ByteBuffer bgr = ByteBuffer.allocateDirect(width * height * 3);
        try (ClipEncoder encoder = ClipEncoder.open(ClipOptions.of(file, width, height, 30))) {
            for (int frame = 0; frame < FRAMES; frame++) {
                for (int i = 0; i < width * height; i++) {
                    int x = i % width - frame % (width - 20);
                    boolean inside = x >= 0 && x < 20 && i / width >= 40 && i / width < 60;
                    byte grey = (byte) (inside ? 250 : 30);
                    bgr.put(3 * i, grey).put(3 * i + 1, grey).put(3 * i + 2, grey);
                }
                encoder.write(bgr.clear());
            }
            encoder.finish();
        }
    }
}
