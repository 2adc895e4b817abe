package dev.vap.runner.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.Sources;
import dev.vap.shared.config.Settings;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.protocol.ProbeReport;
import dev.vap.shared.protocol.ProbeRequest;
import dev.vap.testing.Await;
import dev.vap.testing.video.Login;
import dev.vap.testing.video.RtspFault;
import dev.vap.testing.video.RtspServer;
import dev.vap.testing.video.StreamSpec;
import dev.vap.testing.video.TestStream;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a probe says of a camera, over RTSP. */
class CameraProbeIT {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final TestStream STREAM =
            TestStream.of(StreamSpec.h264(800, 448).withRate(15).withKeyEvery(15, 60));

    private final Sources sources = new Sources(Settings.of(Map.of()));
    private final Probes probes = new Probes(sources.connector(), "runner-1");

    @AfterEach
    void close() {
        probes.close();
        sources.close();
    }

    @Test
    void showsAPictureOfACameraThatWantsALogin() throws Exception {
        try (RtspServer camera =
                RtspServer.of(STREAM).login(Login.digest("admin", "right")).start()) {
            ProbeReport report = probe(camera.url("admin", "right"), true);
            assertThat(report.fault()).as(report.reason()).isNull();
            assertThat(report.live()).isTrue();
            assertThat(report.codec()).isEqualTo("h264");
            assertThat(report.width()).isEqualTo(800);
            assertThat(report.height()).isEqualTo(448);
            assertThat(report.fps()).isBetween(13.0, 17.0);
            assertThat(report.bitrate()).isPositive();
            assertThat(report.stream()).doesNotContain("right");
            BufferedImage picture =
                    ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(report.picture())));
            assertThat(picture.getWidth()).isEqualTo(640);
            assertThat(picture.getHeight()).isEqualTo(358);
            assertThat(Arrays.stream(picture.getRGB(0, 0, 640, 358, null, 0, 640))
                            .distinct()
                            .count())
                    .as("no plain area")
                    .isGreaterThan(100);
            Await.until("it has hung up", SOON, () -> camera.openConnections() == 0);
        }
    }

    @Test
    void hasNoPictureUnlessOneIsWantedAndCanBeMade() throws Exception {
        try (RtspServer camera = RtspServer.start(STREAM)) {
            assertThat(probe(camera.url(), false).picture()).isNull();
            camera.begin(RtspFault.SILENT_AFTER_DESCRIBE);
            ProbeReport silent = probes.probe(new ProbeRequest(camera.url(), ScenarioOptions.DEFAULTS, 1_500, true));
            assertThat(silent.fault()).isEqualTo(SourceFault.TIMEOUT);
            assertThat(silent.picture()).isNull();
            Await.until("it has hung up", SOON, () -> camera.openConnections() == 0);
        }
    }

    private ProbeReport probe(String url, boolean picture) {
        return probes.probe(new ProbeRequest(url, ScenarioOptions.DEFAULTS, SOON.toMillis(), picture));
    }
}
