package dev.vap.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.testing.Await;
import dev.vap.testing.ServiceProcess;
import dev.vap.testing.video.Login;
import dev.vap.testing.video.RtspFault;
import dev.vap.testing.video.RtspServer;
import dev.vap.testing.video.StreamSpec;
import dev.vap.testing.video.TestStream;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Real runners over cameras that refuse, go away, hang, and are analysed by a runner that dies. */
class LiveCameraIT {

    /** What a stop may take, whatever the camera does. */
    private static final Duration STOP = Duration.ofSeconds(10);

    private static final String WRONG = "0pen-sesame";
    private static final String RIGHT = "f1ddlesticks";

    private static final TestStream STREAM =
            TestStream.of(StreamSpec.h264(320, 240).withRate(15).withKeyEvery(15, 60));

    @RegisterExtension
    static final Cluster CLUSTER = Clusters.CAMERAS;

    @Test
    void aWrongPasswordIsToldAndMendedByAChange() throws Exception {
        CLUSTER.exactlyRunners(2);
        List<String> answers = new ArrayList<>();
        try (RtspServer camera =
                RtspServer.of(STREAM).login(Login.digest("admin", RIGHT)).start()) {
            String id = CLUSTER.api().create(camera.url("admin", WRONG), new JsonObject());
            double asked = CLUSTER.store().nowSeconds();
            JsonObject refused = awaitSource(id, "unauthorized", s -> "unauthorized".equals(s.getString("fault")));
            double told = CLUSTER.store().nowSeconds();
            answers.add(refused.encode());
            assertThat(refused.getString("status")).isEqualTo("in_startup_processing");
            JsonObject source = refused.getJsonObject("source");
            assertThat(source.getString("reason")).contains("refuses the user name and password");
            assertThat(source.getLong("retry_ms")).isPositive();
            assertThat(camera.authFailures()).isBetween(1, 2);

            Fault change = Fault.of(CLUSTER.store(), List.of(id));
            JsonObject body = new JsonObject().put("camera_url", camera.url("admin", RIGHT));
            answers.add(expect(200, "PATCH", "/api/v1/scenario/" + id, body));
            CLUSTER.api().awaitStatus(id, "active", Cluster.SOON);
            CLUSTER.awaitResults(List.of(id), 2);
            double mended = CLUSTER.store().nowSeconds();
            assertThat(change.epochsNow().get(id)).isGreaterThan(change.epochs().get(id));
            assertThat(camera.authFailures()).isLessThanOrEqualTo(2);
            JsonArray events = CLUSTER.api().events(id);
            assertThat(events.stream().map(e -> ((JsonObject) e).getString("reason")))
                    .contains("camera_url changed");
            Measured.print(
                    "wrong password: told %.2f s after the create, %d log-in; PATCH with the right one to the second"
                            + " prediction: %.2f s",
                    told - asked, camera.authFailures(), mended - told);

            answers.add(events.encode());
            for (String path : List.of(
                    "/api/v1/scenario/" + id,
                    "/api/v1/scenario",
                    "/api/v1/prediction/" + id,
                    "/api/v1/runners",
                    "/api/v1/cluster?sessions=true")) {
                answers.add(expect(200, "GET", path, null));
            }
            assertThat(answers).allSatisfy(LiveCameraIT::tellsNoSecret);
            for (Cluster.Slot slot : CLUSTER.slots()) {
                if (Files.exists(CLUSTER.log(slot.name()))) {
                    assertThat(Files.readAllLines(CLUSTER.log(slot.name())))
                            .as("log of " + slot.name())
                            .allSatisfy(LiveCameraIT::tellsNoSecret);
                }
            }
        }
    }

    private static void tellsNoSecret(String text) {
        assertThat(text).doesNotContain(WRONG, RIGHT).doesNotContainPattern("admin:(?!\\*\\*\\*@)");
    }

