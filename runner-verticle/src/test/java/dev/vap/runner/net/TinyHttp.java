package dev.vap.runner.net;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** An HTTP server on loopback that writes what a test tells it to, byte by byte if need be. */
public final class TinyHttp implements AutoCloseable {

    /** Writes an answer; whatever it throws closes the connection. */
    @FunctionalInterface
    public interface Handler {
        void answer(Request request, OutputStream out) throws Exception;
    }

    /** Headers by name in small letters; the last one counts. */
    public record Request(String method, String target, Map<String, String> headers, String body, int port) {

        public String header(String name) {
            return headers.get(name.toLowerCase(Locale.ROOT));
        }
    }

    private final ServerSocket server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Handler handler;

    public TinyHttp(Handler handler) throws IOException {
        this(handler, new ServerSocket());
    }

    /**
     * @param server unbound, such as one with TLS
     */
    TinyHttp(Handler handler, ServerSocket server) throws IOException {
        this.handler = handler;
        this.server = server;
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        threads.execute(this::accept);
    }

    public int port() {
        return server.getLocalPort();
    }

    public String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    /** What was asked, oldest first. */
    public List<Request> requests() {
        return requests;
    }

    int connections() {
        return connections.get();
    }

    /** Connections that neither side has closed. */
    int openConnections() {
        return open.size();
    }

    /** A whole answer with a length. */
    public static void send(OutputStream out, String status, String headers, byte[] body) throws IOException {
        write(out, "HTTP/1.1 " + status + "\r\nContent-Length: " + body.length + "\r\n" + headers + "\r\n");
        out.write(body);
        out.flush();
    }

    public static void send(OutputStream out, String status, String headers, String body) throws IOException {
        send(out, status, headers, body.getBytes(StandardCharsets.UTF_8));
    }

    static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                connections.incrementAndGet();
                open.add(socket);
                threads.execute(() -> serve(socket));
            } catch (IOException e) {
                // The test is over.
            }
        }
    }

    /** Goes on reading while an answer is written, so that a client that hangs up is noticed whatever a handler does. */
    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            while (true) {
                Request request = read(in);
                requests.add(request);
                threads.execute(() -> answer(request, socket));
            }
        } catch (IOException | RuntimeException e) {
            // Closes the connection, as the handler wanted or the client did.
        } finally {
            open.remove(socket);
        }
    }

    private void answer(Request request, Socket socket) {
        try {
            handler.answer(request, socket.getOutputStream());
        } catch (Exception e) {
            try {
                socket.close();
            } catch (IOException ignored) {
                // It is closed.
            }
        }
    }

    private Request read(InputStream in) throws IOException {
        String[] first = line(in).split(" ", 3);
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
        return new Request(first[0], first[1], headers, body, port());
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException();
            }
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
        threads.shutdownNow();
    }
}
