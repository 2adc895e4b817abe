package dev.vap.runner.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaException;
import dev.vap.shared.config.Settings;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.testing.Await;
import dev.vap.testing.video.Login;
import dev.vap.testing.video.RtspFault;
import dev.vap.testing.video.RtspServer;
import dev.vap.testing.video.StreamSpec;
import dev.vap.testing.video.TestStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RTSP cameras as a runner opens them, over real sockets; the codecs and servers of others are tried by the peers' tests. */
class RtspSourceIT {

    private static final StreamSpec SPEC =
            StreamSpec.h264(320, 240).withRate(15).withKeyEvery(15, 60);
    private static final TestStream STREAM = TestStream.of(SPEC);

    private static final Map<String, String> PATIENT =
            Map.of("SOURCE_CONNECT_TIMEOUT", "20s", "SOURCE_FIRST_FRAME_TIMEOUT", "20s");

    /** For what can only end by a deadline. */
    private static final Map<String, String> SHORT =
            Map.of("SOURCE_CONNECT_TIMEOUT", "3s", "SOURCE_FIRST_FRAME_TIMEOUT", "3s", "SOURCE_SILENCE_TIMEOUT", "1s");

    private static FrameSource open(String url, ScenarioOptions options, Map<String, String> settings) {
        SourceConnector connector =
                new SourceConnector(SourceConfig.from(Settings.of(settings)), (h, d, c) -> {}, null, null, null);
        SourceSpec spec = new SourceSpec(SourceUrl.parse(url), options, true, 0, 0, 0, 0);
        return connector.open(spec, new Cancellation());
    }

    private static ScenarioOptions over(String transport) {
        return ScenarioOptions.builder().rtspTransport(transport).build();
    }

    private static MediaException failure(RtspServer camera, Map<String, String> settings) {
        return failure(camera.url(), ScenarioOptions.DEFAULTS, settings);
    }

    /** Of opening, or of the first frame. */
    private static MediaException failure(String url, ScenarioOptions options, Map<String, String> settings) {
        return catchThrowableOfType(MediaException.class, () -> {
            try (FrameSource source = open(url, options, settings)) {
                source.next();
            }
        });
    }

    private static void assertReads(String url, ScenarioOptions options, int frames) {
        try (FrameSource source = open(url, options, PATIENT)) {
            for (int i = 0; i < frames; i++) {
                assertThat(source.next()).isTrue();
            }
            assertThat(source.width()).isEqualTo(320);
            assertThat(source.height()).isEqualTo(240);
            assertThat(source.bgr().remaining()).isEqualTo(320 * 240 * 3);
            assertThat(source.info().live()).isTrue();
            assertThat(source.frameNumber()).isGreaterThanOrEqualTo(frames - 1L);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "udp"})
    void readsOverEachTransport(String transport) {
        try (RtspServer camera = RtspServer.start(STREAM)) {
            assertReads(camera.url(), over(transport), 20);
            assertThat(camera.connections()).isEqualTo(1);
            Await.until("it said goodbye", Duration.ofSeconds(10), () -> camera.requests("TEARDOWN") == 1);
        }
    }

    @Test
    void readsMotionJpeg() {
        try (RtspServer camera = RtspServer.start(TestStream.mjpeg(320, 240))) {
            assertReads(camera.url(), ScenarioOptions.DEFAULTS, 10);
        }
    }

