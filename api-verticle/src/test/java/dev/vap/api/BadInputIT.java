package dev.vap.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every wrong request gets one clear sentence, and the process stays up. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputIT {

    private static final String UNKNOWN = "00000000-0000-7000-8000-000000000000";

    private ApiFixture api;

    @BeforeAll
    void start(@TempDir Path media) {
        api = ApiFixture.start(media);
    }

    @AfterAll
    void stop() {
        api.close();
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            GET    | /nothing                                | 404 | path_not_found     | There is nothing at /nothing: the API is under /api/v1, and /docs shows what there is.
            GET    | /api/v1                                 | 404 | path_not_found     | There is nothing at /api/v1: the API is under /api/v1, and /docs shows what there is.
            GET    | /scenario/rtsp://u:pw@h/1               | 404 | path_not_found     | There is nothing at /scenario/rtsp://u:***@h/1: the API is under /api/v1, and /docs shows what there is.
            GET    | /api/v1/scenario/abc                    | 400 | invalid_id         | "abc" names no scenario: use its number or its UUID, as the list shows them.
            GET    | /api/v1/scenario/0                      | 400 | invalid_id         | "0" names no scenario: use its number or its UUID, as the list shows them.
            GET    | /api/v1/scenario/-1                     | 400 | invalid_id         | "-1" names no scenario: use its number or its UUID, as the list shows them.
            GET    | /api/v1/scenario/99999999999999999999   | 400 | invalid_id         | "99999999999999999999" names no scenario: use its number or its UUID, as the list shows them.
            GET    | /api/v1/scenario/999999                 | 404 | scenario_not_found | There is no scenario 999999; the list shows those that exist.
            GET    | /scenario/999999/                       | 404 | scenario_not_found | There is no scenario 999999; the list shows those that exist.
            GET    | /prediction/999999/                     | 404 | scenario_not_found | There is no scenario 999999; the list shows those that exist.
            GET    | /api/v1/prediction/999999               | 404 | scenario_not_found | There is no scenario 999999; the list shows those that exist.
            GET    | /api/v1/prediction/999999/stream        | 404 | scenario_not_found | There is no scenario 999999; the list shows those that exist.
            GET    | /api/v1/scenario/999999/events          | 404 | scenario_not_found | There is no scenario 999999; the list shows those that exist.
            POST   | /api/v1/scenario/999999/shutdown        | 404 | scenario_not_found | There is no scenario 999999; the list shows those that exist.
            POST   | /api/v1/scenario/999999/start           | 404 | scenario_not_found | There is no scenario 999999; the list shows those that exist.
            DELETE | /api/v1/scenario/999999                 | 404 | scenario_not_found | There is no scenario 999999; the list shows those that exist.
            PUT    | /api/v1/scenario/1                      | 405 | method_not_allowed | PUT is not possible here: use DELETE, GET, PATCH.
            GET    | /api/v1/scenario/init                   | 405 | method_not_allowed | GET is not possible here: use POST.
            DELETE | /scenario/1/                            | 405 | method_not_allowed | DELETE is not possible here: use GET, POST.
            POST   | /metrics                                | 405 | method_not_allowed | POST is not possible here: use GET.
            GET    | /api/v1/scenario?limit=0                | 400 | invalid_value      | "limit" must be a whole number from 1 to 1000.
            GET    | /api/v1/scenario?status=running         | 400 | invalid_value      | "status" must be one of init_startup, in_startup_processing, active, init_shutdown, in_shutdown_processing, inactive.
            GET    | /api/v1/scenario?before=x               | 400 | invalid_value      | "before" must be a whole number of at least 1.
            GET    | /api/v1/scenario?page=2                 | 400 | unknown_field      | The query parameter "page" is not known: use before, cursor, limit, model, q, status.
            GET    | /api/v1/prediction/1?limit=1001         | 400 | invalid_value      | "limit" must be a whole number from 1 to 1000.
            GET    | /api/v1/prediction/1?after_frame=-2     | 400 | invalid_value      | "after_frame" must be a whole number of at least -1.
            GET    | /api/v1/prediction/1/stream?limit=1     | 400 | unknown_field      | The query parameter "limit" is not known: use after_frame.
            GET    | /api/v1/models                          | 503 | inference_unavailable | No inference service is running; start one and try again.
            POST   | /api/v1/scenario/init                   | 400 | invalid_json       | The body is missing: send a JSON object, for example {"camera_url": "rtsp://host/stream"}.
            """)
    void answersWithOneSentence(String method, String path, int status, String code, String detail) {
        HttpResponse<String> response =
                api.send(HttpRequest.newBuilder(api.uri(path)).method(method, HttpRequest.BodyPublishers.noBody()));

        ScenarioApiIT.assertProblem(response, status, code, detail);
        assertThat(response.headers().firstValue("Allow").isPresent()).isEqualTo(status == 405);
        assertThat(response.headers().firstValue("Retry-After").isPresent()).isEqualTo(status == 503);
        assertThat(response.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            /api/v1/scenario/init       | {"camera_url": "rtsp://u:pw@h/1" | 400 | invalid_json    | The body is not valid JSON at line 1, column 33.
            /api/v1/scenario/init       | {"camera_url": "../x.mp4"}   | 422 | source_outside_media_root | "../x.mp4" is outside the media root: put the file under MEDIA, or start VAP with another MEDIA_ROOT.
            /api/v1/scenario/init       | {"camera_url": "gone.mp4"}   | 422 | source_not_found | There is no file "gone.mp4" under the media root MEDIA: check the name, or put the file there.
            /scenario/                  | {"camera_url": "rtsp://h/1"} | 400 | missing_field   | "status" is missing: give it, for example "init_startup".
            /scenario/1/                | {"status": "in_shutdown_processing"} | 409 | status_reserved | The status in_shutdown_processing is set by the system only: ask for init_startup or init_shutdown.
            /scenario/1/                | {"status": "paused"}         | 400 | invalid_value   | "paused" is no status: ask for init_startup or init_shutdown.
            /scenario/1/                | {"state": "inactive"}        | 400 | unknown_field   | "state" is not known: use status.
            /scenario/abc/              | {"status": "inactive"}       | 400 | invalid_id      | "abc" names no scenario: use its number or its UUID, as the list shows them.
            /api/v1/scenario/1/shutdown | {"force": true}              | 400 | unknown_field   | "force" is not known: this request takes no fields.
            """)
    void refusesABodyThatIsNoRequest(String path, String body, int status, String code, String detail) {
        String media = api.services.settings().mediaRoot().toString();
        HttpResponse<String> response = api.post(path, body);
        ScenarioApiIT.assertProblem(
                response, status, code, detail.replace("MEDIA,", media + ",").replace("MEDIA:", media + ":"));
        assertThat(response.body()).doesNotContain("pw");
    }

    @Test
    void wantsJson() {
        HttpRequest.Builder form = HttpRequest.newBuilder(api.uri("/api/v1/scenario/init"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString("{\"camera_url\": \"rtsp://h/1\"}"));

        ScenarioApiIT.assertProblem(
                api.send(form),
                415,
                "unsupported_media_type",
                "The body must be JSON: send it with Content-Type: application/json.");
    }

    @Test
    void refusesABodyThatIsTooLarge() {
        String large = new JsonObject().put("camera_url", "x".repeat(70_000)).encode();
        ScenarioApiIT.assertProblem(
                api.post("/api/v1/scenario/init", large),
                413,
                "payload_too_large",
                "The body must be at most 64 KiB long.");

        byte[] bytes = large.getBytes(StandardCharsets.UTF_8);
        HttpRequest.Builder chunked = HttpRequest.newBuilder(api.uri("/api/v1/scenario/init"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(bytes)));
        assertThat(api.send(chunked).statusCode()).isEqualTo(413);
    }

    @Test
    void refusesAMalformedAddress() throws IOException {
        assertThat(raw("GET /api/v1/scenario/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("The address of the request is malformed: check its percent-encoding.");
        assertThat(raw("GET /api/v1/scenario?limit=%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400");
        assertThat(raw("nonsense\r\n\r\n")).startsWith("HTTP/1.0 400");
    }

    @Test
    void staysUp() {
        assertThat(api.get("/health/ready").statusCode()).isEqualTo(200);
        assertThat(api.get("/api/v1/scenario/" + UNKNOWN).statusCode()).isEqualTo(404);
    }

    private String raw(String request) throws IOException {
        URI uri = api.uri("/");
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
