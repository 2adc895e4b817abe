package dev.vap.testing.video;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The least that can play a camera: blocking, one track, no retries. */
final class RtspClient implements AutoCloseable {
    static final int TIMEOUT_MILLIS = 20_000;

    private final String url;
    private final Socket socket;
    private final InputStream in;
    private final Deque<Packet> packets = new ArrayDeque<>();
    private int sequence;
    private String session = "";

    RtspClient(String url) throws IOException {
        this.url = url;
        URI address = URI.create(url);
        String host = address.getHost().replaceAll("[\\[\\]]", "");
        socket = address.getScheme().equals("rtsps")
                ? TestCertificate.get().clientContext().getSocketFactory().createSocket(host, address.getPort())
                : new Socket(host, address.getPort());
        socket.setSoTimeout(TIMEOUT_MILLIS);
        in = new BufferedInputStream(socket.getInputStream());
    }

    record Answer(int status, Map<String, String> headers, String body) {}

    /** A packet of RTP or RTCP; the fields of the header make sense for RTP only. */
    record Packet(int channel, ByteBuffer bytes) {
        boolean marker() {
            return (bytes.get(1) & 0x80) != 0;
        }

        int sequence() {
            return bytes.getShort(2) & 0xffff;
        }

        long timestamp() {
            return bytes.getInt(4) & 0xffffffffL;
        }

        byte[] payload() {
            byte[] payload = new byte[bytes.limit() - 12];
            bytes.get(12, payload);
            return payload;
        }
    }

    RtspClient timeout(int millis) throws IOException {
        socket.setSoTimeout(millis);
        return this;
    }

    Answer ask(String method, String uri, String... headers) throws IOException {
        tell(method, uri, headers);
        return answer();
    }

    void tell(String method, String uri, String... headers) throws IOException {
        StringBuilder text = new StringBuilder(method + " " + uri + " RTSP/1.0\r\nCSeq: " + ++sequence + "\r\n");
        if (!session.isEmpty()) {
            text.append("Session: ").append(session).append("\r\n");
        }
        for (String header : headers) {
            text.append(header).append("\r\n");
        }
        socket.getOutputStream().write(text.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
    }

    Answer describe(String... headers) throws IOException {
        return ask("DESCRIBE", url, headers);
    }

    Answer setUp(String transport) throws IOException {
        Answer answer = ask("SETUP", url + "/trackID=0", "Transport: " + transport);
        session = answer.headers().getOrDefault("session", "").replaceAll(";.*", "");
        return answer;
    }

    Answer play() throws IOException {
        return ask("PLAY", url);
    }

    /** All the way to the first packet, over TCP. */
    RtspClient playOverTcp() throws IOException {
        describe();
        setUp("RTP/AVP/TCP;unicast;interleaved=0-1");
        if (play().status() != 200) {
            throw new IOException("PLAY failed");
        }
        return this;
    }

    Answer answer() throws IOException {
        while (true) {
            int first = read();
            if (first == '$') {
                packets.add(readPacket());
                continue;
            }
            int status = Integer.parseInt(line(first).split(" ", 3)[1]);
            Map<String, String> headers = new HashMap<>();
            for (String line = line(read()); !line.isEmpty(); line = line(read())) {
                headers.merge(
                        line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT),
                        line.substring(line.indexOf(':') + 1).trim(),
                        (one, two) -> one + "\n" + two);
            }
            int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
            return new Answer(status, headers, new String(in.readNBytes(length), StandardCharsets.US_ASCII));
        }
    }

    Packet packet() throws IOException {
        if (!packets.isEmpty()) {
            return packets.remove();
        }
        int first = read();
        if (first != '$') {
            throw new IOException("no packet, but " + (char) first);
        }
        return readPacket();
    }

    private Packet readPacket() throws IOException {
        int channel = read();
        int length = (read() << 8) | read();
        return new Packet(channel, ByteBuffer.wrap(in.readNBytes(length)));
    }

    /** Packets of RTP until one with the marker. */
    List<Packet> frame() throws IOException {
        List<Packet> frame = new ArrayList<>();
        while (true) {
            Packet packet = packet();
            if (packet.channel() == 0) {
                frame.add(packet);
                if (packet.marker()) {
                    return frame;
                }
            }
        }
    }

    /** The next sender report. */
    ByteBuffer report() throws IOException {
        for (int i = 0; i < 1000; i++) {
            Packet packet = packet();
            if (packet.channel() == 1) {
                return packet.bytes();
            }
        }
        throw new IOException("no report");
    }

    /** Leaves out the packets that came before the last answer. */
    void forget() {
        packets.clear();
    }

    int read() throws IOException {
        int one = in.read();
        if (one < 0) {
            throw new EOFException();
        }
        return one;
    }

    private String line(int first) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = first; c != '\n'; c = read()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    Socket socket() {
        return socket;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** Puts NAL units together again (RFC 6184). */
    static List<byte[]> nals(List<Packet> frame) {
        List<byte[]> nals = new ArrayList<>();
        for (Packet packet : frame) {
            byte[] payload = packet.payload();
            if ((payload[0] & 0x1f) != 28) {
                nals.add(payload);
                continue;
            }
            boolean start = (payload[1] & 0x80) != 0;
            byte[] before = start
                    ? new byte[] {(byte) ((payload[0] & 0xe0) | (payload[1] & 0x1f))}
                    : nals.remove(nals.size() - 1);
            nals.add(ByteBuffer.allocate(before.length + payload.length - 2)
                    .put(before)
                    .put(payload, 2, payload.length - 2)
                    .array());
        }
        return nals;
    }
}
