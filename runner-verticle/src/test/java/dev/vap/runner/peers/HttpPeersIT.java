package dev.vap.runner.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.source.FrameSource;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.SourceFault;
import dev.vap.testing.Await;
import dev.vap.testing.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Nginx with its RTMP module, motion, and VLC over HTTP. */
@Tag("peers")
@Timeout(180)
class HttpPeersIT {
    @TempDir
    static Path folder;

    private static PeerSources patient;
    private static PeerSources hasty;

    @BeforeAll
    static void open() {
        patient = PeerSources.patient();
        hasty = PeerSources.hasty();
    }

    @AfterAll
    static void close() {
        patient.close();
        hasty.close();
    }

    @Nested
    class Nginx {
        private static String host;
        private static int port;
        private static int httpsPort;
        private static int rtmpPort;
        private static Peer nginx;

        @BeforeAll
        static void start() {
            Peers.needs("nginx", "ffmpeg", "openssl");
            port = Ports.take();
            httpsPort = Ports.take();
            rtmpPort = Ports.take();
            host = "127.0.0.1:" + port;
            nginx = Peer.start(
                    "http-nginx.sh",
                    Peers.clip(folder).toString(),
                    "--port",
                    Integer.toString(port),
                    "--https-port",
                    Integer.toString(httpsPort),
                    "--rtmp-port",
                    Integer.toString(rtmpPort));
        }

        @AfterAll
        static void stop() {
            if (nginx != null) {
                nginx.close();
            }
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "/clip.mp4",
                    "/norange/clip.mp4",
                    "/slow/clip.mp4",
                    "/chunked/live.ts",
                    "/hls/live.m3u8",
                    "/vod/index.m3u8",
                    "/redirect"
                })
        void reads(String path) {
            patient.assertReads("http://" + host + path, "h264");
        }

        @Test
        void readsAFileToItsEnd() {
            for (String path : List.of("/clip.mp4", "/norange/clip.mp4", "/vod/index.m3u8")) {
                try (FrameSource source = patient.open("http://" + host + path, ScenarioOptions.DEFAULTS)) {
                    int frames = 0;
                    while (source.next()) {
                        frames++;
                    }
                    assertThat(source.info().live()).as(path).isFalse();
                    assertThat(frames).as(path).isEqualTo(180);
                }
            }
        }

        @Test
        void readsHttps() {
            patient.assertReads("https://127.0.0.1:" + httpsPort + "/clip.mp4", "h264");
            ScenarioOptions verified = ScenarioOptions.builder().tlsVerify(true).build();
            patient.assertFails("https://127.0.0.1:" + httpsPort + "/clip.mp4", verified, SourceFault.TLS);
        }

        @Test
        void readsRtmp() {
            patient.assertReads("rtmp://127.0.0.1:" + rtmpPort + "/live/cam", "h264");
            hasty.assertFails(
                    "rtmp://127.0.0.1:" + rtmpPort + "/live/none",
                    SourceFault.TIMEOUT,
                    SourceFault.NOT_FOUND,
                    SourceFault.IO);
        }

        @ParameterizedTest
        @ValueSource(strings = {"/auth/clip.mp4", "/auth/vod/index.m3u8", "/auth/hls/live.m3u8"})
        void logsIn(String path) {
            patient.assertReads("http://admin:secret@" + host + path, "h264");
            patient.assertFails("http://admin:hunter2@" + host + path, SourceFault.UNAUTHORIZED);
            patient.assertFails("http://" + host + path, SourceFault.UNAUTHORIZED);
        }

        @ParameterizedTest
        @CsvSource({"/missing, NOT_FOUND", "/error, IO", "/redirect-loop, NOT_ALLOWED"})
        void saysWhatIsWrong(String path, SourceFault fault) {
            patient.assertFails("http://" + host + path, fault);
        }
    }

    @Test
    void motionSendsPictures() {
        Peers.needs("motion", "ffprobe");
        int[] ports = {Ports.take(), Ports.take(), Ports.take()};
        // Each takes ten seconds to open its own source, and until then hangs up on everyone.
        try (Peer open = motion(ports[0], "none");
                Peer basic = motion(ports[1], "basic");
                Peer digest = motion(ports[2], "digest")) {
            for (int port : ports) {
                Await.until("motion answers", Duration.ofSeconds(60), () -> answers(port));
                String host = "127.0.0.1:" + port + "/";
                String allowed = port == ports[0] ? "http://" + host : "http://admin:secret@" + host;
                patient.assertReads(allowed, ScenarioOptions.DEFAULTS, "mjpeg", 5);
                if (port == ports[0]) {
                    patient.assertReads(allowed + "current", ScenarioOptions.DEFAULTS, "mjpeg", 2);
                } else {
                    patient.assertFails("http://admin:hunter2@" + host, SourceFault.UNAUTHORIZED);
                }
            }
            assertThat(List.of(open, basic, digest)).allMatch(Peer::isAlive);
        }
    }

    private static Peer motion(int port, String scheme) {
        String clip = Peers.clip(folder).toString();
        return Peer.start("http-mjpeg-motion.sh", clip, "--port", Integer.toString(port), "--auth", scheme);
    }

    private static boolean answers(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream()
                    .write("GET /current HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().read() >= 0;
        }
    }

    @ParameterizedTest
    @CsvSource({"mjpeg, cam.mjpg, mjpeg", "ts, cam.ts, h264"})
    void vlcStreams(String mode, String path, String codec) {
        Peers.needs("cvlc", "setpriv");
        int port = Ports.take();
        Path clip = Peers.clip(folder);
        String[] arguments = {
            mode, clip.toString(), "--port", Integer.toString(port), "--user", "admin", "--password", "secret"
        };
        try (Peer peer = Peer.start("vlc-source.sh", arguments)) {
            patient.assertReads("http://admin:secret@127.0.0.1:" + port + "/" + path, codec);
            patient.assertFails("http://admin:hunter2@127.0.0.1:" + port + "/" + path, SourceFault.UNAUTHORIZED);
            assertThat(peer.isAlive()).isTrue();
        }
    }
}
