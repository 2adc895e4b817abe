package dev.vap.system;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * One half of a bridge between two worlds that both have a 127.0.0.1 of their own, such as network namespaces: it stands
 * in one of them, listens on the ports that live in the other one, and carries what comes there through a UNIX-domain
 * socket, which a network namespace does not hold up. The other half connects to the same port over there. Shut, it lets
 * nothing through and breaks nothing, as a network does that swallows packets: connections stay open, new ones get no
 * answer, and all goes on once it is open again.
 */
final class Gate implements AutoCloseable {

    private static final int CHUNK = 1 << 16;

    private final SocketAddress otherHalf;
    private final List<ServerSocketChannel> listening = new java.util.concurrent.CopyOnWriteArrayList<>();
    private boolean shut;

    private Gate(Path otherHalf) {
        this.otherHalf = UnixDomainSocketAddress.of(otherHalf);
    }

    /**
     * @param here the socket that this half makes
     * @param there the socket that the other half makes, some time
     * @param portsThere to be reached from here
     */
    static Gate open(Path here, Path there, List<Integer> portsThere) throws IOException {
        Gate gate = new Gate(there);
        ServerSocketChannel inbound = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        gate.listening.add(inbound.bind(UnixDomainSocketAddress.of(here), 256));
        gate.thread("gate-in", () -> gate.acceptFromOtherHalf(inbound));
        for (int port : portsThere) {
            ServerSocketChannel outbound = ServerSocketChannel.open();
            gate.listening.add(outbound.bind(loopback(port), 256));
            gate.thread("gate-" + port, () -> gate.acceptHere(outbound, port));
        }
        return gate;
    }

    /** The half inside a namespace: SOCKET_HERE SOCKET_THERE PORT... */
    public static void main(String[] args) throws IOException {
        open(
                Path.of(args[0]),
                Path.of(args[1]),
                Stream.of(args).skip(2).map(Integer::valueOf).toList());
        System.out.println("the gate is open");
    }

    /** Harmless when repeated, as is {@link #heal()}. */
    synchronized void cut() {
        shut = true;
    }

    synchronized void heal() {
        shut = false;
        notifyAll();
    }

    /** No new connections; those that are open end with their ends. */
    @Override
    public void close() {
        heal();
        for (ServerSocketChannel channel : listening) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }

    private synchronized void pass() throws IOException {
        try {
            while (shut) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void acceptHere(ServerSocketChannel server, int port) throws IOException {
        while (true) {
            SocketChannel client = server.accept();
            thread("gate-to-" + port, () -> {
                try (client) {
                    pass();
                    try (SocketChannel bridge = SocketChannel.open(otherHalf)) {
                        ByteBuffer header = ByteBuffer.allocate(Integer.BYTES).putInt(0, port);
                        write(bridge, header);
                        carry(client, bridge);
                    }
                }
            });
        }
    }

    private void acceptFromOtherHalf(ServerSocketChannel server) throws IOException {
        while (true) {
            SocketChannel bridge = server.accept();
            thread("gate-from", () -> {
                try (bridge) {
                    ByteBuffer header = ByteBuffer.allocate(Integer.BYTES);
                    while (header.hasRemaining()) {
                        if (bridge.read(header) < 0) {
                            return;
                        }
                    }
                    pass();
                    try (SocketChannel server2 = SocketChannel.open(loopback(header.getInt(0)))) {
                        carry(bridge, server2);
                    }
                }
            });
        }
    }

    /** Both ways, until both have ended or one is broken. */
    private void carry(SocketChannel one, SocketChannel other) throws IOException {
        Thread back = thread("gate-back", () -> {
            try {
                pump(other, one);
            } catch (IOException e) {
                one.close();
                other.close();
            }
        });
        try {
            pump(one, other);
            back.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void pump(SocketChannel from, SocketChannel to) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        while (from.read(chunk.clear()) >= 0) {
            pass();
            write(to, chunk.flip());
        }
        pass();
        to.shutdownOutput();
    }

    private static void write(ByteChannel to, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            to.write(bytes);
        }
    }

    private static InetSocketAddress loopback(int port) throws IOException {
        return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
    }

    private interface Work {
        void run() throws IOException;
    }

    private Thread thread(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        // A connection that broke, or the gate was closed: both ends see it for themselves.
                    }
                },
                name);
        // The half inside a namespace lives by its acceptors.
        thread.setDaemon(!name.equals("gate-in"));
        thread.start();
        return thread;
    }
}
