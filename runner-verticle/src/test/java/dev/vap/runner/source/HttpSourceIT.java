package dev.vap.runner.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vap.runner.Sources;
import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaException;
import dev.vap.shared.config.Settings;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.testing.video.BadServer;
import dev.vap.testing.video.HttpPage;
import dev.vap.testing.video.HttpVideoServer;
import dev.vap.testing.video.Login;
import dev.vap.testing.video.StreamSpec;
import dev.vap.testing.video.TestStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What web servers and cameras send over HTTP, well and badly, as a runner opens it. */
class HttpSourceIT {

    private static final StreamSpec SPEC =
            StreamSpec.h264(320, 240).withRate(15).withKeyEvery(15, 60);
    private static final TestStream STREAM = TestStream.of(SPEC);

    /** For what can only end by a deadline. */
    private static final Map<String, String> SHORT =
            Map.of("SOURCE_CONNECT_TIMEOUT", "3s", "SOURCE_FIRST_FRAME_TIMEOUT", "3s", "SOURCE_SILENCE_TIMEOUT", "3s");

    private Sources sources = new Sources(Settings.of(Map.of("SOURCE_CONNECT_TIMEOUT", "20s")));

    private void use(Map<String, String> settings) {
        sources.close();
        sources = new Sources(Settings.of(settings));
    }

    @AfterEach
    void close() {
        sources.close();
    }

    private FrameSource open(String url) {
        return open(url, ScenarioOptions.DEFAULTS, 0);
    }

    private FrameSource open(String url, ScenarioOptions options, long startFrame) {
        return sources.connector()
                .open(new SourceSpec(SourceUrl.parse(url), options, true, 5, startFrame, 0, 0), new Cancellation());
    }

    /** Of opening, or of any frame. */
    private MediaException failure(String url) {
        return catchThrowableOfType(MediaException.class, () -> {
            try (FrameSource source = open(url)) {
                while (source.next()) {
                    assertThat(source.frameNumber()).isLessThan(1_000);
                }
            }
        });
    }