    @Test
    void aCameraThatGoesAndComesBackGoesOnUnderItsEpoch() throws Exception {
        CLUSTER.exactlyRunners(2);
        try (RtspServer camera = RtspServer.start(STREAM)) {
            String id = CLUSTER.api().create(camera.url(), new JsonObject());
            CLUSTER.api().awaitStatus(id, "active", Cluster.SOON);
            CLUSTER.awaitResults(List.of(id), 3);
            Fault fault = Fault.of(CLUSTER.store(), List.of(id));
            camera.refuse();
            camera.closeConnections();
            long gone = System.nanoTime();
            JsonObject away = awaitSource(
                    id,
                    "backing_off because it is refused",
                    s -> "backing_off".equals(s.getString("state")) && "refused".equals(s.getString("fault")));
            assertThat(away.getString("status")).isEqualTo("active");
            JsonObject source = away.getJsonObject("source");
            assertThat(source.getString("reason")).contains("nothing listens there");
            assertThat(source.getLong("retry_ms")).isNotNegative();
            assertThat(source.getInteger("attempts")).isPositive();
            // A time that belongs to the fault, not one to wait for something.
            Await.until(
                    "two seconds",
                    Cluster.SOON,
                    () -> System.nanoTime() - gone > Duration.ofSeconds(2).toNanos());
            long before = lastFrame(id);
            double back = CLUSTER.store().nowSeconds();
            camera.accept();
            Await.until("results after it came back", Cluster.SOON, () -> lastFrame(id) > before + 3);
            JsonObject again = awaitSource(id, "streaming", s -> "streaming".equals(s.getString("state")));
            Measured.print(
                    "camera away for %.1f s: frames again %.2f s after it came back, longest gap %s",
                    (System.nanoTime() - gone) / 1e9 - (CLUSTER.store().nowSeconds() - back),
                    CLUSTER.store().nowSeconds() - back,
                    Measured.spread(fault.gaps()));
            assertThat(again.getString("status")).isEqualTo("active");
            assertThat(again.getJsonObject("source").getString("fault")).isNull();
            CLUSTER.invariants().sameEpochs(fault);
            CLUSTER.invariants().oneOwner(List.of(id));
            CLUSTER.invariants().nothingLost(List.of(id), "active");
            JsonArray results = CLUSTER.api().get("/api/v1/prediction/" + id).getJsonArray("results");
            assertThat(results.stream().map(r -> ((JsonObject) r).getLong("frame_number")))
                    .isSorted()
                    .doesNotHaveDuplicates();
            assertThat(results).allSatisfy(r -> assertThat(((JsonObject) r).getLong("age_ms"))
                    .isBetween(0L, Cluster.SOON.toMillis()));
        }
    }

    @Test
    void aStopEndsWhateverTheCameraDoes() throws Exception {
        CLUSTER.exactlyRunners(2);
        try (RtspServer hanging = RtspServer.start(STREAM);
                RtspServer frozen = RtspServer.start(STREAM);
                RtspServer refusing = RtspServer.start(STREAM)) {
            hanging.begin(RtspFault.SILENT);
            Map<String, String> scenarios = new LinkedHashMap<>();
            scenarios.put("hangs", CLUSTER.api().create(hanging.url(), new JsonObject()));
            scenarios.put("is frozen", CLUSTER.api().create(frozen.url(), new JsonObject()));
            scenarios.put("refuses", CLUSTER.api().create(refusing.url(), new JsonObject()));
            CLUSTER.awaitStatus(List.of(scenarios.get("is frozen"), scenarios.get("refuses")), "active", Cluster.SOON);
            frozen.begin(RtspFault.FREEZE);
            refusing.refuse();
            refusing.closeConnections();
            awaitSource(scenarios.get("refuses"), "refused", s -> "refused".equals(s.getString("fault")));
            Await.until("the silent one is being called", Cluster.SOON, () -> hanging.openConnections() > 0);
            assertThat(frozen.openConnections()).isPositive();
            for (Map.Entry<String, String> scenario : scenarios.entrySet()) {
                String id = scenario.getValue();
                long asked = System.nanoTime();
                CLUSTER.api().stop(id);
                CLUSTER.api().awaitStatus(id, "inactive", STOP);
                Measured.print(
                        "stop while the camera %s: inactive after %.2f s",
                        scenario.getKey(), (System.nanoTime() - asked) / 1e9);
                assertThat(CLUSTER.store().row("SELECT status, reason FROM workers WHERE scenario_uuid = ?::uuid", id))
                        .as("the runner said itself that it has stopped, nobody had to give up waiting")
                        .isEqualTo(new JsonObject().put("status", "stopped").putNull("reason"));
                expect(204, "DELETE", "/api/v1/scenario/" + id, null);
                expect(404, "GET", "/api/v1/scenario/" + id, null);
            }
            for (RtspServer camera : List.of(hanging, frozen, refusing)) {
                Await.until("the runner has hung up", STOP, () -> camera.openConnections() == 0);
            }
        }
    }

