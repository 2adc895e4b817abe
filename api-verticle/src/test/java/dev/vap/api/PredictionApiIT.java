package dev.vap.api;

import static dev.vap.api.ApiFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stored predictions over HTTP: pages in both directions, filters, files of them, and their counts. */
class PredictionApiIT {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    @TempDir
    static Path media;

    private static ApiFixture api;

    @BeforeAll
    static void start() {
        api = ApiFixture.start(media);
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @Test
    void pagesAreReadToTheOldestAndBack() {
        UUID s = stored(25);
        JsonObject page = api.getJson(path(s) + "?limit=10");
        assertThat(frames(page)).containsExactlyElementsOf(range(15, 25));
        page = api.getJson(path(s) + "?limit=10&cursor=" + page.getString("previous"));
        assertThat(frames(page)).containsExactlyElementsOf(range(5, 15));
        page = api.getJson(path(s) + "?limit=10&cursor=" + page.getString("previous"));
        assertThat(frames(page)).containsExactlyElementsOf(range(0, 5));
        assertThat(page.getString("previous")).isNull();

        page = api.getJson(path(s) + "?limit=10&cursor=" + page.getString("next"));
        assertThat(frames(page)).containsExactlyElementsOf(range(5, 15));
        String before = page.getString("previous");
        page = api.getJson(path(s) + "?limit=10&cursor=" + page.getString("next"));
        String behindTheLast = page.getString("next");
        page = api.getJson(path(s) + "?limit=10&cursor=" + behindTheLast);
        assertThat(frames(page)).isEmpty();
        assertThat(page.getString("next")).isNull();
        assertThat(frames(api.getJson(path(s) + "?limit=10&cursor=" + before))).containsExactlyElementsOf(range(0, 5));

        // What comes later is behind the last.
        await(api.results.store(List.of(result(s, 25))));
        assertThat(frames(api.getJson(path(s) + "?limit=10&cursor=" + behindTheLast)))
                .containsExactly(25L);
    }

    @Test
    void theFirstPageOfAllHasNothingBeforeIt() {
        UUID s = stored(3);
        JsonObject page = api.getJson(path(s) + "?after_frame=-1&limit=2");
        assertThat(frames(page)).containsExactly(0L, 1L);
        assertThat(page.getString("previous")).isNull();
        assertThat(api.getJson(path(s) + "?after_frame=0&limit=2").getString("previous"))
                .isNotNull();
        assertThat(frames(api.getJson(path(s) + "?limit=3"))).hasSize(3);
        assertThat(api.getJson(path(s) + "?limit=3").getString("previous")).isNull();
    }

    @Test
    void aCursorBelongsToItsListAlone() {
        UUID s = stored(5);
        UUID other = stored(5);
        String cursor = api.getJson(path(s) + "?limit=2&class=person").getString("previous");
        assertThat(frames(api.getJson(path(s) + "?limit=2&class=person&cursor=" + cursor)))
                .hasSize(2);
        for (String address : List.of(
                path(s) + "?limit=2&cursor=" + cursor,
                path(s) + "?limit=2&class=car&cursor=" + cursor,
                path(s) + "?class=person&min_confidence=0.5&cursor=" + cursor,
                path(s) + "?class=person&since=2026-01-01T00:00:00Z&cursor=" + cursor,
                path(other) + "?class=person&cursor=" + cursor,
                "/api/v1/scenarios?cursor=" + cursor)) {
            assertRefused(api.get(address), 400, "invalid_cursor");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"AAAA", "A", "MTIz", "AAAAAAAAAAAAAAAAAAAAAAAAAAA", "______________________________"})
    void aCursorThatWasMadeUpIsRefused(String cursor) {
        assertRefused(api.get(path(stored(1)) + "?cursor=" + cursor), 400, "invalid_cursor");
    }

    @Test
    void filtersShowWhatFitsAndNothingElse() {
        UUID s = stored(10);
        JsonObject cars = api.getJson(path(s) + "?class=car,%20bus");
        assertThat(frames(cars)).containsExactly(0L, 2L, 4L, 6L, 8L);
        cars.getJsonArray("results").forEach(r -> assertThat(((JsonObject) r).getJsonArray("detections"))
                .hasSize(1)
                .allSatisfy(d -> assertThat(((JsonObject) d).getString("class")).isEqualTo("car")));
        assertThat(frames(api.getJson(path(s) + "?min_confidence=0.8"))).hasSize(10);
        assertThat(frames(api.getJson(path(s) + "?min_confidence=0.9001"))).isEmpty();
        assertThat(frames(api.getJson(path(s) + "?gated=true"))).isEmpty();
        assertThat(frames(api.getJson(path(s) + "?class=%27%3BDROP%20TABLE%20scenarios")))
                .isEmpty();
        assertThat(frames(api.getJson(path(s) + "?since=2026-03-01T12:00:03Z&until=2026-03-01T13:00:06%2B01:00")))
                .containsExactly(3L, 4L, 5L);
        assertThat(frames(api.getJson(path(s) + "?until=2026-03-01T12:00:02Z&limit=1")))
                .containsExactly(1L);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "since=2026-03-01T12:00:00Z&until=2026-03-01T12:00:00Z",
                "since=2026-13-01T12:00:00Z",
                "since=2026-02-30T12:00:00Z",
                "since=0000-01-01T00:00:00Z",
                "until=2026-03-01T24:01:00Z",
                "class=,%20,",
                "min_confidence=NaN",
                "min_confidence=1.1",
                "since=yesterday"
            })
    void whatCannotBeMeantIsSaidSo(String query) {
        UUID s = stored(1);
        assertRefused(api.get(path(s) + "?" + query), 400, "invalid_value");
    }

