package dev.vap.embedded;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.server.ServerSocketFactory;

/**
 * Sockets bound before the broker is configured, so that nobody can take a port between choosing and using it. The broker
 * closes those it has taken; {@link #close()} closes the rest.
 */
final class BoundSockets implements ServerSocketFactory, AutoCloseable {
    private final Map<String, ServerSocketChannel> waiting = new ConcurrentHashMap<>();

    /** Binds one listener of 127.0.0.1 and returns its port. */
    int bind(String listener, int port) throws IOException {
        try {
            ServerSocketChannel channel = FreePort.bind(port);
            waiting.put(listener, channel);
            return FreePort.port(channel);
        } catch (BindException e) {
            throw new EmbeddedServerException(
                    "Port %d of %s is taken by another program: stop that one, or choose another port for Kafka."
                            .formatted(port, FreePort.HOST),
                    e);
        }
    }

    @Override
    public ServerSocketChannel openServerSocket(
            String listener, InetSocketAddress address, int backlog, int receiveBufferSize) throws IOException {
        ServerSocketChannel channel = waiting.remove(listener);
        if (channel == null || FreePort.port(channel) != address.getPort()) {
            throw new IOException("No socket was bound for " + listener + " at " + address);
        }
        channel.configureBlocking(false);
        return channel;
    }

    @Override
    public void close() {
        for (ServerSocketChannel channel : waiting.values()) {
            try {
                channel.close();
            } catch (IOException e) {
                // Nothing was accepted on it.
            }
        }
        waiting.clear();
    }
}