    @Test
    void aCameraWhoseRunnerIsKilledIsWatchedByAnotherOne() throws Exception {
        CLUSTER.exactlyRunners(2);
        try (RtspServer camera = RtspServer.start(STREAM)) {
            String id = CLUSTER.api().create(camera.url(), new JsonObject());
            CLUSTER.awaitResults(List.of(id), 5);
            CLUSTER.api().awaitStatus(id, "active", Cluster.SOON);
            ServiceProcess runner = CLUSTER.process(CLUSTER.api().runnerOf(id));
            Fault fault = Fault.of(CLUSTER.store(), List.of(id));
            runner.kill();
            long before = lastFrame(id);
            Measured.print(
                    "kill -9 of a camera's runner: next prediction elsewhere after %s",
                    Measured.spread(fault.awaitElsewhere(Cluster.SOON)));
            Await.until("frame numbers grow", Cluster.SOON, () -> lastFrame(id) > before + 3);
            CLUSTER.api().awaitStatus(id, "active", Cluster.SOON);
            assertThat(CLUSTER.api().runnerOf(id)).isNotEqualTo(runner.name());
            assertThat(fault.epochsNow().get(id)).isEqualTo(fault.epochs().get(id) + 1);
            CLUSTER.invariants().oneOwner(List.of(id));
            CLUSTER.invariants().nothingLost(List.of(id), "active");
        }
    }

    @Test
    void picturesGoThroughTheClusterAndOnWithAnotherRunner() throws Exception {
        CLUSTER.exactlyRunners(2);
        try (RtspServer camera = RtspServer.start(STREAM)) {
            String id = CLUSTER.api().create(camera.url(), new JsonObject());
            CLUSTER.awaitResults(List.of(id), 2);
            try (MotionJpeg preview =
                    new MotionJpeg(CLUSTER.api().open("/api/v1/scenarios/" + id + "/preview.mjpeg"))) {
                MotionJpeg.Part shown = preview.after(-1, Cluster.SOON);
                assertThat(shown.picture().getWidth()).isEqualTo(STREAM.spec().width());
                assertThat(shown.picture().getHeight()).isEqualTo(STREAM.spec().height());
                for (int more = 0; more < 5; more++) {
                    shown = preview.after(shown.frame(), Cluster.SOON);
                }
                ServiceProcess runner = CLUSTER.process(CLUSTER.api().runnerOf(id));
                Fault fault = Fault.of(CLUSTER.store(), List.of(id));
                runner.kill();
                double killed = CLUSTER.store().nowSeconds();
                fault.awaitElsewhere(Cluster.SOON);
                preview.after(lastFrame(id), Cluster.SOON);
                Measured.print(
                        "kill -9 of a camera's runner: pictures again, to the same viewer, after %.2f s",
                        CLUSTER.store().nowSeconds() - killed);
            }
        }
    }

