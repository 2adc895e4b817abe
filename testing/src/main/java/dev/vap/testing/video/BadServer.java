package dev.vap.testing.video;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A TCP port of 127.0.0.1 that misbehaves from the first byte on, whatever protocol is spoken to it. Safe for any thread;
 * {@link #close()} frees its sockets and threads.
 */
public final class BadServer implements AutoCloseable {
    private static final int SEED = 7;
    private static final int FILL_TIMEOUT_MILLIS = 300;
    private static final int DRIP_MILLIS = 1000;
    private static final byte[] PAGE =
            "<!doctype html><title>Printer</title><h1>Out of paper</h1>\n".getBytes(StandardCharsets.UTF_8);

    /** The ways to misbehave. */
    public enum Manner {
        /** Accepts and never says a word. */
        SILENT,
        /** Closes as soon as the connection is there. */
        CLOSES,
        /** Resets as soon as the connection is there. */
        RESETS,
        /** Random bytes without end, the same in every run. */
        NOISE,
        /** An answer, a byte a second. */
        DRIP,
        /** An answer whose head never ends. */
        ENDLESS_HEADERS,
        /** Connecting gets no answer at all, neither yes nor no. */
        NEVER_ACCEPTS,
        /** A web page, whatever was asked. */
        WEB_PAGE,
        /** Status 200, and nothing in it. */
        EMPTY_ANSWER,
        /** Closes after so many bytes of an answer, by default 20. */
        CUT
    }

    private final Manner manner;
    private final int number;
    private final Listener listener;
    private final ServerSocket full;
    private final List<Socket> filling = new ArrayList<>();

    private BadServer(Manner manner, int number) {
        this.manner = manner;
        this.number = number;
        boolean accepts = manner != Manner.NEVER_ACCEPTS;
        listener = accepts ? new Listener("bad-server", InetAddress.getLoopbackAddress(), 0, null, this::serve) : null;
        full = accepts ? null : fill();
    }

    public static BadServer start(Manner manner) {
        return start(manner, 20);
    }

    /** @param number what {@link Manner#CUT} counts to */
    public static BadServer start(Manner manner, int number) {
        return new BadServer(manner, number);
    }

    /** A port whose queue of connections is full, so that the system leaves further ones without an answer. */
    private ServerSocket fill() {
        try {
            ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            while (true) {
                Socket client = new Socket();
                filling.add(client);
                try {
                    client.connect(socket.getLocalSocketAddress(), FILL_TIMEOUT_MILLIS);
                } catch (SocketTimeoutException e) {
                    return socket;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return listener == null ? full.getLocalPort() : listener.port();
    }

    /** @param scheme such as {@code rtsp} or {@code http} */
    public String url(String scheme) {
        return scheme + "://127.0.0.1:" + port() + "/cam";
    }

    /** Connections so far; those that were never accepted are not counted. */
    public int connections() {
        return listener == null ? 0 : listener.accepted();
    }

    private void serve(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        OutputStream out = socket.getOutputStream();
        switch (manner) {
            case SILENT -> in.transferTo(OutputStream.nullOutputStream());
            case CLOSES, NEVER_ACCEPTS -> {
                // Closed on return.
            }
            case RESETS -> Listener.reset(socket);
            case NOISE -> {
                Random random = new Random(SEED);
                byte[] noise = new byte[1024];
                while (true) {
                    random.nextBytes(noise);
                    out.write(noise);
                }
            }
            default -> answer(socket, in, out);
        }
    }

    private void answer(Socket socket, InputStream in, OutputStream out) throws IOException {
        String request = firstLine(in);
        String version = request.endsWith("RTSP/1.0") ? "RTSP/1.0" : "HTTP/1.1";
        String start = version + " 200 OK\r\nCSeq: 1\r\n";
        switch (manner) {
            case DRIP -> {
                for (byte one : (start + "X-Slow: " + "z".repeat(10_000)).getBytes(StandardCharsets.US_ASCII)) {
                    out.write(one);
                    HttpMedia.pause(DRIP_MILLIS);
                }
            }
            case ENDLESS_HEADERS -> {
                out.write(start.getBytes(StandardCharsets.US_ASCII));
                while (true) {
                    out.write("X-Nothing: to see here\r\n".getBytes(StandardCharsets.US_ASCII));
                }
            }
            case WEB_PAGE -> {
                out.write(("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: " + PAGE.length
                                + "\r\nConnection: close\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
                out.write(PAGE);
                finish(socket, in);
            }
            case EMPTY_ANSWER -> {
                out.write((start + "Content-Length: 0\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
                finish(socket, in);
            }
            default -> {
                String whole = start + "Content-Length: 1000000\r\n\r\n" + "z".repeat(Math.max(0, number));
                out.write(whole.getBytes(StandardCharsets.US_ASCII), 0, Math.min(number, whole.length()));
                finish(socket, in);
            }
        }
    }

    /** Closes so that what was written arrives: unread input would turn it into a reset. */
    private static void finish(Socket socket, InputStream in) throws IOException {
        socket.shutdownOutput();
        in.transferTo(OutputStream.nullOutputStream());
    }

    private static String firstLine(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\r' && c != '\n' && line.length() < 4096; c = in.read()) {
            line.append((char) c);
        }
        return line.toString();
    }

    @Override
    public void close() {
        if (listener != null) {
            listener.close();
            return;
        }
        try {
            full.close();
            for (Socket socket : filling) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
