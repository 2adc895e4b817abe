package dev.vap.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports of 127.0.0.1 below the range from which systems pick the ports of outgoing connections. A server that comes back
 * on its old port would otherwise find it taken by a client's connection now and then, even by a client that tried to
 * connect to that very port and met itself.
 */
final class FreePort {
    static final String HOST = "127.0.0.1";

    private static final int FIRST = 20_000;
    private static final int LAST = 29_999;
    private static final int ATTEMPTS = 50;

    private FreePort() {}

    /** A port that was free a moment ago; another process may take it before the caller does. */
    static int find() {
        try (ServerSocketChannel channel = bind(0)) {
            return port(channel);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A bound channel, the caller's to close. Port 0 means any free one. */
    static ServerSocketChannel bind(int port) throws IOException {
        if (port != 0) {
            return open(port);
        }
        for (int i = 0; i < ATTEMPTS; i++) {
            try {
                return open(ThreadLocalRandom.current().nextInt(FIRST, LAST + 1));
            } catch (IOException e) {
                // Taken: try another.
            }
        }
        return open(0);
    }

    static int port(ServerSocketChannel channel) throws IOException {
        return ((InetSocketAddress) channel.getLocalAddress()).getPort();
    }

    static InetAddress loopback() {
        try {
            return InetAddress.getByAddress(HOST, new byte[] {127, 0, 0, 1});
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static ServerSocketChannel open(int port) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            return channel.bind(new InetSocketAddress(loopback(), port));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }
}
