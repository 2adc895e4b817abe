package dev.vap.runner.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vap.runner.decode.MediaException;
import dev.vap.runner.source.FrameSource;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.SourceFault;
import dev.vap.testing.Await;
import dev.vap.testing.Ports;
import dev.vap.testing.video.StreamSpec;
import dev.vap.testing.video.TestCertificate;
import dev.vap.testing.video.TestStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** GStreamer's RTSP server, VLC's, and one of npm. */
@Tag("peers")
@Timeout(180)
class RtspPeersIT {
    @TempDir
    static Path folder;

    private static PeerSources patient;
    private static PeerSources watchful;

    @BeforeAll
    static void open() {
        patient = PeerSources.patient();
        watchful = PeerSources.watchful();
    }

    @AfterAll
    static void close() {
        patient.close();
        watchful.close();
    }

    private static Peer gstreamer(int port, Path clip, String... options) {
        Peers.needsGstreamer();
        String[] arguments = new String[options.length + 3];
        arguments[0] = "--port";
        arguments[1] = Integer.toString(port);
        arguments[2] = "/cam=" + clip;
        System.arraycopy(options, 0, arguments, 3, options.length);
        return Peer.start("rtsp-gst.py", arguments);
    }

    @Test
    void gstreamerSendsEveryCodecOverEachTransport() {
        Peers.needsGstreamer();
        Path clip = Peers.clip(folder);
        Path h265 = Peers.converted(
                folder, "h265.mp4", "-c:v", "libx265", "-preset", "ultrafast", "-g", "15", "-tag:v", "hvc1");
        Path mjpeg = Peers.converted(folder, "mjpeg.avi", "-c:v", "mjpeg", "-q:v", "6");
        int port = Ports.take();
        String url = "rtsp://127.0.0.1:" + port;
        try (Peer peer = gstreamer(port, clip, "/h265=" + h265, "/mjpeg=" + mjpeg, "--audio")) {
            for (String transport : new String[] {"tcp", "udp"}) {
                ScenarioOptions options = PeerSources.over(transport);
                patient.assertReads(url + "/cam", options, "h264", 30);
                patient.assertReads(url + "/h265", options, "hevc", 30);
                patient.assertReads(url + "/mjpeg", options, "mjpeg", 30);
            }
            patient.assertFails(url + "/none", SourceFault.NOT_FOUND);
            assertThat(peer.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"basic", "digest", "both"})
    void gstreamerWantsALogin(String scheme) {
        int port = Ports.take();
        Path clip = Peers.clip(folder);
        try (Peer peer = gstreamer(port, clip, "--auth", scheme)) {
            patient.assertReads("rtsp://admin:secret@127.0.0.1:" + port + "/cam", "h264");
            patient.assertFails("rtsp://admin:hunter2@127.0.0.1:" + port + "/cam", SourceFault.UNAUTHORIZED);
            patient.assertFails("rtsp://127.0.0.1:" + port + "/cam", SourceFault.UNAUTHORIZED);
            assertThat(peer.isAlive()).isTrue();
        }
    }

    @Test
    void gstreamerOverTls() {
        int port = Ports.take();
        String pem = TestCertificate.get().pem(folder.resolve("tls.pem")).toString();
        try (Peer peer = gstreamer(port, Peers.clip(folder), "--tls", pem)) {
            patient.assertReads("rtsps://127.0.0.1:" + port + "/cam", "h264");
            assertThat(peer.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"tcp, udp", "udp, tcp"})
    void gstreamerRefusesATransport(String offered, String refused) {
        int port = Ports.take();
        String url = "rtsp://127.0.0.1:" + port + "/cam";
        try (Peer peer = gstreamer(port, Peers.clip(folder), "--transport", offered)) {
            patient.assertReads(url, "h264");
            patient.assertFails(url, PeerSources.over(refused), SourceFault.UNSUPPORTED_TRANSPORT);
            assertThat(peer.isAlive()).isTrue();
        }
    }

    @Test
    void gstreamerStalls() {
        int port = Ports.take();
        try (Peer peer = gstreamer(port, Peers.clip(folder), "--stall-after", "6");
                FrameSource source = watchful.open("rtsp://127.0.0.1:" + port + "/cam", ScenarioOptions.DEFAULTS)) {
            assertThat(source.next()).isTrue();
            MediaException silence = catchThrowableOfType(MediaException.class, () -> readOn(source));
            assertThat(silence).isNotNull();
            assertThat(silence.fault()).as(silence.getMessage()).isEqualTo(SourceFault.TIMEOUT);
            assertThat(peer.isAlive()).isTrue();
        }
    }

    @Test
    void gstreamerDies() {
        int port = Ports.take();
        String url = "rtsp://127.0.0.1:" + port + "/cam";
        try (Peer peer = gstreamer(port, Peers.clip(folder), "--die-after", "6");
                FrameSource source = watchful.open(url, ScenarioOptions.DEFAULTS)) {
            assertThat(source.next()).isTrue();
            MediaException end = catchThrowableOfType(MediaException.class, () -> readOn(source));
            if (end != null) {
                assertThat(end.fault())
                        .as(end.getMessage())
                        .isIn(SourceFault.IO, SourceFault.ENDED, SourceFault.TIMEOUT);
            }
            watchful.assertFails(url, SourceFault.REFUSED);
            // Its port closes a moment before it is gone.
            Await.until("it has died", Duration.ofSeconds(10), () -> !peer.isAlive());
        }
    }

    /** Until the end; fails if there is none. */
    private static void readOn(FrameSource source) {
        for (int i = 0; i < 1_000; i++) {
            if (!source.next()) {
                return;
            }
        }
        throw new AssertionError("it goes on and on");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "udp"})
    void gstreamerLosesPackets(String transport) {
        int port = Ports.take();
        String url = "rtsp://127.0.0.1:" + port + "/cam";
        try (Peer peer = gstreamer(port, Peers.clip(folder), "--lose", "0.05")) {
            patient.assertReads(url, PeerSources.over(transport), "h264", 60);
            assertThat(peer.isAlive()).isTrue();
        }
    }

    @Test
    void gstreamerChangesSizeInMidStream() {
        Path small = TestStream.of(StreamSpec.h264(320, 240).withRate(15).withKeyEvery(15, 30))
                .mp4(folder.resolve("small.mp4"));
        int port = Ports.take();
        Path shorter = Peers.converted(folder, "shorter.mp4", "-t", "2", "-c:v", "copy");
        try (Peer peer = gstreamer(port, Path.of(shorter + "," + small));
                FrameSource source = patient.open("rtsp://127.0.0.1:" + port + "/cam", ScenarioOptions.DEFAULTS)) {
            Set<Integer> widths = new HashSet<>();
            for (int i = 0; i < 150 && widths.size() < 2; i++) {
                assertThat(source.next()).isTrue();
                assertThat(source.bgr().remaining()).isEqualTo(source.width() * source.height() * 3);
                widths.add(source.width());
            }
            assertThat(widths).containsExactlyInAnyOrder(Peers.WIDTH, 320);
            assertThat(peer.isAlive()).isTrue();
        }
    }

    @Test
    void vlcKnowsUdpOnly() {
        Peers.needs("cvlc", "setpriv");
        int port = Ports.take();
        String url = "rtsp://127.0.0.1:" + port + "/cam";
        Path clip = Peers.clip(folder);
        try (Peer peer = Peer.start("vlc-source.sh", "rtsp", clip.toString(), "--port", Integer.toString(port))) {
            patient.assertReads(url, "h264");
            patient.assertFails(url, PeerSources.over("tcp"), SourceFault.UNSUPPORTED_TRANSPORT);
            assertThat(peer.isAlive()).isTrue();
        }
    }

    @Test
    void npmRelayKnowsUdpAndBasicOnly() {
        Peers.needs("ffmpeg");
        String port = Integer.toString(Ports.take());
        String[] arguments = {
            "--modules",
            Peers.npm().toString(),
            "--mount",
            "cam=" + Peers.clip(folder),
            "--port",
            port,
            "--user",
            "admin",
            "--password",
            "secret"
        };
        try (Peer peer = Peer.start("rtsp-npm.js", arguments)) {
            patient.assertReads("rtsp://admin:secret@127.0.0.1:" + port + "/cam", "h264");
            patient.assertFails("rtsp://admin:hunter2@127.0.0.1:" + port + "/cam", SourceFault.UNAUTHORIZED);
            assertThat(peer.isAlive()).isTrue();
        }
    }
}
