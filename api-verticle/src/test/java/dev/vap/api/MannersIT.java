package dev.vap.api;

import static dev.vap.api.ApiFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.storage.Precondition;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the API behaves whatever it is asked. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MannersIT {

    private static final String FRIEND = "https://vms.example.org";

    private ApiFixture api;

    @BeforeAll
    void start(@TempDir Path media) {
        api = ApiFixture.start(ApiFixture.settings(media, Map.of("HTTP_CORS_ORIGINS", FRIEND)));
    }

    @AfterAll
    void stop() {
        api.close();
    }

    private HttpResponse<String> create(String key, String body) {
        return api.send(HttpRequest.newBuilder(api.uri("/api/v1/scenarios"))
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", key)
                .POST(BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> request(String method, String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(api.uri(path)).method(method, BodyPublishers.noBody());
        return api.send(headers.length == 0 ? request : request.headers(headers));
    }

    private long scenarios() {
        return api.getJson("/api/v1/scenarios?limit=1000")
                .getJsonArray("scenarios")
                .size();
    }

    @Test
    void aRepeatedCreateGetsTheSameAnswer() {
        String key = UUID.randomUUID().toString();
        long before = scenarios();
        HttpResponse<String> first = create(key, "{\"camera_url\": \"rtsp://h/1\", \"fps\": 2}");
        HttpResponse<String> again = create(key, "{\"fps\": 2, \"camera_url\": \"rtsp://h/1\"}");

        assertThat(first.statusCode()).isEqualTo(201);
        assertThat(first.headers().firstValue("Idempotency-Replayed")).isEmpty();
        assertThat(again.statusCode()).isEqualTo(201);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(again.headers().firstValue("ETag")).isEqualTo(first.headers().firstValue("ETag"));
        assertThat(again.headers().firstValue("Location"))
                .isEqualTo(first.headers().firstValue("Location"));
        assertThat(again.headers().firstValue("Idempotency-Replayed")).hasValue("true");
        assertThat(scenarios()).isEqualTo(before + 1);
    }

    @Test
    void anotherBodyUnderTheSameKeyIsRefused() {
        String key = UUID.randomUUID().toString();
        create(key, "{\"camera_url\": \"rtsp://h/1\"}");

        HttpResponse<String> other = create(key, "{\"camera_url\": \"rtsp://h/2\"}");

        assertThat(other.statusCode()).isEqualTo(422);
        assertThat(new JsonObject(other.body()).getString("code")).isEqualTo("idempotency_key_reused");
    }

    @Test
    void ofManyAtTheSameTimeOneCreates() {
        String key = UUID.randomUUID().toString();
        long before = scenarios();

        List<CompletableFuture<String>> all = IntStream.range(0, 20)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> create(key, "{\"camera_url\": \"rtsp://h/same\"}").body()))
                .toList();

        assertThat(all.stream().map(CompletableFuture::join).distinct()).hasSize(1);
        assertThat(scenarios()).isEqualTo(before + 1);
    }

    @Test
    void aFailedCreateIsNotRemembered() {
        String key = UUID.randomUUID().toString();

        assertThat(create(key, "{\"camera_url\": \"gone.mp4\"}").statusCode()).isEqualTo(422);
        assertThat(create(key, "{\"camera_url\": \"rtsp://h/1\"}").statusCode()).isEqualTo(201);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "ключ"})
    void aKeyIsPrintable(String key) throws IOException {
        assertThat(Raw.send(
                        api.port(),
                        "POST /api/v1/scenarios HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
                                + "Idempotency-Key: " + key + "\r\nContent-Length: 2\r\n\r\n{}"))
                .startsWith("HTTP/1.1 400");
    }

    @Test
    void whoWasSlowerIsToldSo() {
        JsonObject created = new JsonObject(api.post("/api/v1/scenarios", "{\"camera_url\": \"rtsp://h/1\"}")
                .body());
        String path = "/api/v1/scenarios/" + created.getLong("scenario_id");
        String etag = api.get(path).headers().firstValue("ETag").orElseThrow();
        HttpResponse<String> mine = patch(path, "{\"name\": \"mine\"}", etag);
        HttpResponse<String> theirs = patch(path, "{\"name\": \"theirs\"}", etag);

        assertThat(mine.statusCode()).isEqualTo(200);
        assertThat(mine.headers().firstValue("ETag")).isPresent().isNotEqualTo(java.util.Optional.of(etag));
        assertThat(theirs.statusCode()).isEqualTo(412);
        assertThat(new JsonObject(theirs.body()).getString("detail"))
                .isEqualTo("Scenario " + created.getLong("scenario_id")
                        + " has changed meanwhile: read it again, then repeat the change.");
        assertThat(api.getJson(path).getString("name")).isEqualTo("mine");
        assertThat(patch(path, "{\"name\": \"any\"}", "*").statusCode()).isEqualTo(200);
        assertThat(patch(path, "{\"name\": \"any\"}", "W/" + tag(path)).statusCode())
                .as("a weak tag")
                .isEqualTo(412);
        assertThat(patch(path, "{\"name\": \"any\"}", "\"another\"").statusCode())
                .isEqualTo(412);
        assertThat(patch(path, "{\"name\": \"any\"}", "1").statusCode()).isEqualTo(400);
        assertThat(patch(path, "{\"name\": \"any\"}", "").statusCode()).isEqualTo(400);
        for (String command : List.of("/stop", "/start")) {
            assertThat(request("POST", path + command, "If-Match", etag).statusCode())
                    .isEqualTo(412);
        }
        assertThat(request("DELETE", path, "If-Match", etag).statusCode()).isEqualTo(412);
        assertThat(request("POST", path + "/stop", "If-Match", "\"0\", " + tag(path))
                        .statusCode())
                .isEqualTo(200);
    }

    private String tag(String path) {
        return api.get(path).headers().firstValue("ETag").orElseThrow();
    }

    private HttpResponse<String> patch(String path, String body, String etag) {
        return api.send(HttpRequest.newBuilder(api.uri(path))
                .header("Content-Type", "application/json")
                .header("If-Match", etag)
                .method("PATCH", BodyPublishers.ofString(body)));
    }

    @Test
    void severalLinesOfAConditionAreOneList() {
        String path = "/api/v1/scenarios/" + api.createLive();
        assertThat(request("POST", path + "/stop", "If-Match", "\"0\"", "If-Match", tag(path))
                        .statusCode())
                .isEqualTo(200);
        assertThat(request("POST", path + "/stop", "If-Match", "\"0\"", "If-Match", "\"999999\"")
                        .statusCode())
                .isEqualTo(412);
    }

    @Test
    void aVersionThatIsKnownIsNotSentAgain() {
        String path = "/api/v1/scenarios/" + api.createLive();
        String etag = tag(path);
        HttpResponse<String> known = request("GET", path, "If-None-Match", "W/\"0\", W/" + etag);

        assertThat(known.statusCode()).isEqualTo(304);
        assertThat(known.body()).isEmpty();
        assertThat(known.headers().firstValue("ETag")).contains(etag);
        assertThat(request("GET", path, "If-None-Match", "\"0\"").statusCode()).isEqualTo(200);
        api.patch(path, "{\"name\": \"renamed\"}");
        assertThat(request("GET", path, "If-None-Match", etag).statusCode()).isEqualTo(200);
    }

    @Test
    void aPatchIsWhatTheContractSaysOnly() {
        String path = "/api/v1/scenarios/" + api.createLive();
        HttpResponse<String> other = api.send(HttpRequest.newBuilder(api.uri(path))
                .header("Content-Type", "application/json-patch+json")
                .method("PATCH", BodyPublishers.ofString("{\"name\": \"any\"}")));

        assertThat(other.statusCode()).isEqualTo(415);
        assertThat(new JsonObject(api.patch(path, "{\"fps\": 4}").body())
                        .getJsonObject("options")
                        .getDouble("fps"))
                .isEqualTo(4);
    }

    @Test
    void aNameIsTextAndCanBeTakenAway() {
        String name = "<script>alert(1)</script>'; DROP TABLE scenarios; --";
        JsonObject created = new JsonObject(api.post(
                        "/api/v1/scenarios",
                        new JsonObject()
                                .put("camera_url", "rtsp://h/1")
                                .put("name", name)
                                .encode())
                .body());
        String path = "/api/v1/scenarios/" + created.getString("scenario_uuid");

        assertThat(api.getJson(path).getString("name")).isEqualTo(name);
        assertThat(new JsonObject(api.patch(path, "{\"name\": null}").body()).getValue("name"))
                .isNull();
        assertThat(scenarios()).isPositive();
    }

    @Test
    void everyAnswerHasARequestId() {
        assertThat(request("GET", "/api/v1/scenarios", "X-Request-ID", "mine-1")
                        .headers()
                        .firstValue("X-Request-ID"))
                .hasValue("mine-1");
        assertThat(request("GET", "/api/v1/scenarios", "X-Request-ID", "a b")
                        .headers()
                        .firstValue("X-Request-ID"))
                .hasValueSatisfying(id -> assertThat(id).matches("[0-9a-f-]{36}"));
        HttpResponse<String> problem = request("GET", "/nothing", "X-Request-ID", "mine-2");
        assertThat(new JsonObject(problem.body()).getString("request_id")).isEqualTo("mine-2");
    }

    @ParameterizedTest
    @CsvSource({
        "/api/v1/scenarios, 'GET, HEAD, OPTIONS, POST'",
        "/api/v1/scenarios/7, 'DELETE, GET, HEAD, OPTIONS, PATCH'",
        "/api/v1/scenarios/7/start, 'OPTIONS, POST'",
        "/scenario/7/, 'GET, HEAD, OPTIONS, POST'",
        "/metrics, 'GET, HEAD, OPTIONS'"
    })
    void optionsNamesTheMethods(String path, String allowed) {
        HttpResponse<String> response = request("OPTIONS", path);

        assertThat(response.statusCode()).isEqualTo(204);
        assertThat(response.headers().firstValue("Allow")).hasValue(allowed);
        assertThat(response.body()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/scenarios", "/api/v1/runners", "/openapi.json", "/health/ready", "/"})
    void headIsGetWithoutTheBody(String path) {
        HttpResponse<String> get = request("GET", path);
        HttpResponse<String> head = request("HEAD", path);

        assertThat(head.statusCode()).isEqualTo(get.statusCode());
        assertThat(head.body()).isEmpty();
        assertThat(head.headers().firstValue("Content-Type"))
                .isEqualTo(get.headers().firstValue("Content-Type"));
        assertThat(head.headers().firstValue("Content-Length"))
                .isEqualTo(get.headers().firstValue("Content-Length"));
    }

    @Test
    void headOpensNoStream() {
        String path = "/api/v1/scenarios/" + api.createLive() + "/predictions/stream";

        HttpResponse<String> head = request("HEAD", path);

        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValue("Content-Type")).hasValue("text/event-stream");
        assertThat(request("HEAD", "/api/v1/scenarios/999999/predictions/stream")
                        .statusCode())
                .isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/scenarios", "/api/v1/runners", "/health/live"})
    void aSlashAtTheEndChangesNothing(String path) {
        assertThat(request("GET", path + "/").statusCode()).isEqualTo(200);
    }

    @Test
    void largeAnswersAreCompressedForThoseWhoWantIt() throws Exception {
        HttpResponse<byte[]> zipped = api.client()
                .send(
                        HttpRequest.newBuilder(api.uri("/openapi.json"))
                                .header("Accept-Encoding", "gzip")
                                .build(),
                        BodyHandlers.ofByteArray());

        assertThat(zipped.headers().firstValue("Content-Encoding")).hasValue("gzip");
        byte[] plain = new GZIPInputStream(new ByteArrayInputStream(zipped.body())).readAllBytes();
        assertThat(new String(plain, StandardCharsets.UTF_8))
                .isEqualTo(api.get("/openapi.json").body());
        assertThat(zipped.body().length).isLessThan(plain.length / 4);
        assertThat(api.get("/openapi.json").headers().firstValue("Content-Encoding"))
                .isEmpty();
    }

    @Test
    void aCompressedBodyIsRefused() {
        HttpResponse<String> response = api.send(HttpRequest.newBuilder(api.uri("/api/v1/scenarios"))
                .header("Content-Type", "application/json")
                .header("Content-Encoding", "gzip")
                .POST(BodyPublishers.ofString("{}")));

        assertThat(response.statusCode()).isEqualTo(415);
        assertThat(new JsonObject(response.body()).getString("detail"))
                .isEqualTo("The body must be sent as it is: leave Content-Encoding out.");
    }

    @Test
    void pagesOfAFriendMayUseTheApi() throws IOException {
        String preflight = Raw.send(
                api.port(),
                "OPTIONS /api/v1/scenarios HTTP/1.1\r\nHost: x\r\nConnection: close\r\nOrigin: " + FRIEND
                        + "\r\nAccess-Control-Request-Method: POST\r\n\r\n");
        assertThat(preflight)
                .startsWith("HTTP/1.1 204")
                .containsIgnoringCase("access-control-allow-origin: " + FRIEND)
                .containsIgnoringCase("access-control-allow-headers: Content-Type")
                .contains("PATCH");

        String post = Raw.send(api.port(), post(FRIEND));
        assertThat(post).startsWith("HTTP/1.1 201").containsIgnoringCase("access-control-expose-headers: ETag");
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://evil.example", "null", "https://vms.example.org.evil.example"})
    void otherPagesMayNot(String origin) throws IOException {
        String preflight = Raw.send(
                api.port(),
                "OPTIONS /api/v1/scenarios HTTP/1.1\r\nHost: x\r\nConnection: close\r\nOrigin: " + origin
                        + "\r\nAccess-Control-Request-Method: POST\r\n\r\n");
        assertThat(preflight).doesNotContainIgnoringCase("access-control-allow");

        assertThat(Raw.send(api.port(), post(origin)))
                .startsWith("HTTP/1.1 403")
                .contains("origin_not_allowed")
                .contains("HTTP_CORS_ORIGINS");
        assertThat(Raw.send(
                        api.port(),
                        "GET /api/v1/scenarios HTTP/1.1\r\nHost: x\r\nConnection: close\r\nOrigin: " + origin
                                + "\r\n\r\n"))
                .startsWith("HTTP/1.1 200")
                .doesNotContainIgnoringCase("access-control-allow");
    }

    private static String post(String origin) {
        String body = "{\"camera_url\": \"rtsp://h/1\"}";
        return "POST /api/v1/scenarios HTTP/1.1\r\nHost: x\r\nConnection: close\r\nOrigin: " + origin
                + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    @Test
    void pagesOfOurOwnNeedNoPermission() throws IOException {
        URI uri = api.uri("/");
        assertThat(Raw.send(api.port(), post("http://x").replace("Host: x", "Host: x")))
                .startsWith("HTTP/1.1 201");
        assertThat(uri).isNotNull();
    }

    @Test
    void listsAreReadToTheEndByCursor() {
        String model = "cursor-" + UUID.randomUUID().toString().substring(0, 8);
        List<String> made = Stream.generate(() -> new JsonObject(api.post(
                                        "/api/v1/scenarios",
                                        new JsonObject()
                                                .put("camera_url", "rtsp://user:hidden@h/1")
                                                .put("model", model)
                                                .encode())
                                .body())
                        .getString("scenario_uuid"))
                .limit(7)
                .toList();
        List<String> seen = new java.util.ArrayList<>();
        String cursor = null;
        int pages = 0;
        do {
            JsonObject page = api.getJson(
                    "/api/v1/scenarios?limit=3&model=" + model + (cursor == null ? "" : "&cursor=" + cursor));
            page.getJsonArray("scenarios").forEach(s -> seen.add(((JsonObject) s).getString("scenario_uuid")));
            cursor = page.getString("next");
            pages++;
        } while (cursor != null);

        assertThat(pages).isEqualTo(3);
        assertThat(seen)
                .containsExactlyElementsOf(made.stream()
                        .sorted(java.util.Comparator.reverseOrder())
                        .toList());
        String other = api.getJson("/api/v1/scenarios?limit=3&model=" + model).getString("next");
        for (String wrong : List.of("/api/v1/scenarios?cursor=" + other, "/api/v1/scenarios?cursor=AAAA")) {
            HttpResponse<String> refused = api.get(wrong);
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(new JsonObject(refused.body()).getString("code")).isEqualTo("invalid_cursor");
        }
        assertThat(api.getJson("/api/v1/scenarios?q=hidden&model=" + model).getJsonArray("scenarios"))
                .as("passwords can't be searched for")
                .isEmpty();
    }

    @Test
    void theLongNamesLeadToTheSame() {
        UUID uuid = api.createLive();
        JsonObject shown = api.getJson("/api/v1/scenarios/" + uuid);

        assertThat(api.getJson("/api/v1/scenario/" + uuid)).isEqualTo(shown);
        assertThat(api.getJson("/api/v1/scenarios/" + shown.getLong("scenario_id")))
                .isEqualTo(shown);
        assertThat(await(api.scenarios.requestStop(ScenarioRef.of(uuid), Precondition.NONE)))
                .isNotNull();
        assertThatThrownBy(() -> api.create("rtsp://h/%zz\u0001")).isInstanceOf(AssertionError.class);
    }
}