    private void assertReads(String url, int frames, boolean live) {
        try (FrameSource source = open(url)) {
            assertThat(source.info().live()).isEqualTo(live);
            for (int i = 0; i < frames; i++) {
                assertThat(source.next()).isTrue();
            }
            assertThat(source.width()).isEqualTo(320);
            assertThat(source.bgr().remaining()).isEqualTo(320 * 240 * 3);
            assertThat(source.details().clock()).isEqualTo(live ? "arrival" : null);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = HttpPage.class,
            names = {"MJPEG", "MJPEG_NO_LENGTH", "LIVE_TS", "SNAPSHOT", "HLS_LIVE", "NO_BOUNDARY"})
    @Execution(ExecutionMode.CONCURRENT)
    void readsLiveStreams(HttpPage page) {
        try (HttpVideoServer server = HttpVideoServer.start(STREAM)) {
            assertReads(server.url(page), page == HttpPage.SNAPSHOT || page == HttpPage.NO_BOUNDARY ? 4 : 20, true);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = HttpPage.class,
            names = {"CLIP", "CLIP_INDEX_LAST", "NO_RANGE", "HLS_VOD", "REDIRECT", "REDIRECT_CHAIN"})
    void readsEveryFrameOfARecording(HttpPage page) {
        try (HttpVideoServer server = HttpVideoServer.start(STREAM);
                FrameSource source = open(server.url(page))) {
            assertThat(source.info().live()).isFalse();
            long frames = 0;
            while (source.next()) {
                assertThat(source.frameNumber()).isEqualTo(frames);
                frames++;
            }
            assertThat(frames).isEqualTo(SPEC.frames());
        }
    }

    @Test
    void goesOnInARecordingWhereItWasLeft() {
        try (HttpVideoServer server = HttpVideoServer.start(STREAM);
                FrameSource source = open(server.url(HttpPage.CLIP), ScenarioOptions.DEFAULTS, 50)) {
            assertThat(source.next()).isTrue();
            assertThat(source.frameNumber()).isEqualTo(50);
        }
    }

    @Test
    void asksForPicturesAsOftenAsTheyAreWanted() {
        ScenarioOptions ten = ScenarioOptions.builder().fps(10.0).build();
        try (HttpVideoServer server = HttpVideoServer.start(STREAM);
                FrameSource source = open(server.url(HttpPage.SNAPSHOT), ten, 7)) {
            long before = -1;
            for (int i = 0; i < 5; i++) {
                assertThat(source.next()).isTrue();
                assertThat(source.frameNumber()).isEqualTo(7 + i);
                assertThat(source.ptsMillis()).isGreaterThan(before);
                before = source.ptsMillis();
            }
            assertThat(before).isGreaterThanOrEqualTo(390);
            assertThat(server.snapshots()).isEqualTo(5);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Login.Scheme.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    @Execution(ExecutionMode.CONCURRENT)
    void logsIn(Login.Scheme scheme) {
        // In small letters, as motion spells it.
        Login login = new Login(scheme, "admin", "secret", scheme == Login.Scheme.BASIC ? "" : "md5");
        try (HttpVideoServer server = HttpVideoServer.startTls(STREAM, login)) {
            for (HttpPage page : List.of(HttpPage.MJPEG, HttpPage.SNAPSHOT, HttpPage.HLS_LIVE, HttpPage.CLIP)) {
                assertReads(server.url(page, "admin", "secret"), 2, page != HttpPage.CLIP);
            }
            MediaException wrong = failure(server.url(HttpPage.MJPEG, "admin", "hunter2"));
            assertThat(wrong.fault()).isEqualTo(SourceFault.UNAUTHORIZED);
            assertThat(wrong).hasMessageNotContaining("hunter2");
            assertThat(failure(server.url(HttpPage.MJPEG)).fault()).isEqualTo(SourceFault.UNAUTHORIZED);
            assertThat(server.authFailures()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "NOT_FOUND, NOT_FOUND",
        "SERVER_ERROR, IO",
        "WEB_PAGE, NOT_A_VIDEO",
        "EMPTY, NOT_A_VIDEO",
        "LENGTH_TOO_LONG, IO",
        "CUT_CLIP, IO",
        "DRIP, TIMEOUT",
        "REDIRECT_LOOP, NOT_ALLOWED",
        "REDIRECT_LINK_LOCAL, NOT_ALLOWED",
        "REDIRECT_FILE, NOT_ALLOWED",
        "HLS_FILE, NOT_A_VIDEO",
        "HLS_SCHEME, NOT_A_VIDEO",
        "HLS_MISSING_PARTS, NOT_FOUND"
    })
    @Execution(ExecutionMode.CONCURRENT)
    void saysWhatIsWrong(HttpPage page, SourceFault expected) {
        use(SHORT);
        try (HttpVideoServer server = HttpVideoServer.start(STREAM)) {
            MediaException failure = failure(server.url(page));
            assertThat(failure).isNotNull();
            assertThat(failure.fault()).as(failure.getMessage()).isEqualTo(expected);
            assertThat(failure.getMessage()).endsWith(".").doesNotContain("root:");
            assertThat(server.connections()).isLessThan(12);
        }
    }

    @ParameterizedTest
    @EnumSource(BadServer.Manner.class)
    @Execution(ExecutionMode.CONCURRENT)
    void bearsServersThatMisbehaveFromTheFirstByte(BadServer.Manner manner) {
        use(SHORT);
        for (String scheme : List.of("http", "https", "rtsp", "rtsps", "rtmp")) {
            try (BadServer server = BadServer.start(manner)) {
                MediaException failure = failure(scheme + "://127.0.0.1:" + server.port() + "/stream");
                assertThat(failure).as(scheme).isNotNull();
                assertThat(failure.getMessage()).as(scheme).endsWith(".");
                assertThat(failure.fault()).as(scheme).isNotIn(SourceFault.INTERRUPTED, SourceFault.UNAUTHORIZED);
            }
        }
    }
}