    @Test
    void aProbeTellsWhatACameraIsOrWhatIsWrongWithIt() throws Exception {
        CLUSTER.exactlyRunners(1);
        try (RtspServer camera = RtspServer.start(STREAM)) {
            JsonObject found = probe(camera.url());
            Measured.print("probe of a camera: %s", found.encode());
            assertThat(found.getBoolean("ok")).isTrue();
            assertThat(found.getString("codec")).isEqualTo("h264");
            assertThat(found.getInteger("width")).isEqualTo(320);
            assertThat(found.getInteger("height")).isEqualTo(240);
            assertThat(found.getDouble("fps")).isBetween(13.0, 17.0);
            assertThat(found.getLong("bitrate")).isPositive();
            assertThat(found.getLong("first_frame_ms")).isPositive();
            assertThat(found.getBoolean("live")).isTrue();
            assertThat(found.getString("picture_jpeg")).isNull();
            JsonObject shown =
                    probe(new JsonObject().put("camera_url", camera.url()).put("picture", true));
            assertThat(ImageIO.read(new ByteArrayInputStream(
                                    Base64.getDecoder().decode(shown.getString("picture_jpeg"))))
                            .getWidth())
                    .isEqualTo(320);

            camera.begin(RtspFault.NOT_FOUND);
            JsonObject missing = probe(camera.url());
            assertThat(missing.getBoolean("ok")).isFalse();
            assertThat(missing.getString("fault")).isEqualTo("not_found");
            JsonObject create = new JsonObject()
                    .put("camera_url", camera.url())
                    .put("model", "mock")
                    .put("probe", true);
            JsonObject problem = new JsonObject(expect(422, "POST", "/api/v1/scenario/init", create));
            assertThat(problem.getString("fault")).isEqualTo("not_found");
            assertThat(problem.getString("code")).isEqualTo("source_unusable");

            camera.refuse();
            JsonObject refused = probe(camera.url());
            assertThat(refused.getBoolean("ok")).isFalse();
            assertThat(refused.getString("fault")).isEqualTo("refused");
            assertThat(refused.getString("reason")).isNotBlank();
            Await.until("the runner has hung up", STOP, () -> camera.openConnections() == 0);
        }
    }

    @Test
    void anUploadIsAnalysedToItsEnd(@TempDir Path directory) throws Exception {
        CLUSTER.exactlyRunners(1);
        Path clip = STREAM.mp4(directory.resolve("clip.mp4"));
        JsonObject uploaded = CLUSTER.api().upload("uploaded.mp4", clip);
        assertThat(uploaded.getBoolean("complete")).isTrue();
        assertThat(uploaded.getLong("received")).isEqualTo(Files.size(clip));
        double asked = CLUSTER.store().nowSeconds();
        String id = CLUSTER.api().create(uploaded.getString("camera_url"), new JsonObject());
        CLUSTER.awaitStatus(List.of(id), "inactive", Cluster.SOON);
        CLUSTER.invariants().everyFrameOnce(List.of(id), STREAM.spec().frames());
        Measured.print(
                "an uploaded clip of %d frames: create to its end %.2f s",
                STREAM.spec().frames(), CLUSTER.store().nowSeconds() - asked);
    }

    /** Looks at a scenario until its source is as wanted. */
    private static JsonObject awaitSource(String id, String what, Predicate<JsonObject> wanted) {
        return Await.value(
                "source is " + what,
                Cluster.SOON,
                () -> CLUSTER.api().scenario(id),
                s -> s.getJsonObject("source") != null && wanted.test(s.getJsonObject("source")));
    }

    private static JsonObject probe(String url) throws IOException {
        return probe(new JsonObject().put("camera_url", url));
    }

    private static JsonObject probe(JsonObject wanted) throws IOException {
        return new JsonObject(expect(200, "POST", "/api/v1/probe", wanted));
    }

    /** The body of an answer that has this status. */
    private static String expect(int status, String method, String path, JsonObject body) throws IOException {
        HttpResponse<String> answer = CLUSTER.api()
                .send(method, path, body)
                .orElseThrow(() -> new IOException("No answer to " + method + " " + path));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return answer.body();
    }

    private static long lastFrame(String id) throws SQLException {
        return CLUSTER.store()
                .row("SELECT last_frame FROM result_cursors WHERE scenario_uuid = ?::uuid", id)
                .getLong("last_frame");
    }
}
