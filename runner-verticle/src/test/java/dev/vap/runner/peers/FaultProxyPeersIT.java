package dev.vap.runner.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vap.runner.decode.MediaException;
import dev.vap.runner.source.FrameSource;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.SourceFault;
import dev.vap.testing.Await;
import dev.vap.testing.Ports;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A camera behind a proxy that spoils what passes. */
@Tag("peers")
@Timeout(180)
class FaultProxyPeersIT {
    private static final String NORMAL = "pass";

    @TempDir
    static Path folder;

    private static PeerSources watchful;
    private static PeerSources hasty;
    private static Peer camera;
    private static Peer proxy;
    private static String url;
    private static int control;
    private static int through;

    @BeforeAll
    static void start() {
        Peers.needsGstreamer();
        watchful = PeerSources.watchful();
        hasty = PeerSources.hasty();
        int port = Ports.take();
        through = Ports.take();
        control = Ports.take();
        camera = Peer.start("rtsp-gst.py", "/cam=" + Peers.clip(folder), "--port", Integer.toString(port));
        proxy = Peer.start(
                "fault-proxy.py",
                "--listen",
                Integer.toString(through),
                "--to",
                Integer.toString(port),
                "--control",
                Integer.toString(control));
        url = "rtsp://127.0.0.1:" + through + "/cam";
    }

    @AfterAll
    static void stop() {
        if (hasty == null) {
            return;
        }
        watchful.close();
        hasty.close();
        if (proxy != null) {
            proxy.close();
        }
        if (camera != null) {
            camera.close();
        }
    }

    @BeforeEach
    void repair() throws IOException {
        say(NORMAL);
        awaitPort(true);
    }

    /** The proxy opens and closes its port a little after it is told to. */
    private static void awaitPort(boolean open) {
        Await.until("the port is " + (open ? "open" : "closed"), Duration.ofSeconds(20), () -> {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), through)) {
                return open == socket.isConnected();
            } catch (ConnectException e) {
                return !open;
            }
        });
    }

    private static void say(String fault) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), control);
                BufferedReader answer =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write((fault + "\n").getBytes(StandardCharsets.US_ASCII));
            assertThat(answer.readLine()).startsWith("ok");
        }
    }

    private static FrameSource opened() {
        FrameSource source = watchful.open(url, PeerSources.over("tcp"));
        for (int i = 0; i < 10; i++) {
            assertThat(source.next()).isTrue();
        }
        return source;
    }

    @ParameterizedTest
    @ValueSource(strings = {"freeze", "mute"})
    void silenceIsNoticed(String fault) throws IOException {
        try (FrameSource source = opened()) {
            say(fault);
            MediaException silence = catchThrowableOfType(MediaException.class, () -> readOn(source));
            assertThat(silence).isNotNull();
            assertThat(silence.fault()).as(silence.getMessage()).isEqualTo(SourceFault.TIMEOUT);
        }
        hasty.assertFails(url, ScenarioOptions.DEFAULTS, SourceFault.TIMEOUT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cut", "fin"})
    void endsWithTheConnection(String fault) throws IOException {
        try (FrameSource source = opened()) {
            say(fault);
            MediaException end = catchThrowableOfType(MediaException.class, () -> readOn(source));
            if (end != null) {
                assertThat(end.fault()).as(end.getMessage()).isIn(SourceFault.IO, SourceFault.ENDED);
            }
        }
        say(NORMAL);
        opened().close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rtpcorrupt 0.0005", "rtpdrop 0.1", "delay 500"})
    void readsThrough(String fault) throws IOException {
        try (FrameSource source = opened()) {
            say(fault);
            for (int i = 0; i < 45; i++) {
                assertThat(source.next()).isTrue();
                assertThat(source.bgr().remaining()).isEqualTo(source.width() * source.height() * 3);
            }
        }
    }

    @Test
    void damagedFramingEndsOrGoesOnButNeverHangs() throws IOException {
        try (FrameSource source = opened()) {
            say("corrupt 0.01");
            MediaException end = catchThrowableOfType(MediaException.class, () -> {
                for (int i = 0; i < 45 && source.next(); i++) {
                    assertThat(source.bgr().hasRemaining()).isTrue();
                }
            });
            assertThat(end == null ? SourceFault.IO : end.fault()).isNotEqualTo(SourceFault.INTERRUPTED);
        }
    }

    @Test
    void refusedConnections() throws IOException {
        say("refuse");
        awaitPort(false);
        hasty.assertFails(url, SourceFault.REFUSED);
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
}
