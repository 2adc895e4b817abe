package dev.vap.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.embedded.EmbeddedServers;
import dev.vap.shared.config.Settings;
import dev.vap.standalone.client.ApiClient;
import dev.vap.standalone.command.CommandLines;
import dev.vap.standalone.demo.Clips;
import dev.vap.standalone.platform.Background;
import dev.vap.standalone.platform.Platform;
import dev.vap.standalone.terminal.FrameLine;
import dev.vap.standalone.terminal.Streams;
import dev.vap.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole platform with the servers it brings along, as {@code vap demo} and {@code vap up} run it. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class PlatformIT {

    private static final int FRAMES = 80;
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    @TempDir
    Path temporary;

    private final Streams streams = new Streams();

    private int vap(String... args) {
        return CommandLines.run(streams.console(false, 100), Map.of("LOG_LEVEL", "warn"), args);
    }

    private Settings settings(String dataDir, int port) {
        return Settings.of(Map.of(
                "DATA_DIR", temporary.resolve(dataDir).toString(),
                "HTTP_PORT", String.valueOf(port),
                "LOG_LEVEL", "warn"));
    }

    @Test
    void aDemoStoresAndShowsEveryFrameOnceAndTheNextRunStillHasThem() throws Exception {
        Path clip = Clips.drawn(temporary.resolve("clip.mp4"), FRAMES);
        Path output = temporary.resolve("out.jsonl");
        Path data = temporary.resolve("data");

        int code = vap(
                "demo",
                clip.toString(),
                "--model",
                "motion",
                "--exit-on-eof",
                "--port",
                "0",
                "--data-dir",
                data.toString(),
                "--output",
                output.toString());

        assertThat(code).as(streams.err()).isZero();
        assertThat(streams.out().lines().filter(l -> l.startsWith("frame "))).hasSize(FRAMES);
        assertThat(streams.out())
                .contains("Model: motion, as asked for.", "Console: http://127.0.0.1:", FRAMES + " frames in ");
        List<String> lines = Files.readAllLines(output);
        assertThat(lines).hasSize(FRAMES);
        for (int i = 0; i < FRAMES; i++) {
            assertThat(new JsonObject(lines.get(i)).getInteger("frame_number")).isEqualTo(i);
        }

        try (Platform platform = Platform.start(settings("data", 0), file -> false)) {
            ApiClient api = new ApiClient(platform.url());
            assertThat(api.scenario("1").reason()).isEqualTo("end of file");
            assertThat(api.predictions("1", -1, 1000).results().stream()
                            .map(FrameLine::json)
                            .map(JsonObject::new))
                    .isEqualTo(lines.stream().map(JsonObject::new).toList());
            assertThat(statuses(platform.url(), "1"))
                    .containsExactly(
                            "init_startup",
                            "in_startup_processing",
                            "active",
                            "init_shutdown",
                            "in_shutdown_processing",
                            "inactive");
            clientsWork(platform, clip);
            refusesWhatIsInUse(platform, clip, data);
        }
    }

    /** The same calls as those of a user, with a clip brought to the folder that the API may open. */
    private void clientsWork(Platform platform, Path clip) throws Exception {
        String[] url = {"--url", platform.url()};
        assertThat(vap(with(url, "media", "upload", clip.toString(), "--name", "mine.mp4")))
                .as(streams.err())
                .isZero();
        assertThat(platform.settings().mediaRoot().resolve("mine.mp4")).hasSameBinaryContentAs(clip);
        assertThat(vap(with(url, "media", "upload", clip.toString(), "--name", "mine.mp4")))
                .isEqualTo(1);
        assertThat(streams.err()).contains("There is a file \"mine.mp4\" already");

        assertThat(vap(with(url, "scenario", "create", "mine.mp4", "--model", "mock")))
                .as(streams.err())
                .isZero();
        ApiClient api = new ApiClient(platform.url());
        Await.until(
                "the second scenario's end", DEADLINE, () -> api.scenario("2").inactive());
        Await.until(
                "all of its results",
                DEADLINE,
                () -> api.predictions("2", -1, 1000).results().size() == FRAMES);
        assertThat(vap(with(url, "scenario", "list"))).isZero();
        assertThat(streams.out()).contains("2   inactive  mock").contains("1   inactive  motion");
        assertThat(vap(with(url, "predictions", "2", "--after", String.valueOf(FRAMES - 2))))
                .isZero();
        assertThat(streams.out()).contains("frame " + String.format("%5d", FRAMES - 1) + "  0:07.9");
        assertThat(vap(with(url, "scenario", "update", "2", "--fps", "3", "--realtime")))
                .as(streams.err())
                .isZero();
        assertThat(vap(with(url, "scenario", "show", "2"))).isZero();
        assertThat(streams.out()).contains("options       {\"fps\":3.0,\"realtime\":true}");
        assertThat(vap(with(url, "media", "delete", "mine.mp4"))).isZero();
        assertThat(vap(with(url, "scenario", "delete", "2"))).as(streams.err()).isZero();
        assertThat(vap(with(url, "scenario", "show", "2"))).isEqualTo(1);
        assertThat(vap(with(url, "scenario", "create", clip.toString()))).isEqualTo(1);
        assertThat(streams.err()).contains("outside the media root");
    }

    private void refusesWhatIsInUse(Platform platform, Path clip, Path data) {
        assertThat(vap("demo", clip.toString(), "--model", "mock", "--port", "0", "--data-dir", data.toString()))
                .isEqualTo(1);
        assertThat(streams.err()).contains("vap: The data directory " + data + " is in use by another run (process ");

        Path other = temporary.resolve("other");
        assertThat(vap("up", "--port", String.valueOf(platform.port()), "--data-dir", other.toString()))
                .isEqualTo(1);
        assertThat(streams.err())
                .contains(
                        "vap: Port " + platform.port() + " of 127.0.0.1 is taken by another program: stop that one, or"
                                + " choose another with --port (0 takes a free one).");
        assertThat(other).doesNotExist();
    }

    @Test
    void aDemoOnWhatIsNoVideoEndsWithOneAndTheReason() throws Exception {
        Path text = Files.writeString(temporary.resolve("clip.mp4"), "This is no video.\n".repeat(100));

        int code = vap(
                "demo",
                text.toString(),
                "--model",
                "mock",
                "--exit-on-eof",
                "--port",
                "0",
                "--data-dir",
                temporary.resolve("data").toString());

        assertThat(code).isEqualTo(1);
        assertThat(streams.err()).contains("vap: ").contains("not a video");
        assertThat(streams.out()).doesNotContain("frame ");
    }

    @Test
    void aStopDuringTheStartLeavesNothingBehind() throws Exception {
        Path data = temporary.resolve("data");
        Background<Platform> start =
                Background.start("start", () -> Platform.start(settings("data", 0), file -> false));
        Await.until("PostgreSQL's data", DEADLINE, () -> Files.isDirectory(data.resolve("postgres")));
        start.thread().interrupt();

        assertThatThrownBy(() -> start.await(DEADLINE))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(InterruptedException.class);
        EmbeddedServers.discard(data);
        assertThat(data).doesNotExist();
    }

    @Test
    void aTakenPortIsToldBeforeAnythingStarts() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> Platform.start(settings("data", socket.getLocalPort()), file -> false))
                    .isInstanceOf(CommandException.class)
                    .hasMessageContaining("is taken by another program");
        }
        assertThat(temporary.resolve("data")).doesNotExist();
    }

    private static List<String> statuses(String url, String id) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/api/v1/scenario/" + id + "/events"))
                .timeout(DEADLINE)
                .build();
        String body = HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
        JsonArray events = new JsonObject(body).getJsonArray("events");
        List<String> to = new java.util.ArrayList<>();
        events.forEach(e -> to.add(((JsonObject) e).getString("to")));
        if (to.get(0).equals("inactive")) {
            java.util.Collections.reverse(to);
        }
        return to;
    }

    private static String[] with(String[] last, String... first) {
        String[] all = java.util.Arrays.copyOf(first, first.length + last.length);
        System.arraycopy(last, 0, all, first.length, last.length);
        return all;
    }
}
