package dev.vap.runner.onvif;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.runner.decode.Cancellation;
import dev.vap.shared.domain.AddressRules;
import dev.vap.shared.protocol.DiscoverReport;
import dev.vap.shared.protocol.DiscoverReport.Device;
import dev.vap.testing.Await;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a responder that has joined the group on loopback only. */
class DiscoveryTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration WAIT = Duration.ofMillis(600);

    private final List<String> probes = new CopyOnWriteArrayList<>();
    private final Cancellation cancellation = new Cancellation();
    private NetworkInterface loopback;
    private DatagramChannel responder;
    private Discovery discovery;
    /** What is answered to a probe. */
    private volatile Function<String, List<byte[]>> answers = probe -> List.of();

    @BeforeEach
    void join() throws IOException {
        InetAddress local = InetAddress.getLoopbackAddress();
        loopback = NetworkInterface.getByInetAddress(local);
        responder = DatagramChannel.open(StandardProtocolFamily.INET);
        responder.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        try {
            // To the group's address, so that nothing but the group's datagrams come, and only from loopback.
            responder.bind(new InetSocketAddress(InetAddress.getByName("239.255.255.250"), 0));
            responder.join(InetAddress.getByName("239.255.255.250"), loopback);
        } catch (IOException | RuntimeException e) {
            Assumptions.abort("this system has no multicast on loopback: " + e);
        }
        int port = ((InetSocketAddress) responder.getLocalAddress()).getPort();
        discovery = new Discovery(
                AddressRules.allowing(List.of()),
                () -> List.of(new Discovery.Exit(loopback, (Inet4Address) local)),
                port);
        Thread thread = new Thread(this::respond, "responder");
        thread.setDaemon(true);
        thread.start();
        requireMulticast();
    }

    private void requireMulticast() {
        discovery.find(WAIT, cancellation);
        Assumptions.assumeFalse(probes.isEmpty(), "this system does not deliver multicast on loopback");
        probes.clear();
    }

    @AfterEach
    void leave() throws IOException {
        responder.close();
    }

    private void respond() {
        ByteBuffer buffer = ByteBuffer.allocate(65_536);
        try (DatagramChannel out = DatagramChannel.open(StandardProtocolFamily.INET)) {
            out.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            while (true) {
                buffer.clear();
                SocketAddress from = responder.receive(buffer);
                String probe = new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
                probes.add(probe);
                for (byte[] answer : answers.apply(probe)) {
                    out.send(ByteBuffer.wrap(answer), from);
                }
            }
        } catch (IOException e) {
            // The test is over.
        }
    }

    private static byte[] match(int number) {
        return ("<s:Envelope xmlns:s=\"s\" xmlns:a=\"a\" xmlns:d=\"d\"><s:Body><d:ProbeMatches><d:ProbeMatch>"
                        + "<a:EndpointReference><a:Address>urn:uuid:" + number + "</a:Address></a:EndpointReference>"
                        + "<d:Types>dn:NetworkVideoTransmitter</d:Types>"
                        + "<d:Scopes>onvif://www.onvif.org/name/Camera%20" + number + "</d:Scopes>"
                        + "<d:XAddrs>http://127.0.0.1:" + (8000 + number) + "/onvif/device_service</d:XAddrs>"
                        + "</d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>")
                .getBytes(StandardCharsets.UTF_8);
    }

    private List<Device> find() {
        return discovery.find(WAIT, cancellation);
    }

    @Test
    void findsEachDeviceOnceAmongRubbish() {
        answers =
                probe -> List.of(match(1), "rubbish".getBytes(StandardCharsets.UTF_8), match(2), match(1), new byte[0]);

        assertThat(find())
                .containsExactly(
                        new Device(
                                "onvif://127.0.0.1:8001",
                                "http://127.0.0.1:8001/onvif/device_service",
                                "Camera 1",
                                null,
                                null),
                        new Device(
                                "onvif://127.0.0.1:8002",
                                "http://127.0.0.1:8002/onvif/device_service",
                                "Camera 2",
                                null,
                                null));
    }

    @Test
    void probesWithAndWithoutTypesTwice() throws Exception {
        find();

        assertThat(probes).hasSize(4).doesNotHaveDuplicates();
        assertThat(probes)
                .filteredOn(p -> p.contains("dn:NetworkVideoTransmitter"))
                .hasSize(2);
        for (String probe : probes) {
            assertThat(Xml.find(
                            Xml.parse(new ByteArrayInputStream(probe.getBytes(StandardCharsets.UTF_8))),
                            "Body",
                            "Probe"))
                    .isNotNull();
        }
    }

    @Test
    void stopsAtAThousandDevices() {
        // Four probes, 300 devices for each, in datagrams that the kernel has room for.
        answers = probe -> {
            List<byte[]> many = new ArrayList<>();
            for (int batch = 6 * (probes.size() - 1); batch < 6 * probes.size(); batch++) {
                StringBuilder matches = new StringBuilder();
                for (int i = 0; i < 50; i++) {
                    String text = new String(match(batch * 50 + i), StandardCharsets.UTF_8);
                    matches.append(text, text.indexOf("<d:ProbeMatch>"), text.indexOf("</d:ProbeMatches>"));
                }
                many.add(("<s:Envelope xmlns:s=\"s\" xmlns:a=\"a\" xmlns:d=\"d\"><s:Body><d:ProbeMatches>" + matches
                                + "</d:ProbeMatches></s:Body></s:Envelope>")
                        .getBytes(StandardCharsets.UTF_8));
            }
            return many;
        };

        List<Device> found = discovery.find(LONG, cancellation);

        assertThat(found).hasSize(DiscoverReport.MAX_DEVICES);
    }

    @Test
    void cancellingEndsTheSearchWithWhatWasFound() {
        answers = probe -> List.of(match(1));
        CompletableFuture<List<Device>> searching =
                CompletableFuture.supplyAsync(() -> discovery.find(LONG.multipliedBy(10), cancellation));
        Await.until("all probes", LONG, () -> probes.size() == 4);

        cancellation.cancel();

        assertThat(searching).succeedsWithin(LONG).satisfies(found -> assertThat(found)
                .hasSize(1));
    }

    @Test
    void goesOnWithoutAnInterfaceThatDoesNotWork() throws Exception {
        Inet4Address elsewhere = (Inet4Address) InetAddress.getByName("203.0.113.77");
        Discovery broken = new Discovery(
                AddressRules.allowing(List.of()), () -> List.of(new Discovery.Exit(loopback, elsewhere)), 3702);

        assertThat(broken.find(Duration.ofMillis(50), cancellation)).isEmpty();
    }

    @Test
    void saysThatThereIsNoNetwork() {
        Discovery broken = new Discovery(
                AddressRules.allowing(List.of()),
                () -> {
                    throw new SocketException("no interfaces");
                },
                3702);

        assertThatThrownBy(() -> broken.find(WAIT, cancellation)).isInstanceOf(UncheckedIOException.class);
    }

    @Test
    void leavesNoSocketBehind() throws Exception {
        long before = sockets();
        for (int i = 0; i < 50; i++) {
            discovery.find(Duration.ofMillis(1), cancellation);
        }
        Await.until("the sockets to be closed", LONG, () -> sockets() <= before + 5);
    }

    private static long sockets() throws IOException {
        Path own = Path.of("/proc/self/fd");
        Assumptions.assumeTrue(Files.isDirectory(own), "needs /proc");
        try (Stream<Path> files = Files.list(own)) {
            return files.count();
        }
    }
}
