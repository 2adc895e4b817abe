package dev.vap.api;

import static dev.vap.api.ScenarioApiIT.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Uploads over HTTP. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MediaApiIT {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int LIMIT = 8 << 20;

    private Path media;
    private ApiFixture api;

    @BeforeAll
    void start(@TempDir Path folder) {
        media = folder.resolve("media");
        api = ApiFixture.start(ApiFixture.settings(media, Map.of("MEDIA_MAX_BYTES", String.valueOf(LIMIT))));
    }

    @AfterAll
    void stop() {
        api.close();
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private HttpResponse<String> upload(String name, byte[] bytes, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(api.uri("/api/v1/media?name=" + name));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return api.send(request.POST(BodyPublishers.ofByteArray(bytes)));
    }

    @Test
    void aFileIsUploadedShownUsedAndDeleted() throws Exception {
        byte[] bytes = random(5_000_000);

        HttpResponse<String> response = upload("a%20clip.mp4", bytes);

        assertThat(response.statusCode()).isEqualTo(201);
        assertThat(response.headers().firstValue("Location")).hasValue("/api/v1/media/a%20clip.mp4");
        JsonObject file = new JsonObject(response.body());
        assertThat(file.getString("name")).isEqualTo("a clip.mp4");
        assertThat(file.getLong("size")).isEqualTo(bytes.length);
        assertThat(file.getLong("received")).isEqualTo(bytes.length);
        assertThat(file.getBoolean("complete")).isTrue();
        assertThat(Files.readAllBytes(media.resolve("a clip.mp4"))).isEqualTo(bytes);
        assertThat(api.getJson("/api/v1/media/a%20clip.mp4")).isEqualTo(file);

        UUID scenario = UUID.fromString(api.create(file.getString("camera_url")).getString("scenario_uuid"));
        long id = api.getJson("/api/v1/scenario/" + scenario).getLong("scenario_id");
        assertProblem(
                api.delete("/api/v1/media/a%20clip.mp4"),
                409,
                "media_in_use",
                "Scenario " + id + " uses \"a clip.mp4\": stop it first.");
        api.move(
                scenario, ScenarioStatus.INIT_SHUTDOWN, ScenarioStatus.IN_SHUTDOWN_PROCESSING, ScenarioStatus.INACTIVE);
        assertThat(api.delete("/api/v1/media/a%20clip.mp4").statusCode()).isEqualTo(204);
        assertThat(media.resolve("a clip.mp4")).doesNotExist();
        assertProblem(
                api.delete("/api/v1/media/a%20clip.mp4"),
                404,
                "media_not_found",
                "There is no file \"a clip.mp4\" in the media root: the list shows those there are.");
    }

    /** Sends the head and the first bytes, and goes away. */
    private void cut(String name, byte[] bytes, int sent) throws IOException {
        try (Socket socket = head(name, "Content-Length: " + bytes.length)) {
            socket.getOutputStream().write(bytes, 0, sent);
            socket.getOutputStream().flush();
            Await.until("it is there", SOON, () -> received(name) == sent);
        }
    }

    private Socket head(String name, String more) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.port());
        socket.setSoTimeout((int) SOON.toMillis());
        OutputStream out = socket.getOutputStream();
        out.write(("POST /api/v1/media?name=" + name + " HTTP/1.1\r\nHost: x\r\n" + more + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        out.flush();
        return socket;
    }

    private long received(String name) {
        HttpResponse<String> response = api.get("/api/v1/media/" + name);
        return response.statusCode() == 200 ? new JsonObject(response.body()).getLong("received") : -1;
    }

    @Test
    void anUploadThatWasCutOffIsGoneOnWith() throws Exception {
        byte[] bytes = random(3_000_000);
        cut("cut.mp4", bytes, 1_000_000);
        JsonObject part = api.getJson("/api/v1/media/cut.mp4");
        assertThat(part.getBoolean("complete")).isFalse();
        assertThat(part.getLong("size")).isEqualTo(bytes.length);
        assertThat(media.resolve("cut.mp4")).doesNotExist();
        assertThat(api.post("/api/v1/scenario/init", "{\"camera_url\": \"cut.mp4\"}")
                        .statusCode())
                .as("nobody analyses half a file")
                .isEqualTo(422);

        // The server notices that the client is gone before the name is free again.
        HttpResponse<String> wrong = Await.value(
                "the name is free",
                SOON,
                () -> upload("cut.mp4", Arrays.copyOfRange(bytes, 5, 10), "Content-Range", "bytes 5-9/3000000"),
                r -> !r.body().contains("being uploaded"));
        assertProblem(
                wrong,
                409,
                "media_conflict",
                "Of \"cut.mp4\" 1000000 bytes are there: go on at byte 1000000 with a Content-Range, or delete what there"
                        + " is of it.");
        assertProblem(
                upload("cut.mp4", new byte[1], "Content-Range", "bytes 1000000-1000000/3000001"),
                409,
                "media_conflict",
                "\"cut.mp4\" was begun as a file of 3000000 bytes, not of 3000001: go on with the same file, or delete"
                        + " what there is of it.");
        HttpResponse<String> rest = upload(
                "cut.mp4",
                Arrays.copyOfRange(bytes, 1_000_000, bytes.length),
                "Content-Range",
                "bytes 1000000-2999999/3000000");
        assertThat(rest.statusCode()).isEqualTo(201);
        assertThat(Files.readAllBytes(media.resolve("cut.mp4"))).isEqualTo(bytes);
        assertProblem(
                upload("cut.mp4", bytes),
                409,
                "media_conflict",
                "There is a file \"cut.mp4\" already: delete it first, or take another name.");
    }

    @Test
    void twoUploadsOfOneNameAtOnceAreRefused() throws Exception {
        try (Socket first = head("twice.mp4", "Content-Length: 100")) {
            first.getOutputStream().write(new byte[50]);
            first.getOutputStream().flush();
            Await.until("it is there", SOON, () -> received("twice.mp4") == 50);
            String sentence =
                    "\"twice.mp4\" is being uploaded by somebody else: wait for its end, or take another name.";
            assertProblem(upload("twice.mp4", new byte[100]), 409, "media_conflict", sentence);
            assertProblem(api.delete("/api/v1/media/twice.mp4"), 409, "media_conflict", sentence);
            first.getOutputStream().write(new byte[50]);
            first.getOutputStream().flush();
            assertThat(answer(first)).startsWith("HTTP/1.1 201");
        }
    }

    private static String answer(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                break;
            }
            head.append((char) next);
        }
        return head.toString();
    }

    @Test
    void aFileThatIsTooLargeIsRefused() throws Exception {
        try (Socket socket = head("large.mp4", "Content-Length: " + (LIMIT + 1))) {
            assertThat(answer(socket)).as("before a byte was sent").startsWith("HTTP/1.1 413");
        }
        HttpRequest.Builder chunked = HttpRequest.newBuilder(api.uri("/api/v1/media?name=large.mp4"))
                .POST(BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(new byte[LIMIT + 1])));
        assertThat(api.send(chunked).statusCode()).isEqualTo(413);
        assertThat(api.get("/api/v1/media/large.mp4").statusCode()).isEqualTo(404);
    }

    @Test
    void aClientThatAsksFirstIsToldFirst() throws Exception {
        try (Socket socket = head("large.mp4", "Content-Length: " + (LIMIT + 1) + "\r\nExpect: 100-continue")) {
            assertThat(answer(socket)).startsWith("HTTP/1.1 413");
        }
        try (Socket socket = head("asked.mp4", "Content-Length: 3\r\nExpect: 100-continue")) {
            assertThat(answer(socket)).startsWith("HTTP/1.1 100");
            socket.getOutputStream().write(new byte[3]);
            assertThat(answer(socket)).startsWith("HTTP/1.1 201");
        }
    }

    @Test
    void aBodyWithoutALengthIsTakenToItsEnd() throws Exception {
        byte[] bytes = random(300_000);
        HttpRequest.Builder chunked = HttpRequest.newBuilder(api.uri("/api/v1/media?name=chunked.ts"))
                .POST(BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(bytes)));
        assertThat(api.send(chunked).statusCode()).isEqualTo(201);
        assertThat(Files.readAllBytes(media.resolve("chunked.ts"))).isEqualTo(bytes);
    }

    @Test
    void refusesWhatIsNoUpload() {
        String wanted =
                "\"name\" must be a plain file name of at most 200 bytes, such as clip.mp4: letters, digits, blanks,"
                        + " dots, dashes, underscores and brackets, without a folder, and no dot at its beginning.";
        assertProblem(upload("..%2Fa.mp4", new byte[1]), 400, "invalid_value", wanted);
        assertProblem(upload(".a.mp4", new byte[1]), 400, "invalid_value", wanted);
        assertThat(api.get("/api/v1/media/..%2F..%2Fetc%2Fpasswd").statusCode()).isEqualTo(400);
        assertProblem(
                api.send(
                        HttpRequest.newBuilder(api.uri("/api/v1/media")).POST(BodyPublishers.ofByteArray(new byte[1]))),
                400,
                "missing_field",
                "\"name\" is missing: give it, for example \"clip.mp4\".");
        assertProblem(
                upload("a.mp4", new byte[5], "Content-Type", "multipart/form-data; boundary=x"),
                415,
                "unsupported_media_type",
                "The body must be the bytes of the file, not a form: curl --data-binary @clip.mp4 sends them so.");
        assertThat(upload("a.mp4", new byte[0]).statusCode()).isEqualTo(400);
        assertThat(api.get("/api/v1/media/a.mp4").statusCode()).isEqualTo(404);
    }

    @Test
    void listsAPageAtATime() {
        List<String> names = IntStream.range(0, 5).mapToObj(i -> "list-" + i).toList();
        names.forEach(
                name -> assertThat(upload(name, new byte[] {1}).statusCode()).isEqualTo(201));
        JsonObject first = api.getJson("/api/v1/media?limit=3&after=list-");
        assertThat(names(first)).containsExactly("list-0", "list-1", "list-2");
        assertThat(names(api.getJson("/api/v1/media?limit=3&after=" + first.getString("next"))))
                .startsWith("list-3", "list-4");
    }

    private static List<String> names(JsonObject page) {
        JsonArray files = page.getJsonArray("media");
        return files.stream().map(f -> ((JsonObject) f).getString("name")).toList();
    }
}
