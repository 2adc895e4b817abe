package dev.vap.runner.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.Deployments;
import dev.vap.runner.Sources;
import dev.vap.shared.config.Settings;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.protocol.SessionReport.SourceReport;
import dev.vap.shared.protocol.SessionReport.State;
import dev.vap.testing.Await;
import dev.vap.testing.video.Login;
import dev.vap.testing.video.RtspFault;
import dev.vap.testing.video.RtspServer;
import dev.vap.testing.video.StreamSpec;
import dev.vap.testing.video.TestStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sessions over cameras that misbehave, by real sockets; only inference and Kafka are fakes. */
class CameraSessionIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final TestStream STREAM =
            TestStream.of(StreamSpec.h264(320, 240).withRate(15).withKeyEvery(15, 60));

    private SessionHarness harness;
    private Sources sources;

    @BeforeEach
    void open() throws Exception {
        harness = new SessionHarness();
        harness.inference.up();
        use(Map.of());
    }

    private void use(Map<String, String> settings) {
        if (sources != null) {
            sources.close();
        }
        Settings all = Settings.of(settings);
        sources = new Sources(all);
        harness.config = SessionConfig.from(all, 2);
        harness.attempts = sources::waitBeforeAttempt;
    }

    @AfterEach
    void close() throws Exception {
        harness.close();
        sources.close();
    }

    private Session start(String url) throws Exception {
        return harness.start(Deployments.of(url).command(), sources.connector());
    }

    private SourceReport source(Session session) throws Exception {
        return harness.report(session).source();
    }

    private void awaitState(Session session, String state) throws Exception {
        Await.until(state, SOON, () -> source(session).state().equals(state));
    }

    private long done(Session session) throws Exception {
        return harness.report(session).framesDone();
    }

    private void awaitMore(Session session, int frames) throws Exception {
        long before = done(session);
        Await.until("more results", SOON, () -> done(session) >= before + frames);
    }

    private void stopWithinTenSeconds(Session session) throws Exception {
        long asked = System.nanoTime();
        harness.stop(session);
        assertThat(harness.outcome(session).state()).isEqualTo(State.STOPPED);
        assertThat(System.nanoTime() - asked).isLessThan(Duration.ofSeconds(10).toNanos());
    }

    @Test
    void tellsHowTheCameraIs() throws Exception {
        try (RtspServer camera = RtspServer.start(STREAM)) {
            Session session = start(camera.url());
            awaitMore(session, 8);
            SessionReport report = harness.report(session);
            assertThat(report.state()).isEqualTo(State.RUNNING);
            SourceReport source = report.source();
            assertThat(source.state()).isEqualTo("streaming");
            assertThat(source.codec()).isEqualTo("h264");
            assertThat(source.width()).isEqualTo(320);
            assertThat(source.sourceFps()).isBetween(13.0, 17.0);
            assertThat(source.clock()).isIn("rtcp", "arrival");
            assertThat(source.frameAgeMillis()).isBetween(0L, 20_000L);
            assertThat(source.fault()).isNull();
            stopWithinTenSeconds(session);
            assertThat(harness.log.frames()).isSorted().doesNotHaveDuplicates();
            Await.until("it has hung up", SOON, () -> camera.openConnections() == 0);
        }
    }

    /** Three cameras side by side, since each of them takes its time. */
    @Test
    void bearsCamerasThatGoAndComeBack() throws Exception {
        try (RtspServer brief = RtspServer.start(STREAM);
                RtspServer absent = RtspServer.start(STREAM);
                RtspServer flapping = RtspServer.start(STREAM)) {
            Session one = start(brief.url());
            Session forty = start(absent.url());
            Session flaps = start(flapping.url());
            awaitMore(one, 3);
            awaitMore(forty, 3);
            awaitMore(flaps, 3);
            int connections = flapping.connections();
            absent.refuse();
            absent.closeConnections();
            brief.refuse();
            brief.closeConnections();
            flapping.flap(Duration.ofSeconds(2));
            long gone = System.nanoTime();

            awaitState(one, "backing_off");
            assertThat(harness.report(one).state()).isEqualTo(State.RUNNING);
            passes(gone, Duration.ofSeconds(1));
            brief.accept();
            awaitState(one, "streaming");
            awaitMore(one, 3);

            Await.until("the reason", SOON, () -> source(forty).fault() == SourceFault.REFUSED);
            SourceReport away = source(forty);
            assertThat(away.reason()).contains("nothing listens there");
            assertThat(away.attempts()).isPositive();
            passes(gone, Duration.ofSeconds(40));
            assertThat(source(forty).attempts()).isBetween(4, 9);
            absent.accept();
            awaitState(forty, "streaming");
            awaitMore(forty, 3);

            passes(gone, Duration.ofSeconds(60));
            // 30 times it went; without the pauses it would have been called 30 times and more.
            assertThat(flapping.connections() - connections).isBetween(2, 12);
            flapping.stopFlapping();
            flapping.accept();
            awaitMore(flaps, 3);
            stopWithinTenSeconds(one);
            stopWithinTenSeconds(forty);
            stopWithinTenSeconds(flaps);
        }
    }

    /** Waits for a time that belongs to the fault, not for something to have become true. */
    private static void passes(long since, Duration time) {
        Await.until("the time of the fault", time.plus(SOON), () -> System.nanoTime() - since >= time.toNanos());
    }

    @Test
    void triesWrongCredentialsRarelyAndTellsSo() throws Exception {
        use(Map.of("SOURCE_UNAUTHORIZED_PAUSE", "30s"));
        try (RtspServer camera =
                RtspServer.of(STREAM).login(Login.digest("admin", "right")).start()) {
            Session session = start(camera.url("admin", "wr0ng"));
            Await.until("refused", SOON, () -> source(session).fault() == SourceFault.UNAUTHORIZED);
            SourceReport refused = source(session);
            assertThat(refused.state()).isEqualTo("backing_off");
            assertThat(refused.retryMillis()).isBetween(1_000L, 30_000L);
            assertThat(refused.reason())
                    .contains("refuses the user name and password")
                    .doesNotContain("wr0ng");
            assertThat(camera.connections()).isEqualTo(1);
            stopWithinTenSeconds(session);
        }
    }

    @Test
    void connectsToAHostOnlySoOftenAMinute() throws Exception {
        use(Map.of("SOURCE_ATTEMPTS_PER_MINUTE", "3", "SOURCE_BACKOFF_MIN", "10ms", "SOURCE_BACKOFF_MAX", "20ms"));
        try (RtspServer camera = RtspServer.start(STREAM)) {
            camera.begin(RtspFault.UNAVAILABLE);
            Session session = start(camera.url());
            Await.until("held back", SOON, () -> {
                String reason = source(session).reason();
                return reason != null && reason.contains("SOURCE_ATTEMPTS_PER_MINUTE");
            });
            assertThat(camera.connections()).isEqualTo(3);
            assertThat(source(session).retryMillis()).isGreaterThan(10_000);
            stopWithinTenSeconds(session);
        }
    }

    @Test
    void givesUpOnWhatHasNoVideo() throws Exception {
        use(Map.of("SOURCE_BACKOFF_MIN", "10ms", "SOURCE_BACKOFF_MAX", "20ms"));
        try (RtspServer camera = RtspServer.start(STREAM)) {
            camera.begin(RtspFault.NO_VIDEO);
            Session session = start(camera.url());
            SessionOutcome outcome = harness.outcome(session);
            assertThat(outcome.state()).isEqualTo(State.FAILED);
            assertThat(outcome.retryable()).isFalse();
            assertThat(outcome.reason())
                    .startsWith("gave up after 3 attempts: ")
                    .contains("has no video stream");
        }
    }

    /** Another rate and other thresholds, from frame to frame of the same connection. */
    @Test
    void takesOtherOptionsWithoutHangingUp() throws Exception {
        List<InferenceRequest> asked = new CopyOnWriteArrayList<>();
        harness.inference.script(request -> {
            asked.add(request);
            return FakeInference.Answer.OK;
        });
        ScenarioOptions every = ScenarioOptions.builder().fps(0.0).build();
        try (RtspServer camera = RtspServer.start(STREAM)) {
            Session session = harness.start(
                    Deployments.of(camera.url()).withOptions(every).command(), sources.connector());
            Await.until("every frame", SOON, () -> lastSteps(5).stream().allMatch(step -> step == 1));
            assertThat(asked.get(0).minConfidence()).isNaN();

            change(session, every.toBuilder().fps(3.0).confidence(0.7).build());
            Await.until("three of fifteen a second", SOON, () -> lastSteps(5).stream()
                    .allMatch(step -> step == 5));
            assertThat(asked.get(asked.size() - 1).minConfidence()).isEqualTo(0.7f);

            change(session, every);
            Await.until("every frame again", SOON, () -> lastSteps(5).stream().allMatch(step -> step == 1));
            assertThat(asked.get(asked.size() - 1).minConfidence()).isNaN();
            assertThat(source(session).state()).isEqualTo("streaming");
            assertThat(camera.connections()).isEqualTo(1);
            stopWithinTenSeconds(session);
            assertThat(harness.log.frames()).isSorted().doesNotHaveDuplicates();
        }
    }

    private void change(Session session, ScenarioOptions options) throws Exception {
        harness.onContext(() -> {
            session.change(options);
            return null;
        });
    }

    /** From each of the newest frames with a result to the next one; fails while there are not as many. */
    private List<Long> lastSteps(int count) {
        List<Long> frames = harness.log.frames();
        assertThat(frames).hasSizeGreaterThan(count);
        return LongStream.range(frames.size() - count, frames.size())
                .map(i -> frames.get((int) i) - frames.get((int) i - 1))
                .boxed()
                .toList();
    }

    @Test
    void followsAChangeOfCodec() throws Exception {
        use(Map.of("SOURCE_SILENCE_TIMEOUT", "2s"));
        try (RtspServer camera = RtspServer.start(STREAM)) {
            Session session = start(camera.url());
            awaitMore(session, 3);
            camera.stream(TestStream.mjpeg(160, 120));
            camera.closeConnections();
            Await.until(
                    "the new codec", SOON, () -> "mjpeg".equals(source(session).codec()));
            awaitMore(session, 3);
            assertThat(source(session).width()).isEqualTo(160);
            stopWithinTenSeconds(session);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = RtspFault.class,
            names = {"SILENT", "SILENT_AFTER_DESCRIBE", "FREEZE", "DRIP", "REDIRECT", "NOT_FOUND", "CORRUPT"})
    void stopsInAnyMoment(RtspFault wrong) throws Exception {
        try (RtspServer camera = RtspServer.start(STREAM)) {
            camera.begin(wrong);
            Session session = start(camera.url());
            Await.until("connected", SOON, () -> camera.connections() > 0);
            stopWithinTenSeconds(session);
            Await.until("it has hung up", SOON, () -> camera.openConnections() == 0);
        }
    }
}
