package dev.vap.standalone.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.vap.standalone.client.FakeApi;
import dev.vap.standalone.terminal.Streams;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MediaCommandTest {

    @TempDir
    Path folder;

    private final Streams streams = new Streams();
    private final byte[] bytes = new byte[700_000];
    private Path clip;

    /** What the API has of the file; a request takes at most {@code cutAfter} bytes, then the connection breaks. */
    private final ByteArrayOutputStream there = new ByteArrayOutputStream();

    private int cutAfter = Integer.MAX_VALUE;
    private String begun = "700000";
    private boolean complete;

    @BeforeEach
    void makeClip() throws IOException {
        new Random(1).nextBytes(bytes);
        clip = Files.write(folder.resolve("a clip.mp4"), bytes);
    }

    private int run(FakeApi api, String... args) {
        return CommandLines.run(streams.console(false, true, 100), Map.of("VAP_URL", api.url()), args);
    }

    private void serve(HttpExchange exchange) throws IOException {
        if (exchange.getRequestMethod().equals("GET")) {
            if (there.size() == 0 && !complete) {
                FakeApi.answer(exchange, 404, "{\"detail\":\"There is no such file.\",\"code\":\"media_not_found\"}");
            } else {
                FakeApi.answer(exchange, 200, state());
            }
            return;
        }
        String range = exchange.getRequestHeaders().getFirst("Content-Range");
        assertThat(range).isEqualTo("bytes " + there.size() + "-" + (bytes.length - 1) + "/" + bytes.length);
        byte[] part = exchange.getRequestBody().readNBytes(cutAfter);
        there.writeBytes(part);
        if (there.size() < bytes.length) {
            exchange.close();
            return;
        }
        complete = true;
        FakeApi.answer(exchange, 201, state());
    }

    private String state() {
        return new JsonObject()
                .put("name", "a clip.mp4")
                .put("size", Long.valueOf(begun))
                .put("received", there.size())
                .put("complete", complete)
                .put("camera_url", "a clip.mp4")
                .encode();
    }

    @Test
    void uploadsAFile() throws Exception {
        try (FakeApi api = new FakeApi(this::serve)) {
            assertThat(run(api, "media", "upload", clip.toString())).isZero();
            assertThat(api.requests())
                    .containsExactly("GET /api/v1/media/a%20clip.mp4", "POST /api/v1/media?name=a%20clip.mp4");
        }
        assertThat(there.toByteArray()).isEqualTo(bytes);
        assertThat(streams.out().strip()).isEqualTo("uploaded: `vap scenario create 'a clip.mp4'` analyses it");
    }

    @Test
    void goesOnWhereItWasCutOff() throws Exception {
        cutAfter = 300_000;
        try (FakeApi api = new FakeApi(this::serve)) {
            assertThat(run(api, "media", "upload", clip.toString())).isZero();
            assertThat(api.requests().stream().filter(r -> r.startsWith("POST")).count())
                    .isEqualTo(3);
        }
        assertThat(there.toByteArray()).isEqualTo(bytes);
        assertThat(streams.err()).contains("Trying again ...");
    }

    @Test
    void goesOnAfterAnotherStart() throws Exception {
        there.write(bytes, 0, 500_000);
        try (FakeApi api = new FakeApi(this::serve)) {
            assertThat(run(api, "media", "upload", clip.toString())).isZero();
        }
        assertThat(there.toByteArray()).isEqualTo(bytes);
    }

    @Test
    void refusesAnotherFileUnderTheName() throws Exception {
        there.write(bytes, 0, 500_000);
        begun = "900000";
        try (FakeApi api = new FakeApi(this::serve)) {
            assertThat(run(api, "media", "upload", clip.toString())).isEqualTo(1);
            complete = true;
            assertThat(run(api, "media", "upload", clip.toString())).isEqualTo(1);
            assertThat(api.requests()).allMatch(r -> r.startsWith("GET"));
        }
        assertThat(streams.err())
                .contains("An upload of \"a clip.mp4\" was begun with a file of 900000 bytes, and this one has 700000")
                .contains("There is a file \"a clip.mp4\" already");
    }

    @Test
    void refusesWhatIsNoFile() throws Exception {
        try (FakeApi api = new FakeApi(this::serve)) {
            assertThat(run(api, "media", "upload", folder.toString())).isEqualTo(1);
            assertThat(run(api, "media", "upload", folder.resolve("none").toString()))
                    .isEqualTo(1);
            Path empty = Files.createFile(folder.resolve("empty"));
            assertThat(run(api, "media", "upload", empty.toString())).isEqualTo(1);
            assertThat(api.requests()).isEmpty();
        }
        assertThat(streams.err())
                .contains(folder + " is no file: give a video file.")
                .contains("There is no file " + folder.resolve("none") + ": check the path.")
                .contains("empty is empty (0 bytes)");
    }

    @Test
    void aFullDiskIsToldAtOnce() throws Exception {
        try (FakeApi api = new FakeApi(exchange -> {
            boolean asked = exchange.getRequestMethod().equals("GET");
            exchange.getRequestBody().readAllBytes();
            FakeApi.answer(exchange, asked ? 404 : 507, "{\"detail\":\"The disk is full.\"}");
        })) {
            assertThat(run(api, "media", "upload", clip.toString())).isEqualTo(1);
            assertThat(api.requests()).hasSize(2);
        }
        assertThat(streams.err()).contains("vap: The disk is full.");
    }

    @Test
    void listsAllPagesAndDeletes() throws Exception {
        try (FakeApi api = new FakeApi(exchange -> {
            String target = exchange.getRequestURI().toString();
            if (exchange.getRequestMethod().equals("DELETE")) {
                FakeApi.answer(exchange, 204, "");
            } else if (target.contains("after=b")) {
                FakeApi.answer(
                        exchange,
                        200,
                        "{\"media\":[{\"name\":\"c\",\"size\":null,\"received\":3,\"complete\":false,"
                                + "\"modified\":\"2026-01-01T00:00:00Z\"}],\"next\":null}");
            } else {
                FakeApi.answer(
                        exchange,
                        200,
                        "{\"media\":[{\"name\":\"b\",\"size\":7,\"received\":7,\"complete\":true,"
                                + "\"modified\":\"2026-01-01T00:00:00Z\"}],\"next\":\"b\"}");
            }
        })) {
            assertThat(run(api, "media", "list")).isZero();
            assertThat(run(api, "media", "delete", "a b")).isZero();
            assertThat(api.requests())
                    .containsExactly("GET /api/v1/media", "GET /api/v1/media?after=b", "DELETE /api/v1/media/a%20b");
        }
        assertThat(streams.out().lines())
                .containsExactly(
                        "NAME  BYTES  RECEIVED  MODIFIED",
                        "b     7      all       2026-01-01T00:00:00Z",
                        "c     -      3         2026-01-01T00:00:00Z",
                        "a b: deleted");
    }
}
