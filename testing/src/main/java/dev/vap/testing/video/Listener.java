package dev.vap.testing.video;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * A TCP port of loopback with a thread for each connection. The port stays the same while it is closed and opened again.
 * Safe for any thread. Closing ends all connections and waits for their threads.
 */
final class Listener implements AutoCloseable {
    private static final int BACKLOG = 64;
    private static final long JOIN_MILLIS = 5_000;

    /** What a server says to one client; the socket is closed after it. */
    @FunctionalInterface
    interface Handler {
        /** Blocks. Throws when the connection ends, which is nothing special. */
        void handle(Socket socket) throws IOException;
    }

    private final String name;
    private final InetAddress address;
    private final SSLContext tls;
    private final Handler handler;
    private final int port;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();
    private ServerSocket listening;
    private Thread accepting;
    private boolean closed;

    /** @param tls null for plain TCP */
    Listener(String name, InetAddress address, int port, SSLContext tls, Handler handler) {
        this.name = name;
        this.address = address;
        this.tls = tls;
        this.handler = handler;
        listening = bind(port);
        this.port = listening.getLocalPort();
        listen(listening);
    }

    private ServerSocket bind(int wanted) {
        try {
            ServerSocket socket = new ServerSocket();
            try {
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(address, wanted), BACKLOG);
                return socket;
            } catch (IOException e) {
                socket.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Port " + wanted + " of " + address + " can't be opened.", e);
        }
    }

    private void listen(ServerSocket socket) {
        accepting = start(name + "-accept", () -> {
            while (true) {
                Socket client = socket.accept();
                accepted.incrementAndGet();
                open.add(client);
                start(name + "-" + client.getPort(), () -> serve(client));
            }
        });
    }

    private void serve(Socket client) throws IOException {
        try (client) {
            if (tls == null) {
                handler.handle(client);
            } else {
                SSLSocket secure = (SSLSocket) tls.getSocketFactory().createSocket(client, null, port, true);
                secure.setUseClientMode(false);
                handler.handle(secure);
                secure.close();
            }
        } finally {
            open.remove(client);
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private Thread start(String threadName, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        // The connection, or the port, was closed: by the client, by a test or by close().
                    } finally {
                        threads.remove(Thread.currentThread());
                    }
                },
                threadName);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
        return thread;
    }

    int port() {
        return port;
    }

    /** Connections so far. */
    int accepted() {
        return accepted.get();
    }

    /** Connections now. */
    int open() {
        return open.size();
    }

    /** From now on connecting fails; existing connections go on. Harmless when repeated. */
    synchronized void refuse() {
        if (listening != null) {
            quietly(listening::close);
            listening = null;
            // The system keeps the port open until the thread that waits on it has woken up.
            awaitEnd(accepting);
        }
    }

    private static void awaitEnd(Thread thread) {
        try {
            thread.join(JOIN_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Opens the port again after {@link #refuse()}. Harmless when repeated. */
    synchronized void accept() {
        if (listening == null && !closed) {
            listening = bind(port);
            listen(listening);
        }
    }

    /** Ends all connections as a program does that ends: with FIN. */
    void endAll() {
        open.forEach(socket -> quietly(socket::close));
    }

    /** Ends all connections as a power cut does that is over: with RST. */
    void resetAll() {
        open.forEach(Listener::reset);
    }

    static void reset(Socket socket) {
        quietly(() -> {
            socket.setSoLinger(true, 0);
            socket.close();
        });
    }

    private static void quietly(Work work) {
        try {
            work.run();
        } catch (IOException e) {
            // Closed already.
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            refuse();
        }
        long deadline = System.nanoTime() + JOIN_MILLIS * 1_000_000;
        for (Thread thread : threads) {
            // A connection accepted a moment ago may have come after the round before.
            endAll();
            thread.interrupt();
            try {
                thread.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
