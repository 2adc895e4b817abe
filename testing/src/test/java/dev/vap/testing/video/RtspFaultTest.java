package dev.vap.testing.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.testing.Await;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class RtspFaultTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    /** Long enough for frames to come if there were any: they come every 40 ms. */
    private static final int QUIET_MILLIS = 600;

    private static final String TCP = "RTP/AVP/TCP;unicast;interleaved=0-1";

    private final TestStream stream = TestStream.of(StreamSpec.h264(160, 120).withRate(25));
    private final RtspServer server = RtspServer.start(stream);

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void silent() throws IOException {
        try (RtspClient watching = new RtspClient(server.url()).playOverTcp()) {
            watching.frame();
            server.begin(RtspFault.SILENT);
            try (RtspClient client = new RtspClient(server.url()).timeout(QUIET_MILLIS)) {
                assertThatThrownBy(client::describe).isInstanceOf(SocketTimeoutException.class);
                assertQuiet(watching);
                server.end(RtspFault.SILENT);
                assertThat(client.timeout(20_000).describe().status()).isEqualTo(200);
                assertThat(watching.timeout(20_000).frame()).isNotEmpty();
            }
        }
    }

    @Test
    void silentAfterDescribe() throws IOException {
        server.begin(RtspFault.SILENT_AFTER_DESCRIBE);
        try (RtspClient client = new RtspClient(server.url())) {
            assertThat(client.describe().status()).isEqualTo(200);
            client.timeout(QUIET_MILLIS);
            assertThatThrownBy(() -> client.setUp(TCP)).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void frozenAnswersAndTimeGoesOn() throws IOException {
        try (RtspClient client = new RtspClient(server.url()).playOverTcp()) {
            long first = client.frame().get(0).timestamp();
            server.begin(RtspFault.FREEZE);
            long last = lastBeforeQuiet(client, first);
            assertThat(client.ask("GET_PARAMETER", server.url()).status()).isEqualTo(200);
            server.end(RtspFault.FREEZE);
            long gap = client.timeout(20_000).frame().get(0).timestamp() - last;
            assertThat(gap).isGreaterThan(QUIET_MILLIS * 90L / 2);
        }
    }

    @Test
    void heldFramesComeLate() throws IOException {
        try (RtspClient client = new RtspClient(server.url()).playOverTcp()) {
            long first = client.frame().get(0).timestamp();
            server.begin(RtspFault.HOLD);
            long last = lastBeforeQuiet(client, first);
            server.end(RtspFault.HOLD);
            client.timeout(20_000);
            for (int i = 0; i < 10; i++) {
                last += 3600;
                assertThat(client.frame().get(0).timestamp()).isEqualTo(last);
            }
        }
    }

    @Test
    void closesAndResets() throws IOException {
        try (RtspClient client = new RtspClient(server.url()).playOverTcp()) {
            client.frame();
            server.closeConnections();
            assertThatThrownBy(() -> readAll(client)).isInstanceOf(EOFException.class);
        }
        try (RtspClient client = new RtspClient(server.url()).playOverTcp()) {
            client.frame();
            server.resetConnections();
            assertThatThrownBy(() -> readAll(client))
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
        }
    }

    @Test
    void refusesAndComesBackOnTheSamePort() throws IOException {
        String url = server.url();
        try (RtspClient watching = new RtspClient(url).playOverTcp()) {
            server.refuse();
            server.refuse();
            assertThatThrownBy(() -> new RtspClient(url)).isInstanceOf(ConnectException.class);
            assertThat(watching.frame()).isNotEmpty();
            server.accept();
            assertThat(server.url()).isEqualTo(url);
            try (RtspClient client = new RtspClient(url).playOverTcp()) {
                assertThat(client.frame()).isNotEmpty();
            }
        }
    }

    @Test
    void flaps() throws IOException {
        server.flap(Duration.ofMillis(200));
        for (int i = 0; i < 2; i++) {
            Await.until("the camera is gone", SOON, () -> !answers());
            Await.until("the camera is back", SOON, this::answers);
        }
        server.stopFlapping();
        Await.until("the camera stays", SOON, this::answers);
    }

    private boolean answers() {
        try (RtspClient client = new RtspClient(server.url())) {
            return client.describe().status() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void answersOfOtherKinds() throws IOException {
        try (RtspClient client = new RtspClient(server.url())) {
            server.begin(RtspFault.NOT_FOUND);
            assertThat(client.describe().status()).isEqualTo(404);
            server.endFaults();
            assertThat(client.ask("DESCRIBE", server.url().replace("/cam", "/other"))
                            .status())
                    .isEqualTo(404);
            server.begin(RtspFault.UNAVAILABLE);
            assertThat(client.describe().status()).isEqualTo(503);
            server.begin(RtspFault.REDIRECT);
            assertThat(client.describe().headers()).containsEntry("location", server.url());
            server.redirectTo("rtsp://169.254.1.1/cam");
            RtspClient.Answer redirect = client.describe();
            assertThat(redirect.status()).isEqualTo(302);
            assertThat(redirect.headers()).containsEntry("location", "rtsp://169.254.1.1/cam");
        }
    }

    @Test
    void descriptionsOfOtherKinds() throws IOException {
        try (RtspClient client = new RtspClient(server.url())) {
            server.begin(RtspFault.NO_VIDEO);
            assertThat(client.describe().body()).contains("m=audio").doesNotContain("m=video");
            server.end(RtspFault.NO_VIDEO);
            server.begin(RtspFault.UNKNOWN_CODEC);
            assertThat(client.describe().body()).contains("m=video", "X-NO-SUCH-CODEC");
            server.end(RtspFault.UNKNOWN_CODEC);
            server.begin(RtspFault.HUGE_SDP, 3_000_000);
            assertThat(client.describe().body()).hasSize(3_000_000).contains("m=video");
            server.end(RtspFault.HUGE_SDP);
            assertThat(client.describe().body()).hasSizeLessThan(1000);
        }
    }

    @Test
    void drips() throws IOException {
        server.begin(RtspFault.DRIP, 300);
        try (RtspClient client = new RtspClient(server.url())) {
            client.tell("OPTIONS", server.url());
            long started = System.nanoTime();
            for (char c : "RTSP".toCharArray()) {
                assertThat(client.read()).isEqualTo(c);
            }
            assertThat(System.nanoTime() - started)
                    .isGreaterThan(Duration.ofMillis(600).toNanos());
        }
    }

    @Test
    void corrupts() throws IOException {
        server.begin(RtspFault.CORRUPT, 2);
        try (RtspClient client = new RtspClient(server.url()).playOverTcp()) {
            int wrong = 0;
            for (int i = 0; i < 20; i++) {
                for (byte[] nal : RtspClient.nals(client.frame())) {
                    wrong += isOfStream(nal) ? 0 : 1;
                }
            }
            assertThat(wrong).isBetween(8, 20);
        }
    }

    private boolean isOfStream(byte[] nal) {
        for (int i = 0; i < stream.spec().frames(); i++) {
            if (stream.unit(i).parts().stream().anyMatch(part -> Arrays.equals(part, nal))) {
                return true;
            }
        }
        return false;
    }

    @Test
    void dropsPacketsVisibly() throws IOException {
        server.begin(RtspFault.DROP, 4);
        try (RtspClient client = new RtspClient(server.url()).playOverTcp()) {
            int before = client.frame().get(0).sequence();
            int missing = 0;
            for (int i = 0; i < 20; i++) {
                for (RtspClient.Packet packet : client.frame()) {
                    missing += ((packet.sequence() - before) & 0xffff) - 1;
                    before = packet.sequence();
                }
            }
            assertThat(missing).isBetween(4, 12);
        }
    }

    @Test
    void sendsFramesWithoutContent() throws IOException {
        server.begin(RtspFault.EMPTY_FRAMES);
        try (RtspClient client = new RtspClient(server.url()).playOverTcp()) {
            for (int i = 0; i < 5; i++) {
                assertThat(client.frame())
                        .allSatisfy(packet -> assertThat(packet.payload()).isEmpty());
            }
        }
    }

    @Test
    void changesSizeInMidStream() throws IOException {
        TestStream other = TestStream.of(StreamSpec.h264(320, 240).withRate(25));
        try (RtspClient client = new RtspClient(server.url()).playOverTcp()) {
            RtspClient.Packet last = client.frame().get(0);
            server.stream(other);
            List<RtspClient.Packet> frame = client.frame();
            while (!Arrays.equals(frame.get(0).payload(), other.sps())) {
                assertThat(frame.get(0).timestamp()).isEqualTo(last.timestamp() + 3600);
                last = frame.get(0);
                frame = client.frame();
            }
            assertThat(frame.get(0).timestamp()).isEqualTo(last.timestamp() + 3600);
            assertThat(RtspClient.nals(frame))
                    .containsExactlyElementsOf(other.unit(0).parts());
            assertThat(client.describe().body()).contains(Base64.getEncoder().encodeToString(other.sps()));
        }
    }

    @Test
    void changesCodecWithANewConnection() throws IOException {
        try (RtspClient client = new RtspClient(server.url()).playOverTcp()) {
            server.stream(TestStream.mjpeg(160, 120));
            assertThatThrownBy(() -> readAll(client)).isInstanceOf(EOFException.class);
        }
        try (RtspClient client = new RtspClient(server.url())) {
            assertThat(client.describe().body()).contains("JPEG/90000");
        }
    }

    private static void readAll(RtspClient client) throws IOException {
        for (int i = 0; i < 5000; i++) {
            client.packet();
        }
    }

    private static void assertQuiet(RtspClient client) throws IOException {
        lastBeforeQuiet(client, 0);
    }

    /** Timestamp of the last frame; fails if frames keep coming. */
    private static long lastBeforeQuiet(RtspClient client, long first) throws IOException {
        client.timeout(QUIET_MILLIS);
        long last = first;
        for (int i = 0; i < 50; i++) {
            try {
                last = client.frame().get(0).timestamp();
            } catch (SocketTimeoutException e) {
                return last;
            }
        }
        throw new AssertionError("frames keep coming");
    }
}
