package dev.vap.runner.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.Deployments;
import dev.vap.runner.Sources;
import dev.vap.shared.config.Settings;
import dev.vap.shared.protocol.SessionReport.State;
import dev.vap.testing.Await;
import dev.vap.testing.video.BadServer;
import dev.vap.testing.video.HttpPage;
import dev.vap.testing.video.HttpVideoServer;
import dev.vap.testing.video.RtspFault;
import dev.vap.testing.video.RtspServer;
import dev.vap.testing.video.StreamSpec;
import dev.vap.testing.video.TestStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starts and stops sessions over good and broken sources by the hundreds: nothing may be left of them. */
class SessionLeakIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int SESSIONS = 500;
    private static final int WARM_UP = 60;
    private static final int AT_ONCE = 4;

    /** A leak of one decoder or one connection's buffers a session would take several times as much. */
    private static final long MEMORY_BOUND = 128L << 20;

    @TempDir
    Path folder;

    /** @param good whether frames come; others are stopped in the middle of whatever they are doing */
    private record Case(String url, boolean good) {}

    @Test
    void nothingIsLeftOfFiveHundredSessions() throws Exception {
        TestStream stream = TestStream.of(StreamSpec.h264(320, 240).withRate(15).withKeyEvery(5, 60));
        SessionHarness harness = new SessionHarness();
        harness.inference.up();
        harness.config = SessionConfig.from(Settings.of(Map.of("SOURCE_BACKOFF_MIN", "50ms")), 2);
        Path file = stream.mp4(folder.resolve("clip.mp4"));
        try (Sources sources = new Sources(Settings.of(Map.of("SOURCE_ATTEMPTS_PER_MINUTE", "100000")));
                RtspServer camera = RtspServer.start(stream);
                RtspServer frozen = RtspServer.start(stream);
                RtspServer audio = RtspServer.start(stream);
                HttpVideoServer web = HttpVideoServer.start(stream);
                BadServer silent = BadServer.start(BadServer.Manner.SILENT);
                BadServer noise = BadServer.start(BadServer.Manner.NOISE)) {
            frozen.begin(RtspFault.FREEZE);
            audio.begin(RtspFault.NO_VIDEO);
            List<Case> cases = List.of(
                    new Case(camera.url(), true),
                    new Case(frozen.url(), false),
                    new Case("file:" + file, true),
                    new Case("rtsp://127.0.0.1:" + silent.port() + "/x", false),
                    new Case(web.url(HttpPage.MJPEG), true),
                    new Case("http://127.0.0.1:" + noise.port() + "/x", false),
                    new Case(web.url(HttpPage.SNAPSHOT), true),
                    new Case(audio.url(), false),
                    new Case(web.url(HttpPage.HLS_LIVE), true),
                    new Case(web.url(HttpPage.NOT_FOUND), false),
                    new Case(web.url(HttpPage.CLIP), true),
                    new Case("rtsp://127.0.0.1:1/refused", false));
            run(harness, sources, cases, WARM_UP);
            int threads = Thread.activeCount();
            long descriptors = descriptors();
            long memory = Pointer.physicalBytes();
            run(harness, sources, cases, SESSIONS);
            System.out.printf(
                    "[measured] %d sessions: threads %d -> %d, descriptors %d -> %d, memory %d -> %d MB%n",
                    SESSIONS,
                    threads,
                    Thread.activeCount(),
                    descriptors,
                    descriptors(),
                    memory >> 20,
                    Pointer.physicalBytes() >> 20);
            assertThat(Pointer.physicalBytes() - memory).isLessThan(MEMORY_BOUND);
            // Connections that the HTTP client keeps for the next request come and go.
            assertThat(Thread.activeCount() - threads).isLessThan(8);
            assertThat(descriptors() - descriptors).isLessThan(24);
            Await.until(
                    "all have hung up",
                    SOON,
                    () -> camera.openConnections() + frozen.openConnections() + audio.openConnections() == 0);
        } finally {
            harness.close();
        }
    }

    private static void run(SessionHarness harness, Sources sources, List<Case> cases, int count) throws Exception {
        for (int i = 0; i < count; i += AT_ONCE) {
            Map<Session, Case> running = new LinkedHashMap<>();
            for (int k = i; k < i + AT_ONCE; k++) {
                Case one = cases.get(k % cases.size());
                running.put(harness.start(Deployments.of(one.url()).command(), sources.connector()), one);
            }
            for (Map.Entry<Session, Case> one : running.entrySet()) {
                if (one.getValue().good()) {
                    Session session = one.getKey();
                    Await.until(
                            "a result of " + one.getValue().url(),
                            SOON,
                            () -> harness.report(session).framesDone() > 0);
                }
            }
            for (Session session : running.keySet()) {
                harness.stop(session);
                assertThat(harness.outcome(session).state()).isIn(State.STOPPED, State.FINISHED, State.FAILED);
            }
        }
    }

    private static long descriptors() throws Exception {
        Path open = Path.of("/proc/self/fd");
        if (!Files.isDirectory(open)) {
            return 0;
        }
        try (Stream<Path> all = Files.list(open)) {
            return all.count();
        }
    }
}
