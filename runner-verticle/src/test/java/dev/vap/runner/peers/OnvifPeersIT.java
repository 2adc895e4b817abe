package dev.vap.runner.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.SourceFault;
import dev.vap.testing.Ports;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Stand-ins for ONVIF devices, with the habits of real ones, in front of GStreamer's RTSP server, which wants a login. */
@Tag("peers")
@Timeout(180)
class OnvifPeersIT {
    @TempDir
    static Path folder;

    private static PeerSources patient;
    private static PeerSources hasty;
    private static Peer camera;
    private static String stream;

    @BeforeAll
    static void start() {
        Peers.needsGstreamer();
        patient = PeerSources.patient();
        hasty = PeerSources.hasty();
        String port = Integer.toString(Ports.take());
        camera = Peer.start("rtsp-gst.py", "--port", port, "/cam=" + Peers.clip(folder), "--auth", "digest");
        stream = "rtsp://127.0.0.1:" + port + "/cam";
    }

    @AfterAll
    static void stop() {
        if (patient != null) {
            patient.close();
            hasty.close();
        }
        if (camera != null) {
            camera.close();
        }
    }

    private static Peer device(int port, String... options) {
        List<String> arguments = new ArrayList<>(
                List.of("--port", Integer.toString(port), "--no-discovery", "--stream", stream, "--sub-stream", ""));
        arguments.addAll(Arrays.asList(options));
        return Peer.start("onvif-sim.py", arguments.toArray(String[]::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ws", "http", "both"})
    void logsIn(String scheme) {
        int port = Ports.take();
        try (Peer peer = device(port, "--auth", scheme, "--check-replay")) {
            patient.assertReads("onvif://admin:secret@127.0.0.1:" + port, "h264");
            patient.assertFails("onvif://admin:hunter2@127.0.0.1:" + port, SourceFault.UNAUTHORIZED);
            patient.assertFails("onvif://127.0.0.1:" + port, SourceFault.UNAUTHORIZED);
            assertThat(peer.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"wrong-xaddr", "slow-clock", "no-snapshot", "no-media2", "soap11", "slow", "creds-in-uri"})
    void bearsTheHabitsOfDevices(String quirk) {
        int port = Ports.take();
        try (Peer peer = device(port, "--quirk", quirk)) {
            patient.assertReads("onvif://admin:secret@127.0.0.1:" + port, "h264");
            assertThat(peer.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "hang, TIMEOUT",
        "http500, IO",
        "garbage, NOT_A_VIDEO",
        "cut, IO",
        "huge, IO",
        "xxe, NOT_A_VIDEO",
        "bomb, NOT_A_VIDEO",
        "evil-uri, NOT_ALLOWED",
        "empty, NO_VIDEO_STREAM"
    })
    void saysWhatIsWrong(String quirk, SourceFault fault) {
        int port = Ports.take();
        try (Peer peer = device(port, "--quirk", quirk)) {
            hasty.assertFails("onvif://admin:secret@127.0.0.1:" + port, fault);
            assertThat(peer.isAlive()).isTrue();
        }
    }

    @Test
    void saysThatNobodyIsThere() {
        hasty.assertFails("onvif://admin:secret@127.0.0.1:" + Ports.take(), SourceFault.REFUSED);
    }
}