    @Test
    void readsOverIpv6AndTls() {
        try (RtspServer camera = RtspServer.of(STREAM).ipv6().start()) {
            assertReads(camera.url6(), ScenarioOptions.DEFAULTS, 5);
        }
        try (RtspServer camera = RtspServer.of(STREAM).tls().start()) {
            assertReads(camera.url(), ScenarioOptions.DEFAULTS, 5);
            ScenarioOptions verified = ScenarioOptions.builder().tlsVerify(true).build();
            assertThat(failure(camera.url(), verified, PATIENT).fault()).isEqualTo(SourceFault.TLS);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Login.Scheme.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    @Execution(ExecutionMode.CONCURRENT)
    void logsIn(Login.Scheme scheme) {
        String algorithm = scheme == Login.Scheme.BASIC ? "" : "MD5";
        Login login = new Login(scheme, "admin", "s3cret:@/ %", algorithm);
        try (RtspServer camera = RtspServer.of(STREAM).login(login).start()) {
            assertReads(camera.url("admin", "s3cret%3A%40%2F%20%25"), ScenarioOptions.DEFAULTS, 5);
            // As people paste it: what only URLs mind is not encoded.
            assertReads(camera.url("admin", "s3cret:@%2F%20%25"), ScenarioOptions.DEFAULTS, 2);
            MediaException wrong = failure(camera.url("admin", "hunter2"), ScenarioOptions.DEFAULTS, PATIENT);
            assertThat(wrong.fault()).isEqualTo(SourceFault.UNAUTHORIZED);
            assertThat(wrong)
                    .hasMessageContaining("refuses the user name and password")
                    .hasMessageNotContaining("hunter2");
            MediaException none = failure(camera, PATIENT);
            assertThat(none.fault()).isEqualTo(SourceFault.UNAUTHORIZED);
            assertThat(none).hasMessageContaining("wants a user name and a password");
        }
    }

    @Test
    void takesUdpWhereTcpIsRefusedUnlessToldOtherwise() {
        try (RtspServer camera =
                RtspServer.of(STREAM).refusing(RtspServer.Transport.TCP).start()) {
            assertReads(camera.url(), ScenarioOptions.DEFAULTS, 5);
            MediaException refused = failure(camera.url(), over("tcp"), PATIENT);
            assertThat(refused.fault()).isEqualTo(SourceFault.UNSUPPORTED_TRANSPORT);
            assertThat(refused).hasMessageContaining("set options.rtsp_transport to udp");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "NOT_FOUND, NOT_FOUND",
        "UNAVAILABLE, IO",
        "NO_VIDEO, NO_VIDEO_STREAM",
        "SILENT, TIMEOUT",
        "SILENT_AFTER_DESCRIBE, TIMEOUT",
        "DRIP, TIMEOUT",
        "FREEZE, TIMEOUT",
        "EMPTY_FRAMES, TIMEOUT",
        "REDIRECT, NOT_ALLOWED"
    })
    @Execution(ExecutionMode.CONCURRENT)
    void saysWhatIsWrong(RtspFault wrong, SourceFault expected) {
        try (RtspServer camera = RtspServer.start(STREAM)) {
            camera.begin(wrong);
            MediaException failure = failure(camera, SHORT);
            assertThat(failure.fault()).as(failure.getMessage()).isEqualTo(expected);
            assertThat(camera.connections()).isLessThan(8);
            Await.until("it has hung up", Duration.ofSeconds(10), () -> camera.openConnections() == 0);
        }
    }

    @Test
    void survivesAHugeDescriptionAndAnUnknownCodec() {
        try (RtspServer camera = RtspServer.start(STREAM)) {
            // Whether 64 MiB arrive in time is a matter of the network; afterwards the camera can be read.
            camera.begin(RtspFault.HUGE_SDP);
            MediaException huge = failure(camera, SHORT);
            assertThat(huge == null ? SourceFault.TIMEOUT : huge.fault()).isNotEqualTo(SourceFault.INTERRUPTED);
            camera.endFaults();
            assertReads(camera.url(), ScenarioOptions.DEFAULTS, 3);
            camera.begin(RtspFault.UNKNOWN_CODEC);
            assertThat(failure(camera, SHORT).fault())
                    .isIn(SourceFault.UNSUPPORTED_CODEC, SourceFault.NO_VIDEO_STREAM, SourceFault.TIMEOUT);
        }
    }

    @Test
    void saysThatNothingListens() {
        RtspServer camera = RtspServer.start(STREAM);
        String url = camera.url();
        camera.close();
        MediaException refused = failure(url, ScenarioOptions.DEFAULTS, PATIENT);
        assertThat(refused.fault()).isEqualTo(SourceFault.REFUSED);
    }

    @Test
    void followsARedirectWithTheLoginToTheSameHostOnly() {
        Login login = Login.digest("admin", "secret");
        try (RtspServer old = RtspServer.start(STREAM);
                RtspServer moved = RtspServer.of(STREAM).login(login).start()) {
            old.begin(RtspFault.REDIRECT);
            old.redirectTo(moved.url());
            assertReads(old.url("admin", "secret"), ScenarioOptions.DEFAULTS, 3);
            assertThat(old.connections()).isEqualTo(1);
            old.redirectTo(moved.url().replace("127.0.0.1", "localhost"));
            assertThat(failure(old.url("admin", "secret"), ScenarioOptions.DEFAULTS, PATIENT)
                            .fault())
                    .isEqualTo(SourceFault.UNAUTHORIZED);
            for (String elsewhere : List.of("http://127.0.0.1:1/x", "file:///etc/passwd", "udp://127.0.0.1:9")) {
                old.redirectTo(elsewhere);
                assertThat(failure(old.url(), ScenarioOptions.DEFAULTS, PATIENT).fault())
                        .as(elsewhere)
                        .isEqualTo(SourceFault.NOT_ALLOWED);
            }
        }
    }

    @Test
    void endsWhenTheCameraGoes() {
        try (RtspServer camera = RtspServer.start(STREAM);
                FrameSource source = open(camera.url(), ScenarioOptions.DEFAULTS, PATIENT)) {
            assertThat(source.next()).isTrue();
            camera.closeConnections();
            while (source.next()) {
                assertThat(source.frameNumber()).isLessThan(200);
            }
        }
    }

    @Test
    void noticesSilence() {
        try (RtspServer camera = RtspServer.start(STREAM);
                FrameSource source = open(camera.url(), ScenarioOptions.DEFAULTS, SHORT)) {
            assertThat(source.next()).isTrue();
            camera.begin(RtspFault.FREEZE);
            MediaException silent = catchThrowableOfType(MediaException.class, () -> {
                while (source.next()) {
                    assertThat(source.frameNumber()).isLessThan(200);
                }
            });
            assertThat(silent.fault()).isEqualTo(SourceFault.TIMEOUT);
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void readsOnThroughDamageAndChangesOfSize() {
        try (RtspServer camera = RtspServer.start(STREAM);
                FrameSource source = open(camera.url(), ScenarioOptions.DEFAULTS, PATIENT)) {
            camera.begin(RtspFault.CORRUPT);
            for (int i = 0; i < 30; i++) {
                assertThat(source.next()).isTrue();
            }
            camera.endFaults();
            camera.begin(RtspFault.DROP);
            for (int i = 0; i < 30; i++) {
                assertThat(source.next()).isTrue();
            }
            camera.endFaults();
            camera.stream(TestStream.of(StreamSpec.h264(640, 360).withRate(15).withKeyEvery(15, 60)));
            do {
                assertThat(source.next()).isTrue();
                assertThat(source.bgr().remaining()).isEqualTo(source.width() * source.height() * 3);
                assertThat(source.frameNumber()).isLessThan(600);
            } while (source.width() != 640);
            assertThat(source.height()).isEqualTo(360);
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void takesTheCamerasTimeUnlessItIsYearsOff() {
        try (RtspServer camera = RtspServer.start(STREAM)) {
            assertThat(clockAfterFrames(camera)).isEqualTo("rtcp");
            camera.wallClock(Duration.ofDays(-3_650));
            assertThat(clockAfterFrames(camera)).isEqualTo("arrival");
        }
    }

    private static String clockAfterFrames(RtspServer camera) {
        try (FrameSource source = open(camera.url(), ScenarioOptions.DEFAULTS, PATIENT)) {
            for (int i = 0; i < 30; i++) {
                assertThat(source.next()).isTrue();
                assertThat(source.capturedAt(Instant.now()))
                        .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(6));
            }
            return source.details().clock();
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void catchesUpAfterAFreezeInsteadOfStayingLate() {
        try (RtspServer camera = RtspServer.start(STREAM);
                FrameSource source = open(camera.url(), ScenarioOptions.DEFAULTS, PATIENT)) {
            for (int i = 0; i < 5; i++) {
                assertThat(source.next()).isTrue();
            }
            camera.begin(RtspFault.HOLD);
            long held = System.nanoTime();
            Await.until("it held frames back", Duration.ofSeconds(20), () -> System.nanoTime() - held > 4_000_000_000L);
            camera.endFaults();
            long latest = 0;
            do {
                assertThat(source.next()).isTrue();
                latest = Math.max(latest, source.latenessNanos());
                assertThat(source.frameNumber()).isLessThan(200);
            } while (source.drops().late() == 0 || source.latenessNanos() > 500_000_000L);
            assertThat(latest).isGreaterThan(1_000_000_000L);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = RtspFault.class,
            names = {"SILENT", "SILENT_AFTER_DESCRIBE", "FREEZE", "DRIP"})
    @Execution(ExecutionMode.CONCURRENT)
    void stopsAtOnceWhateverTheCameraDoes(RtspFault wrong) throws Exception {
        try (RtspServer camera = RtspServer.start(STREAM)) {
            camera.begin(wrong);
            SourceConnector connector =
                    new SourceConnector(SourceConfig.from(Settings.of(Map.of())), (h, d, c) -> {}, null, null, null);
            Cancellation cancellation = new Cancellation();
            CompletableFuture<MediaException> ended = new CompletableFuture<>();
            Thread reader = new Thread(() -> ended.complete(catchThrowableOfType(MediaException.class, () -> {
                SourceSpec spec =
                        new SourceSpec(SourceUrl.parse(camera.url()), ScenarioOptions.DEFAULTS, true, 0, 0, 0, 0);
                try (FrameSource source = connector.open(spec, cancellation)) {
                    source.next();
                }
            })));
            reader.start();
            Await.until("connected", Duration.ofSeconds(20), () -> camera.connections() > 0);
            cancellation.cancel();
            assertThat(ended.get(9, TimeUnit.SECONDS).fault()).isEqualTo(SourceFault.INTERRUPTED);
        }
    }
}