    @Test
    void linesAreSentToThoseWhoAcceptThem() {
        UUID s = stored(1_203);
        HttpResponse<String> ndjson = accept(path(s), "application/x-ndjson");
        assertThat(ndjson.headers().firstValue("Content-Type")).contains("application/x-ndjson; charset=utf-8");
        assertThat(ndjson.body().lines().map(JsonObject::new).map(o -> o.getLong("frame_number")))
                .containsExactlyElementsOf(range(0, 1_203));
        HttpResponse<String> csv = accept(path(s) + "?class=car", "text/csv");
        assertThat(csv.headers().firstValue("Content-Disposition").orElseThrow())
                .endsWith("-predictions.csv\"");
        assertThat(csv.body().lines()).hasSize(1 + 602);
        assertThat(csv.body()).startsWith("frame_number,timestamp,").contains("\r\n2,2026-03-01T12:00:02Z,");
        assertThat(accept(path(s) + "?limit=2", "text/csv;q=0.1, application/x-ndjson")
                        .body()
                        .lines()
                        .map(JsonObject::new)
                        .map(o -> o.getLong("frame_number")))
                .containsExactly(1_201L, 1_202L);
        assertThat(accept(path(s) + "?after_frame=1200", "application/x-ndjson")
                        .body()
                        .lines())
                .hasSize(2);
        assertThat(accept(path(UUID.fromString(s.toString())) + "?class=none", "text/csv")
                        .body()
                        .lines())
                .hasSize(1);
        assertRefused(accept(path(s), "image/png"), 406, "not_acceptable");
        assertRefused(accept(path(UUID.randomUUID()), "text/csv"), 404, "scenario_not_found");
    }

