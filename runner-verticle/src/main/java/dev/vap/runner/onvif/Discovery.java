package dev.vap.runner.onvif;

import dev.vap.runner.decode.Cancellation;
import dev.vap.shared.domain.AddressRules;
import dev.vap.shared.protocol.DiscoverReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds ONVIF devices by WS-Discovery: probes by multicast on every IPv4 interface, and collects the answers. Thread-safe; a
 * search blocks its caller, and its sockets are closed when it ends.
 */
public final class Discovery {
    private static final Logger LOG = LoggerFactory.getLogger(Discovery.class);

    private static final String GROUP = "239.255.255.250";
    private static final int PORT = 3702;
    private static final int MAX_SOCKETS = 64;
    private static final long LOOK_MILLIS = 40;
    /** Hundreds of devices answer at once; the system may allow less. */
    private static final int ROOM_FOR_ANSWERS = 1 << 20;

    /** Probes get lost; devices answer within half a second. */
    private static final long[] SEND_AT_MILLIS = {0, 250};

    private static final String NO_TYPES = "";
    private static final String CAMERAS =
            "<d:Types xmlns:dn=\"http://www.onvif.org/ver10/network/wsdl\">dn:NetworkVideoTransmitter</d:Types>";

    /** An interface, and an address of it to send from. */
    record Exit(NetworkInterface network, Inet4Address address) {}

    /** Which interfaces there are now. */
    @FunctionalInterface
    interface Exits {
        List<Exit> find() throws SocketException;
    }

    private final AddressRules rules;
    private final Exits exits;
    private final int port;

    public Discovery(AddressRules rules) {
        this(rules, Discovery::allExits, PORT);
    }

    Discovery(AddressRules rules, Exits exits, int port) {
        this.rules = rules;
        this.exits = exits;
        this.port = port;
    }

    /**
     * The devices that answer within {@code wait}, each once; those found so far if it is cancelled.
     *
     * @throws UncheckedIOException if there is no network at all to search
     */
    public List<DiscoverReport.Device> find(Duration wait, Cancellation cancellation) {
        try (Selector selector = Selector.open()) {
            try {
                exits.find().stream().limit(MAX_SOCKETS).forEach(exit -> open(selector, exit));
                return collect(selector, System.nanoTime() + wait.toNanos(), cancellation);
            } finally {
                for (SelectionKey key : selector.keys()) {
                    key.channel().close();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Exit> allExits() throws SocketException {
        List<Exit> found = new ArrayList<>();
        for (NetworkInterface network : NetworkInterface.networkInterfaces().toList()) {
            if (network.isUp() && !network.isPointToPoint()) {
                network.inetAddresses()
                        .filter(Inet4Address.class::isInstance)
                        .forEach(address -> found.add(new Exit(network, (Inet4Address) address)));
            }
        }
        return found;
    }

    private static void open(Selector selector, Exit exit) {
        DatagramChannel channel = null;
        try {
            channel = DatagramChannel.open(StandardProtocolFamily.INET);
            channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, exit.network());
            channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 1);
            channel.setOption(StandardSocketOptions.SO_RCVBUF, ROOM_FOR_ANSWERS);
            channel.bind(new InetSocketAddress(exit.address(), 0));
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
        } catch (IOException | RuntimeException e) {
            LOG.debug("no search for cameras on {}: {}", exit.network().getName(), e.toString());
            close(channel);
        }
    }

    private static void close(DatagramChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // Nothing is lost.
        }
    }

    private List<DiscoverReport.Device> collect(Selector selector, long end, Cancellation cancellation)
            throws IOException {
        Map<String, DiscoverReport.Device> found = new LinkedHashMap<>();
        byte[] datagram = new byte[64 * 1024];
        long start = System.nanoTime();
        int sent = 0;
        while (!cancellation.isCancelled()
                && !Thread.currentThread().isInterrupted()
                && found.size() < DiscoverReport.MAX_DEVICES) {
            long now = System.nanoTime();
            if (sent < SEND_AT_MILLIS.length && now - start >= TimeUnit.MILLISECONDS.toNanos(SEND_AT_MILLIS[sent])) {
                sent++;
                probe(selector);
            }
            if (end - now <= 0) {
                break;
            }
            selector.select(Math.min(LOOK_MILLIS, TimeUnit.NANOSECONDS.toMillis(end - now) + 1));
            for (SelectionKey key : selector.selectedKeys()) {
                receive((DatagramChannel) key.channel(), datagram, found);
            }
            selector.selectedKeys().clear();
        }
        return List.copyOf(found.values());
    }

    /** Once with the type of cameras, once without, since some answer one of them only. */
    private void probe(Selector selector) throws IOException {
        InetSocketAddress group = new InetSocketAddress(InetAddress.getByName(GROUP), port);
        for (SelectionKey key : selector.keys()) {
            for (String types : List.of(CAMERAS, NO_TYPES)) {
                try {
                    ((DatagramChannel) key.channel()).send(ByteBuffer.wrap(message(types)), group);
                } catch (IOException e) {
                    LOG.debug("a probe for cameras was not sent: {}", e.toString());
                }
            }
        }
    }

    private static byte[] message(String types) {
        return ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                        + "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\""
                        + " xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\""
                        + " xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\"><s:Header>"
                        + "<a:Action s:mustUnderstand=\"1\">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>"
                        + "<a:MessageID>urn:uuid:" + UUID.randomUUID() + "</a:MessageID>"
                        + "<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
                        + "</a:Address></a:ReplyTo>"
                        + "<a:To s:mustUnderstand=\"1\">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>"
                        + "<s:Body><d:Probe>" + types + "</d:Probe></s:Body></s:Envelope>")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** One answer; the next ones are told by the selector again, so that nobody can hold it up. */
    private void receive(DatagramChannel channel, byte[] datagram, Map<String, DiscoverReport.Device> found) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(datagram);
            if (channel.receive(buffer) instanceof InetSocketAddress sender) {
                for (ProbeMatch match : ProbeMatch.parse(datagram, buffer.position(), sender.getAddress(), rules)) {
                    if (found.size() < DiscoverReport.MAX_DEVICES) {
                        found.putIfAbsent(match.key(), match.device());
                    }
                }
            }
        } catch (IOException e) {
            LOG.debug("an answer of a camera was not received: {}", e.toString());
        }
    }
}
