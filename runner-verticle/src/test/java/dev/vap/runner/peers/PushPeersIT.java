package dev.vap.runner.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.SourceFault;
import dev.vap.testing.Ports;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** FFmpeg's command line sends without being asked, or waits for a caller. */
@Tag("peers")
@Timeout(180)
class PushPeersIT {
    @TempDir
    static Path folder;

    private static PeerSources patient;
    private static PeerSources hasty;

    @BeforeAll
    static void open() {
        Peers.needs("ffmpeg");
        patient = PeerSources.patient();
        hasty = PeerSources.hasty();
    }

    @AfterAll
    static void close() {
        if (patient != null) {
            patient.close();
            hasty.close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "udp, udp://127.0.0.1:%d",
        "mcast, udp://239.255.42.42:%d?localaddr=127.0.0.1",
        "srt, srt://127.0.0.1:%d"
    })
    void readsWhatIsPushed(String mode, String url) {
        int port = Ports.take();
        Path clip = Peers.clip(folder);
        try (Peer peer = Peer.start("push-stream.sh", mode, clip.toString(), "--port", Integer.toString(port))) {
            patient.assertReads(url.formatted(port), "h264");
            assertThat(peer.isAlive()).isTrue();
        }
    }

    @Test
    void readsTransportStreamInRtp() {
        int port = Ports.take();
        String clip = Peers.clip(folder).toString();
        String target = "rtp://127.0.0.1:" + port + "?pkt_size=1328";
        try (Peer peer = Peer.run(
                "ffmpeg",
                "-nostdin",
                "-v",
                "error",
                "-re",
                "-stream_loop",
                "-1",
                "-i",
                clip,
                "-an",
                "-c:v",
                "copy",
                "-f",
                "rtp_mpegts",
                target)) {
            patient.assertReads("rtp://127.0.0.1:" + port, "h264");
            assertThat(peer.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"udp://127.0.0.1:%d", "rtp://127.0.0.1:%d", "srt://127.0.0.1:%d"})
    void saysThatNothingComes(String url) {
        hasty.assertFails(url.formatted(Ports.take()), SourceFault.TIMEOUT, SourceFault.REFUSED, SourceFault.IO);
    }
}
