package dev.vap.testing.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vap.testing.Await;
import dev.vap.testing.video.RtspServer.Transport;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class RtspServerTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String TCP = "RTP/AVP/TCP;unicast;interleaved=0-1";
    private static final long NTP_EPOCH = 2_208_988_800L;

    private final TestStream stream = TestStream.of(StreamSpec.h264(160, 120).withRate(25));

    /** Large enough that key frames need several packets. */
    private final TestStream large = TestStream.of(new StreamSpec(StreamSpec.Codec.H264, 640, 480, 25, 5, 30));

    @Test
    void playsH264OverTcp() throws IOException {
        try (RtspServer server = RtspServer.start(large);
                RtspClient client = new RtspClient(server.url())) {
            assertThat(client.ask("OPTIONS", server.url()).headers().get("public"))
                    .contains("GET_PARAMETER");
            String sets = Base64.getEncoder().encodeToString(large.sps()) + ","
                    + Base64.getEncoder().encodeToString(large.pps());
            assertThat(client.describe().body())
                    .contains("m=video 0 RTP/AVP 96\r\n", "H264/90000", "sprop-parameter-sets=" + sets);
            assertThat(client.setUp(TCP).headers().get("transport")).contains("interleaved=0-1");
            assertThat(server.viewers()).isEmpty();
            assertThat(client.play().status()).isEqualTo(200);

            List<RtspClient.Packet> frame = client.frame();
            int sequence = frame.get(0).sequence();
            long timestamp = frame.get(0).timestamp();
            boolean fragments = false;
            int index = indexOf(large, RtspClient.nals(frame));
            for (int i = 0; i < 40; i++) {
                for (RtspClient.Packet packet : frame) {
                    assertThat(packet.sequence()).isEqualTo(sequence++ & 0xffff);
                    assertThat(packet.timestamp()).isEqualTo(timestamp);
                    fragments |= (packet.payload()[0] & 0x1f) == 28;
                }
                assertThat(RtspClient.nals(frame))
                        .containsExactlyElementsOf(large.unit(index + i).parts());
                frame = client.frame();
                timestamp += 3600;
            }
            assertThat(fragments).isTrue();
            assertThat(server.viewers()).singleElement().satisfies(viewer -> {
                assertThat(viewer.transport()).isEqualTo(Transport.TCP);
                assertThat(viewer.frames()).isGreaterThanOrEqualTo(40);
            });
            assertThat(client.ask("GET_PARAMETER", server.url()).status()).isEqualTo(200);
            assertThat(client.ask("TEARDOWN", server.url()).status()).isEqualTo(200);
            Await.until("the viewer is gone", SOON, () -> server.viewers().isEmpty());
            assertThat(server.connections()).isEqualTo(1);
            assertThat(server.describes()).isEqualTo(1);
            assertThat(server.requests("GET_PARAMETER")).isEqualTo(1);
        }
    }

    private static int indexOf(TestStream of, List<byte[]> nals) {
        for (int i = 0; i < of.spec().frames(); i++) {
            if (of.unit(i).parts().size() == nals.size()
                    && Arrays.equals(of.unit(i).parts().get(nals.size() - 1), nals.get(nals.size() - 1))) {
                return i;
            }
        }
        throw new AssertionError("no frame of the stream");
    }

    @Test
    void playsOverUdpWithReports() throws IOException {
        try (RtspServer server = RtspServer.start(stream);
                RtspClient client = new RtspClient(server.url());
                DatagramSocket rtp = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                DatagramSocket rtcp = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            rtp.setSoTimeout(RtspClient.TIMEOUT_MILLIS);
            rtcp.setSoTimeout(RtspClient.TIMEOUT_MILLIS);
            client.describe();
            String transport = client.setUp(
                            "RTP/AVP;unicast;client_port=" + rtp.getLocalPort() + "-" + rtcp.getLocalPort())
                    .headers()
                    .get("transport");
            Matcher ports = Pattern.compile("server_port=(\\d+)-(\\d+)").matcher(transport);
            assertThat(ports.find()).as(transport).isTrue();
            client.play();

            DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
            rtp.receive(packet);
            assertThat(packet.getPort()).isEqualTo(Integer.parseInt(ports.group(1)));
            assertThat(packet.getData()[1] & 0x7f).isEqualTo(96);
            rtcp.receive(packet);
            assertThat(packet.getPort()).isEqualTo(Integer.parseInt(ports.group(2)));
            assertThat(packet.getData()[1] & 0xff).isEqualTo(200);

            rtcp.send(new DatagramPacket(new byte[8], 8, packet.getSocketAddress()));
            Await.until("the report is counted", SOON, () -> server.reports() == 1);
            assertThat(server.viewers()).singleElement().satisfies(v -> assertThat(v.transport())
                    .isEqualTo(Transport.UDP));
            client.socket().close();
            Await.until("the viewer is gone", SOON, () -> server.viewers().isEmpty());
        }
    }

    @Test
    void playsMotionJpeg() throws IOException {
        TestStream jpegs = TestStream.of(StreamSpec.mjpeg(320, 240).withRate(25));
        try (RtspServer server = RtspServer.start(jpegs);
                RtspClient client = new RtspClient(server.url())) {
            assertThat(client.describe().body()).contains("RTP/AVP 26\r\n", "JPEG/90000");
            client.setUp(TCP);
            client.play();
            client.frame();
            List<RtspClient.Packet> frame = client.frame();
            assertThat(frame).hasSizeGreaterThan(1);
            int expected = 0;
            for (RtspClient.Packet packet : frame) {
                ByteBuffer payload = ByteBuffer.wrap(packet.payload());
                assertThat(payload.getInt()).as("offset").isEqualTo(expected);
                assertThat(payload.getInt()).as("type, quality and size").isEqualTo(0x01ff281e);
                if (expected == 0) {
                    assertThat(payload.getInt()).as("length of tables").isEqualTo(128);
                    payload.position(payload.position() + 128);
                }
                expected += payload.remaining();
            }
        }
    }

    @Test
    void severalWatchAtOnce() throws IOException {
        try (RtspServer server = RtspServer.start(stream);
                RtspClient one = new RtspClient(server.url()).playOverTcp();
                RtspClient two = new RtspClient(server.url()).playOverTcp();
                RtspClient three = new RtspClient(server.url()).playOverTcp()) {
            for (int i = 0; i < 5; i++) {
                assertThat(one.frame()).isNotEmpty();
                assertThat(two.frame()).isNotEmpty();
                assertThat(three.frame()).isNotEmpty();
            }
            assertThat(server.viewers()).hasSize(3);
            assertThat(server.openConnections()).isEqualTo(3);
        }
    }

    @Test
    void tellsTheTimeItIsSetTo() throws IOException {
        try (RtspServer server =
                        RtspServer.of(stream).wallClock(Duration.ofDays(-3650)).start();
                RtspClient client = new RtspClient(server.url()).playOverTcp()) {
            long seconds = (client.report().getInt(8) & 0xffffffffL) - NTP_EPOCH;
            assertThat(seconds)
                    .isBetween(
                            System.currentTimeMillis() / 1000 - 3650L * 86_400 - 60,
                            System.currentTimeMillis() / 1000 - 3650L * 86_400 + 1);
            server.wallClock(null);
            client.ask("GET_PARAMETER", server.url());
            client.forget();
            for (int i = 0; i < 60; i++) {
                assertThat(client.packet().channel()).isZero();
            }
        }
    }

    @Test
    void refusesTransports() throws IOException {
        try (RtspServer server = RtspServer.of(stream).refusing(Transport.TCP).start();
                RtspClient client = new RtspClient(server.url())) {
            client.describe();
            assertThat(client.setUp(TCP).status()).isEqualTo(461);
            assertThat(client.setUp("RTP/AVP;unicast;client_port=40000-40001").status())
                    .isEqualTo(200);
        }
    }

    @Test
    void speaksTls() throws IOException {
        try (RtspServer server = RtspServer.of(stream).tls().start();
                RtspClient client = new RtspClient(server.url()).playOverTcp()) {
            assertThat(server.url()).startsWith("rtsps://");
            assertThat(client.frame()).isNotEmpty();
        }
    }

    @Test
    void speaksIpv6() throws IOException {
        boolean ipv6 = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .anyMatch(address -> address instanceof Inet6Address && address.isLoopbackAddress());
        assumeTrue(ipv6, "no IPv6 here");
        try (RtspServer server = RtspServer.of(stream).ipv6().start();
                RtspClient client = new RtspClient(server.url6()).playOverTcp()) {
            assertThat(client.frame()).isNotEmpty();
        }
    }

    @Test
    void throwsOutWhoIsSilent() throws IOException {
        try (RtspServer server = RtspServer.of(stream)
                        .sessionTimeout(Duration.ofSeconds(1))
                        .start();
                RtspClient client = new RtspClient(server.url()).playOverTcp()) {
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 1000; i++) {
                            client.frame();
                        }
                    })
                    .isInstanceOf(IOException.class);
            Await.until("the viewer is gone", SOON, () -> server.viewers().isEmpty());
        }
    }

    @Test
    void closingFreesThreadsAndPort() throws IOException {
        Set<Thread> before = rtspThreads();
        RtspServer server = RtspServer.start(stream);
        try (RtspClient client = new RtspClient(server.url()).playOverTcp()) {
            client.frame();
            assertThat(rtspThreads()).hasSizeGreaterThan(before.size());
            server.close();
            Await.until("no thread is left", SOON, () -> before.containsAll(rtspThreads()));
            assertThatThrownBy(() -> new RtspClient(server.url())).isInstanceOf(IOException.class);
        }
        server.close();
    }

    private static Set<Thread> rtspThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("rtsp"))
                .collect(Collectors.toSet());
    }
}
