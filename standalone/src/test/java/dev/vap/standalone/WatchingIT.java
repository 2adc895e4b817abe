package dev.vap.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.decode.ClipEncoder;
import dev.vap.runner.decode.ClipOptions;
import dev.vap.shared.config.Settings;
import dev.vap.standalone.platform.Platform;
import dev.vap.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole platform while somebody watches what it does, and changes it. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WatchingIT {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int WIDTH = 1280;
    private static final int HEIGHT = 720;
    private static final int FPS = 15;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private Platform platform;
    private String url;

    /** A part of a Motion JPEG. */
    private record Part(Map<String, String> headers, BufferedImage picture) {

        long frame() {
            return Long.parseLong(headers.get("x-frame-number"));
        }
    }

    @BeforeAll
    void start(@TempDir Path data) throws Exception {
        platform = Platform.start(
                Settings.of(Map.of("DATA_DIR", data.toString(), "HTTP_PORT", "0", "LOG_LEVEL", "warn")), file -> false);
        url = platform.url();
        draw(platform.settings().mediaRoot().resolve("wide.mp4"), FPS * 4);
    }

    @AfterAll
    void stop() {
        platform.close();
    }

    /** A bright square that walks over a dark ground. */
    private static void draw(Path file, int frames) throws IOException {
        Files.createDirectories(file.getParent());
        ByteBuffer bgr = ByteBuffer.allocateDirect(WIDTH * HEIGHT * 3);
        try (ClipEncoder encoder = ClipEncoder.open(ClipOptions.of(file, WIDTH, HEIGHT, FPS))) {
            for (int n = 0; n < frames; n++) {
                for (int i = 0; i < bgr.capacity(); i++) {
                    bgr.put(i, (byte) 20);
                }
                for (int y = 300; y < 400; y++) {
                    for (int x = 0; x < 300; x++) {
                        bgr.put((y * WIDTH + n * 15 + x / 3) * 3 + x % 3, (byte) 240);
                    }
                }
                encoder.write(bgr);
            }
            encoder.finish();
        }
    }

    @Test
    void showsThePicturesOfFramesThatAreAnalysedWhileSomebodyWatches() throws Exception {
        String scenario = create(new JsonObject().put("loop", true).put("realtime", true));
        awaitFrames(scenario, 5);
        assertThat(metric("vap_preview_encoded_total")).isZero();

        HttpResponse<byte[]> snapshot = send(get("/api/v1/scenarios/" + scenario + "/snapshot.jpg"), bytes());
        assertThat(snapshot.statusCode()).isEqualTo(200);
        assertThat(snapshot.headers().firstValue("Content-Type")).hasValue("image/jpeg");
        BufferedImage picture = ImageIO.read(new ByteArrayInputStream(snapshot.body()));
        assertThat(picture.getWidth()).isEqualTo(960);
        assertThat(picture.getHeight()).isEqualTo(540);
        assertThat(snapshot.headers().firstValue("X-Source-Size")).hasValue("1280x720");
        long number = snapshot.headers().firstValueAsLong("X-Frame-Number").orElseThrow();
        JsonObject result =
                Await.value("the result of that frame", SOON, () -> result(scenario, number), Objects::nonNull);
        assertThat(snapshot.headers().firstValue("X-Timestamp")).hasValue(result.getString("timestamp"));
        assertThat(snapshot.headers().firstValueAsLong("X-Pts-Ms")).hasValue(result.getLong("pts_ms"));
        // The square is where its number says, in the picture as in the frame.
        int x = (int) (number % (FPS * 4)) * 15 + 50;
        assertThat(picture.getRGB(x * 960 / WIDTH, 350 * 540 / HEIGHT) & 0xFF).isGreaterThan(180);
        assertThat(picture.getRGB(5, 5) & 0xFF).isLessThan(60);

        quietAgain();
        double before = metric("vap_preview_encoded_total");
        CompletableFuture<List<Part>> first = CompletableFuture.supplyAsync(() -> watch(scenario, 15));
        CompletableFuture<List<Part>> second = CompletableFuture.supplyAsync(() -> watch(scenario, 15));
        List<Part> seen = first.get(30, TimeUnit.SECONDS);
        List<Part> alsoSeen = second.get(30, TimeUnit.SECONDS);
        double encoded = metric("vap_preview_encoded_total") - before;
        assertThat(seen).hasSize(15);
        assertThat(seen).extracting(Part::frame).isSorted().doesNotHaveDuplicates();
        assertThat(seen).allSatisfy(p -> assertThat(p.picture().getWidth()).isEqualTo(960));
        Instant begun = Instant.parse(seen.get(0).headers().get("x-timestamp"));
        Instant ended = Instant.parse(seen.get(14).headers().get("x-timestamp"));
        assertThat(Duration.between(begun, ended)).isGreaterThan(Duration.ofMillis(1_200));
        assertThat(alsoSeen)
                .extracting(Part::frame)
                .containsAnyElementsOf(seen.stream().map(Part::frame).toList());
        // Far from 30: they were shown the same ones.
        assertThat(encoded).isBetween(15.0, 25.0);
        quietAgain();
        stopAndAwait(scenario);
    }

    /** Nothing is encoded for a second. */
    private void quietAgain() throws Exception {
        double[] last = {-1};
        long[] since = {System.nanoTime()};
        Await.until("nobody watches any more", SOON, () -> {
            double now = metric("vap_preview_encoded_total");
            if (now != last[0]) {
                last[0] = now;
                since[0] = System.nanoTime();
            }
            return System.nanoTime() - since[0] > 1_000_000_000L;
        });
    }

    @Test
    void endsTheStreamOfAScenarioThatIsStopped() throws Exception {
        String scenario = create(new JsonObject().put("loop", true).put("realtime", true));
        HttpResponse<InputStream> stream = send(
                get("/api/v1/scenarios/" + scenario + "/preview.mjpeg"), HttpResponse.BodyHandlers.ofInputStream());
        assertThat(stream.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("multipart/x-mixed-replace"));
        send(post("/api/v1/scenario/" + scenario + "/shutdown", "{}"), text());
        byte[] all = stream.body().readAllBytes();
        assertThat(new String(all, all.length - 11, 11, StandardCharsets.ISO_8859_1))
                .isEqualTo("--frame--\r\n");
        Await.until(
                "it is inactive", SOON, () -> show(scenario).getString("status").equals("inactive"));
        HttpResponse<String> refused = send(get("/api/v1/scenarios/" + scenario + "/snapshot.jpg"), text());
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(new JsonObject(refused.body()).getString("code")).isEqualTo("not_running");
        assertThat(new JsonObject(refused.body()).getString("detail")).contains("start it first");
    }

    @Test
    void changesAScenarioAsItRuns() throws Exception {
        String scenario = create(new JsonObject().put("loop", true).put("realtime", true));
        awaitFrames(scenario, 20);
        JsonObject before = show(scenario).getJsonObject("worker");
        Await.until("something is seen", SOON, () -> !results(scenario, -1).stream()
                .allMatch(r -> r.getJsonArray("detections").isEmpty()));
        Await.until("and told", SOON, () -> {
            JsonObject objects = show(scenario).getJsonObject("objects");
            return objects != null && !objects.isEmpty();
        });

        change(scenario, new JsonObject().put("fps", 5));
        Await.until("a fifth of a second between frames", SOON, () -> {
            List<Long> numbers = numbers(scenario);
            int last = numbers.size() - 1;
            return last > 3 && numbers.get(last) - numbers.get(last - 3) == 9;
        });
        change(scenario, new JsonObject().putNull("fps").put("classes", new JsonArray().add("nothing")));
        Await.until("nothing of that class is seen, frame by frame", SOON, () -> {
            List<JsonObject> results = results(scenario, -1);
            return results.subList(results.size() - 5, results.size()).stream()
                            .allMatch(r -> r.getJsonArray("detections").isEmpty())
                    && followEachOther(numbers(scenario), 5);
        });
        change(scenario, new JsonObject().put("classes", new JsonArray()).put("motion", new JsonObject()));
        change(scenario, new JsonObject().putNull("motion").put("confidence", 0.1));
        Await.until("everything is seen again", SOON, () -> !results(scenario, -1)
                .get(results(scenario, -1).size() - 1)
                .getJsonArray("detections")
                .isEmpty());

        JsonObject shown = show(scenario);
        assertThat(shown.getString("status")).isEqualTo("active");
        JsonObject after = shown.getJsonObject("worker");
        assertThat(after.getString("worker_id")).isEqualTo(before.getString("worker_id"));
        assertThat(after.getLong("epoch")).isEqualTo(before.getLong("epoch"));
        assertThat(numbers(scenario)).isSorted().doesNotHaveDuplicates();
        assertThat(results(scenario, -1))
                .allSatisfy(r -> assertThat(r.getLong("epoch")).isEqualTo(before.getLong("epoch")));

        change(scenario, new JsonObject().put("loop", false));
        Await.until(
                "another worker",
                SOON,
                () -> show(scenario).getJsonObject("worker").getLong("epoch") > before.getLong("epoch"));
        stopAndAwait(scenario);
    }

    private void change(String scenario, JsonObject options) throws Exception {
        HttpResponse<String> changed =
                send(patch("/api/v1/scenarios/" + scenario, new JsonObject().put("options", options)), text());
        assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
    }

    private List<Long> numbers(String scenario) throws Exception {
        return results(scenario, -1).stream()
                .map(r -> r.getLong("frame_number"))
                .toList();
    }

    private static boolean followEachOther(List<Long> numbers, int last) {
        int size = numbers.size();
        return size > last && numbers.get(size - 1) - numbers.get(size - 1 - last) == last;
    }

    @Test
    void probesWithAPicture() throws Exception {
        JsonObject asked = new JsonObject().put("camera_url", "wide.mp4").put("picture", true);
        JsonObject report = new JsonObject(
                send(post("/api/v1/probe", asked.encode()), text()).body());
        assertThat(report.getBoolean("ok")).isTrue();
        BufferedImage picture =
                ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(report.getString("picture_jpeg"))));
        assertThat(picture.getWidth()).isEqualTo(640);
        assertThat(picture.getHeight()).isEqualTo(360);
        JsonObject plain = new JsonObject(
                send(post("/api/v1/probe", asked.put("picture", false).encode()), text())
                        .body());
        assertThat(plain.getValue("picture_jpeg")).isNull();
    }

    private List<Part> watch(String scenario, int parts) {
        try (InputStream in = send(
                        get("/api/v1/scenarios/" + scenario + "/preview.mjpeg"),
                        HttpResponse.BodyHandlers.ofInputStream())
                .body()) {
            List<Part> seen = new ArrayList<>();
            assertThat(new String(in.readNBytes(7), StandardCharsets.ISO_8859_1))
                    .isEqualTo("--frame");
            while (seen.size() < parts) {
                Map<String, String> headers = new HashMap<>();
                assertThat(line(in)).isEmpty();
                for (String line = line(in); !line.isEmpty(); line = line(in)) {
                    String[] field = line.split(": ", 2);
                    headers.put(field[0].toLowerCase(Locale.ROOT), field[1]);
                }
                byte[] jpeg = in.readNBytes(Integer.parseInt(headers.get("content-length")));
                assertThat(new String(in.readNBytes(9), StandardCharsets.ISO_8859_1))
                        .isEqualTo("\r\n--frame");
                seen.add(new Part(headers, ImageIO.read(new ByteArrayInputStream(jpeg))));
            }
            return seen;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("the stream ended");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    private String create(JsonObject options) throws Exception {
        HttpResponse<String> created = send(
                post(
                        "/api/v1/scenario/init",
                        new JsonObject()
                                .put("camera_url", "wide.mp4")
                                .put("model", "motion")
                                .put("options", options)
                                .encode()),
                text());
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        return new JsonObject(created.body()).getString("scenario_uuid");
    }

    private void stopAndAwait(String scenario) throws Exception {
        send(post("/api/v1/scenario/" + scenario + "/shutdown", "{}"), text());
        Await.until(
                "it is inactive", SOON, () -> show(scenario).getString("status").equals("inactive"));
    }

    private JsonObject show(String scenario) throws Exception {
        return new JsonObject(send(get("/api/v1/scenario/" + scenario), text()).body());
    }

    private List<JsonObject> results(String scenario, long after) throws Exception {
        JsonArray results = new JsonObject(
                        send(get("/api/v1/prediction/" + scenario + "?limit=1000&after_frame=" + after), text())
                                .body())
                .getJsonArray("results");
        return results.stream().map(JsonObject.class::cast).toList();
    }

    private void awaitFrames(String scenario, int count) throws Exception {
        Await.until("results", SOON, () -> results(scenario, -1).size() >= count);
    }

    private JsonObject result(String scenario, long number) throws Exception {
        return results(scenario, number - 1).stream()
                .filter(r -> r.getLong("frame_number") == number)
                .findFirst()
                .orElse(null);
    }

    private double metric(String name) throws Exception {
        String all = send(get("/metrics"), text()).body();
        Matcher matcher =
                Pattern.compile("(?m)^" + name + "(?:\\{[^}]*})? ([0-9.E]+)$").matcher(all);
        double sum = 0;
        while (matcher.find()) {
            sum += Double.parseDouble(matcher.group(1));
        }
        return sum;
    }

    private HttpRequest get(String path) {
        return HttpRequest.newBuilder(URI.create(url + path)).timeout(SOON).build();
    }

    private HttpRequest post(String path, String body) {
        return HttpRequest.newBuilder(URI.create(url + path))
                .timeout(SOON)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    private HttpRequest patch(String path, JsonObject body) {
        return HttpRequest.newBuilder(URI.create(url + path))
                .timeout(SOON)
                .header("Content-Type", "application/json")
                .method("PATCH", HttpRequest.BodyPublishers.ofString(body.encode()))
                .build();
    }

    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) throws Exception {
        return client.send(request, handler);
    }

    private static HttpResponse.BodyHandler<String> text() {
        return HttpResponse.BodyHandlers.ofString();
    }

    private static HttpResponse.BodyHandler<byte[]> bytes() {
        return HttpResponse.BodyHandlers.ofByteArray();
    }
}