    /** A hundred thousand results to a client that reads at leisure: the heap does not hold them. */
    @Test
    void aLongExportIsNotHeldInMemory() throws Exception {
        UUID s = api.createLive();
        fill(s, 100_000);
        HttpResponse<InputStream> response = api.client()
                .send(
                        HttpRequest.newBuilder(api.uri(path(s)))
                                .header("Accept", "application/x-ndjson")
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream());
        long lines = 0;
        long most = 0;
        long base = used();
        byte[] buffer = new byte[64 * 1024];
        try (InputStream in = response.body()) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                for (int i = 0; i < n; i++) {
                    if (buffer[i] == '\n' && ++lines % 25_000 == 0) {
                        most = Math.max(most, used() - base);
                    }
                }
            }
        }
        assertThat(lines).isEqualTo(100_000);
        // The whole is more than 25 MB as text.
        assertThat(most).isLessThan(15L << 20);
    }

    @Test
    void soManyExportsAndNoMore() throws Exception {
        UUID s = api.createLive();
        // More than the buffers of a connection hold.
        fill(s, 60_000);
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 16; i++) {
                slow.add(request(s));
            }
            for (Socket socket : slow) {
                assertThat(new String(socket.getInputStream().readNBytes(15), StandardCharsets.US_ASCII))
                        .isEqualTo("HTTP/1.1 200 OK");
            }
            HttpResponse<String> refused = Await.value(
                    "all are under way",
                    Duration.ofSeconds(10),
                    () -> accept(path(s) + "?after_frame=59998", "text/csv"),
                    r -> r.statusCode() == 429);
            assertRefused(refused, 429, "too_many_requests");
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            assertThat(api.get(path(s)).statusCode()).isEqualTo(200);
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
        Await.value(
                "room again",
                Duration.ofSeconds(10),
                () -> accept(path(s) + "?after_frame=59998", "text/csv"),
                r -> r.statusCode() == 200);
    }

    @Test
    void countsAreByClassAndMinute() {
        UUID s = stored(130);
        JsonObject stats =
                api.getJson("/api/v1/scenarios/" + s + "/stats?since=2026-03-01T12:00:30Z&until=2026-03-01T12:02:00Z");
        assertThat(stats.getString("since")).isEqualTo("2026-03-01T12:00:00Z");
        assertThat(stats.getString("until")).isEqualTo("2026-03-01T12:02:00Z");
        assertThat(stats.getJsonArray("buckets")).hasSize(2);
        assertThat(stats.getJsonArray("buckets").getJsonObject(1))
                .isEqualTo(new JsonObject()
                        .put("start", "2026-03-01T12:01:00Z")
                        .put("frames", 60)
                        .put("gated", 0)
                        .put(
                                "classes",
                                new JsonObject()
                                        .put(
                                                "car",
                                                new JsonObject()
                                                        .put("detections", 30)
                                                        .put("frames", 30)
                                                        .put("most", 1))
                                        .put(
                                                "person",
                                                new JsonObject()
                                                        .put("detections", 60)
                                                        .put("frames", 60)
                                                        .put("most", 1))));
        assertThat(api.getJson("/api/v1/scenarios/" + s + "/stats").getJsonArray("buckets"))
                .isEmpty();
        assertThat(api.getJson("/api/v1/scenarios/" + s
                                + "/stats?since=2026-03-01T00:00:00Z&until=2026-03-02T00:00:00Z&step=1d")
                        .getJsonArray("buckets")
                        .getJsonObject(0)
                        .getInteger("frames"))
                .isEqualTo(130);
        String address = "/api/v1/scenarios/" + s + "/stats";
        HttpResponse<String> tooLong = api.get(address + "?since=2026-01-01T00:00:00Z&until=2026-01-05T00:00:00Z");
        assertRefused(tooLong, 400, "invalid_value");
        assertThat(tooLong.body()).contains("ask for step=5m or a shorter time");
        assertRefused(
                api.get(address + "?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z"), 400, "invalid_value");
        assertRefused(api.get(address + "?step=2m"), 400, "invalid_value");
        assertRefused(api.get("/api/v1/scenarios/" + UUID.randomUUID() + "/stats"), 404, "scenario_not_found");
    }

    @Test
    void theFileOfAScenarioIsPlayed() throws Exception {
        byte[] bytes = new byte[100_000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) ('a' + i % 26);
        }
        Path file = Files.write(media.resolve("clip.mp4"), bytes);
        String address =
                "/api/v1/scenarios/" + api.create("file:" + file.toRealPath()).getString("scenario_uuid") + "/video";
        String all = new String(bytes, StandardCharsets.US_ASCII);

        HttpResponse<String> whole = api.get(address);
        assertThat(whole.statusCode()).isEqualTo(200);
        assertThat(whole.body()).isEqualTo(all);
        assertThat(whole.headers().firstValue("Accept-Ranges")).contains("bytes");
        assertThat(whole.headers().firstValue("Content-Type")).contains("video/mp4");
        HttpResponse<String> part = ranged(address, "bytes=1000-1999");
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).isEqualTo(all.substring(1_000, 2_000));
        assertThat(part.headers().firstValue("Content-Range")).contains("bytes 1000-1999/100000");
        assertThat(ranged(address, "bytes=-5").body()).isEqualTo(all.substring(99_995));
        HttpResponse<String> behind = ranged(address, "bytes=100000-");
        assertRefused(behind, 416, "range_not_satisfiable");
        assertThat(behind.headers().firstValue("Content-Range")).contains("bytes */100000");
        HttpResponse<String> head =
                api.send(HttpRequest.newBuilder(api.uri(address)).method("HEAD", HttpRequest.BodyPublishers.noBody()));
        assertThat(head.headers().firstValue("Content-Length")).contains("100000");
        HttpResponse<String> ranged = api.send(HttpRequest.newBuilder(api.uri(address))
                .header("Range", "bytes=0-9")
                .method("HEAD", HttpRequest.BodyPublishers.noBody()));
        assertThat(ranged.statusCode()).isEqualTo(200);
        assertThat(ranged.headers().firstValue("Content-Length")).contains("100000");
        assertThat(head.body()).isEmpty();
        HttpResponse<String> changed = api.send(HttpRequest.newBuilder(api.uri(address))
                .header("Range", "bytes=0-9")
                .header("If-Range", "\"another\""));
        assertThat(changed.statusCode()).isEqualTo(200);

        Files.delete(file);
        assertRefused(api.get(address), 409, "no_video");
        assertRefused(api.get("/api/v1/scenarios/" + api.createLive() + "/video"), 409, "no_video");
    }

    @Test
    void theLastDayThatCanBeAskedForEndsInAYearOfFourDigits() {
        JsonObject stats = api.getJson("/api/v1/scenarios/" + stored(1)
                + "/stats?since=9999-12-31T00:00:00Z&until=9999-12-31T23:59:59Z&step=1d");

        assertThat(stats.getString("until")).isEqualTo("9999-12-31T23:59:59Z");
    }

    @Test
    void aFileThatTurnedIntoALinkOutwardsIsNotPlayed(@TempDir Path elsewhere) throws Exception {
        Path secret = Files.writeString(elsewhere.resolve("secret"), "secret");
        Path file = Files.writeString(media.resolve("link.mp4"), "video");
        String address =
                "/api/v1/scenarios/" + api.create("file:" + file.toRealPath()).getString("scenario_uuid") + "/video";
        Files.delete(file);
        Files.createSymbolicLink(file, secret);

        HttpResponse<String> answer = api.get(address);

        assertRefused(answer, 409, "no_video");
        assertThat(answer.body()).doesNotContain("secret");
    }

    private static HttpResponse<String> ranged(String address, String range) {
        return api.send(HttpRequest.newBuilder(api.uri(address)).header("Range", range));
    }

    private static Socket request(UUID s) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4_096);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), api.port()));
        socket.getOutputStream()
                .write(("GET " + path(s) + " HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static HttpResponse<String> accept(String address, String types) {
        return api.send(HttpRequest.newBuilder(api.uri(address)).header("Accept", types));
    }

    private static void assertRefused(HttpResponse<String> response, int status, String code) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(new JsonObject(response.body()).getString("code")).isEqualTo(code);
    }

    private static String path(UUID s) {
        return "/api/v1/scenarios/" + s + "/predictions";
    }

    private static List<Long> frames(JsonObject page) {
        JsonArray results = page.getJsonArray("results");
        List<Long> frames = new ArrayList<>();
        results.forEach(r -> frames.add(((JsonObject) r).getLong("frame_number")));
        return frames;
    }

    private static List<Long> range(long from, long to) {
        return java.util.stream.LongStream.range(from, to).boxed().toList();
    }

    /** A frame a second from noon on: a person in each, a car in every other. */
    private static UUID stored(int frames) {
        UUID s = api.createLive();
        List<ResultMessage> batch = new ArrayList<>();
        for (int i = 0; i < frames; i++) {
            batch.add(result(s, i));
        }
        await(api.results.store(batch));
        return s;
    }

    private static void fill(UUID s, int frames) {
        for (int begin = 0; begin < frames; begin += 5_000) {
            List<ResultMessage> batch = new ArrayList<>();
            for (int i = begin; i < begin + 5_000; i++) {
                batch.add(result(s, i));
            }
            await(api.results.store(batch));
        }
    }

    private static ResultMessage result(UUID s, long frame) {
        List<Detection> seen = new ArrayList<>();
        seen.add(new Detection("person", 0, 0.9f, new BoundingBox(1, 2, 3, 4)));
        if (frame % 2 == 0) {
            seen.add(new Detection("car", 2, 0.7f, new BoundingBox(1, 2, 3, 4)));
        }
        return new ResultMessage(
                UUID.randomUUID(),
                s,
                1,
                frame,
                NOON.plusSeconds(frame),
                0,
                frame,
                768,
                432,
                "mock",
                "mock",
                1,
                seen,
                false);
    }
}
