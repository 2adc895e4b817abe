package dev.vap.testing.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.testing.Await;
import dev.vap.testing.video.BadServer.Manner;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class BadServerTest {
    private static final int QUIET_MILLIS = 500;

    @Test
    void silent() throws IOException {
        try (BadServer server = BadServer.start(Manner.SILENT);
                Socket socket = ask(server)) {
            socket.setSoTimeout(QUIET_MILLIS);
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void closes() throws IOException {
        try (BadServer server = BadServer.start(Manner.CLOSES);
                Socket socket = connect(server)) {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void resets() throws IOException {
        try (BadServer server = BadServer.start(Manner.RESETS);
                Socket socket = connect(server)) {
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void noiseIsTheSameEachTime() throws IOException {
        try (BadServer server = BadServer.start(Manner.NOISE);
                Socket one = connect(server);
                Socket two = connect(server)) {
            byte[] noise = one.getInputStream().readNBytes(100_000);
            assertThat(two.getInputStream().readNBytes(100_000))
                    .isEqualTo(noise)
                    .hasSize(100_000);
        }
    }

    @Test
    void drips() throws IOException {
        try (BadServer server = BadServer.start(Manner.DRIP);
                Socket socket = ask(server)) {
            assertThat(socket.getInputStream().read()).isEqualTo('R');
            long started = System.nanoTime();
            assertThat(socket.getInputStream().read()).isEqualTo('T');
            assertThat(System.nanoTime() - started)
                    .isGreaterThan(Duration.ofMillis(500).toNanos());
        }
    }

    @Test
    void headersWithoutEnd() throws IOException {
        try (BadServer server = BadServer.start(Manner.ENDLESS_HEADERS);
                Socket socket = ask(server)) {
            assertThat(new String(socket.getInputStream().readNBytes(500_000), StandardCharsets.US_ASCII))
                    .hasSize(500_000)
                    .startsWith("RTSP/1.0 200 OK\r\n")
                    .doesNotContain("\r\n\r\n");
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void neverAccepts() throws IOException {
        try (BadServer server = BadServer.start(Manner.NEVER_ACCEPTS);
                Socket socket = new Socket()) {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
            assertThatThrownBy(() -> socket.connect(address, QUIET_MILLIS)).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void answersThatMakeNoSense() throws IOException {
        assertThat(whole(BadServer.start(Manner.WEB_PAGE)))
                .startsWith("HTTP/1.1 200 OK")
                .contains("<h1>Out of paper");
        assertThat(whole(BadServer.start(Manner.EMPTY_ANSWER)))
                .startsWith("RTSP/1.0 200 OK")
                .endsWith("0\r\n\r\n");
        assertThat(whole(BadServer.start(Manner.CUT))).hasSize(20).startsWith("RTSP/1.0 200 OK");
        assertThat(whole(BadServer.start(Manner.CUT, 200))).hasSize(200);
    }

    private static String whole(BadServer started) throws IOException {
        try (BadServer server = started;
                Socket socket = ask(server)) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @ParameterizedTest
    @EnumSource(Manner.class)
    void closingFreesPortAndThreads(Manner manner) throws IOException {
        int port;
        try (BadServer server = BadServer.start(manner);
                Socket socket = manner == Manner.NEVER_ACCEPTS ? new Socket() : connect(server)) {
            port = server.port();
            assertThat(server.url("rtsp")).isEqualTo("rtsp://127.0.0.1:" + port + "/cam");
            assertThat(socket.isClosed()).isFalse();
        }
        Await.until("no thread is left", Duration.ofSeconds(20), () -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("bad-server")));
        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port))
                .isInstanceOf(IOException.class);
    }

    private static Socket connect(BadServer server) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static Socket ask(BadServer server) throws IOException {
        Socket socket = connect(server);
        socket.getOutputStream()
                .write(("DESCRIBE " + server.url("rtsp") + " RTSP/1.0\r\nCSeq: 1\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }
}
