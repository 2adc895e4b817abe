package dev.vap.testing.video;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One client of an {@link RtspServer}: its requests, and at most one session. Runs on the connection's thread. */
final class RtspConnection {
    private static final Pattern PORTS = Pattern.compile("client_port=(\\d{1,5})(?:-(\\d{1,5}))?");
    private static final Pattern CHANNELS = Pattern.compile("interleaved=(\\d{1,3})");
    private static final byte[] FILLER =
            "a=x-nothing:to see here\r\n".repeat(400).getBytes(StandardCharsets.US_ASCII);

    private final RtspServer server;
    private final Socket socket;
    private final Outbox outbox;
    private final String session =
            HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    private volatile String userAgent = "";
    private volatile RtspServer.Transport transport;
    private volatile RtpSender sender;
    private volatile boolean playing;
    private volatile long lastRequest = System.nanoTime();
    private RtpSender.Link link;

    RtspConnection(RtspServer server, Socket socket) throws IOException {
        this.server = server;
        this.socket = socket;
        socket.setTcpNoDelay(true);
        this.outbox = new Outbox("rtsp-out-" + socket.getPort(), socket.getOutputStream(), this::closeSocket);
    }

    /** Blocks until the client or the server ends it. */
    void run() throws IOException {
        try {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (int first = in.read(); first >= 0; first = in.read()) {
                if (first == '$') {
                    in.skipNBytes(1);
                    in.skipNBytes((in.read() << 8) | in.read());
                    server.countReport();
                } else if (first != '\r' && first != '\n') {
                    RequestHead request = RequestHead.read(in, first);
                    lastRequest = System.nanoTime();
                    userAgent = request.headers().getOrDefault("user-agent", "");
                    server.count(request.method());
                    if (!handle(request)) {
                        return;
                    }
                }
            }
        } finally {
            endSession();
            outbox.close();
        }
    }

    private void endSession() {
        if (sender != null) {
            server.camera().remove(sender);
            link.close();
            playing = false;
            sender = null;
        }
    }

    private void closeSocket() {
        try {
            socket.close();
        } catch (IOException e) {
            // Closed already.
        }
    }

    /** What is known about the client while it plays; else null. */
    RtspServer.Viewer viewer() {
        RtpSender current = sender;
        return playing && current != null
                ? new RtspServer.Viewer(
                        socket.getRemoteSocketAddress().toString(), transport, userAgent, current.frames())
                : null;
    }

    /** Ends the connection if the client has not asked anything for this long. */
    void expire(Duration timeout) {
        if (System.nanoTime() - lastRequest > timeout.toNanos()) {
            closeSocket();
        }
    }

    /** False ends the connection. */
    private boolean handle(RequestHead request) throws IOException {
        Faults faults = server.faults();
        String method = request.method();
        boolean afterDescribe = !method.equals("OPTIONS") && !method.equals("DESCRIBE");
        if (faults.on(RtspFault.SILENT) || (faults.on(RtspFault.SILENT_AFTER_DESCRIBE) && afterDescribe)) {
            return true;
        }
        if (method.equals("OPTIONS")) {
            answer(request, "200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, TEARDOWN\r\n", "");
            return true;
        }
        String authorization = request.header("authorization");
        Login login = server.login();
        if (!login.allows(method, request.uri(), authorization)) {
            if (authorization != null) {
                server.countAuthFailure();
            }
            StringBuilder challenges = new StringBuilder();
            login.challenges()
                    .forEach(c ->
                            challenges.append("WWW-Authenticate: ").append(c).append("\r\n"));
            answer(request, "401 Unauthorized", challenges.toString(), "");
            return true;
        }
        switch (method) {
            case "DESCRIBE" -> describe(request);
            case "SETUP" -> setUp(request);
            case "PLAY" -> play(request);
            case "PAUSE" -> {
                stopPlaying();
                answer(request, "200 OK", sessionHeader(), "");
            }
            case "GET_PARAMETER", "SET_PARAMETER" -> answer(request, "200 OK", sessionHeader(), "");
            case "TEARDOWN" -> {
                endSession();
                answer(request, "200 OK", "", "");
                return false;
            }
            default -> answer(request, "501 Not Implemented", "", "");
        }
        return true;
    }

    private void describe(RequestHead request) {
        Faults faults = server.faults();
        if (faults.on(RtspFault.REDIRECT)) {
            String target = server.redirectTarget();
            String location = target == null ? request.uri() : target;
            answer(request, "302 Moved Temporarily", "Location: " + location + "\r\n", "");
            return;
        }
        if (faults.on(RtspFault.NOT_FOUND) || !isServed(request.uri())) {
            answer(request, "404 Stream Not Found", "", "");
            return;
        }
        if (faults.on(RtspFault.UNAVAILABLE)) {
            answer(request, "503 Service Unavailable", "", "");
            return;
        }
        String headers = "Content-Base: " + request.uri() + "/\r\nContent-Type: application/sdp\r\n";
        String description = Sdp.describe(server.camera().stream(), faults);
        int huge = faults.number(RtspFault.HUGE_SDP);
        if (huge > description.length()) {
            answerHuge(request, headers, description, huge);
        } else {
            answer(request, "200 OK", headers, description);
        }
    }

    private void answerHuge(RequestHead request, String headers, String description, int size) {
        outbox.add(head(request, "200 OK", headers, size).getBytes(StandardCharsets.US_ASCII));
        outbox.add(out -> {
            out.write(description.getBytes(StandardCharsets.US_ASCII));
            for (int left = size - description.length(); left > 0; left -= FILLER.length) {
                out.write(FILLER, 0, Math.min(left, FILLER.length));
            }
        });
    }

    private static boolean isServed(String uri) {
        return uri.matches("rtsps?://[^/]*" + RtspServer.PATH + "(?:[/?].*)?");
    }

    private void setUp(RequestHead request) throws IOException {
        String wanted = request.headers().getOrDefault("transport", "");
        for (String offer : wanted.split(",", -1)) {
            boolean tcp = offer.contains("RTP/AVP/TCP");
            RtspServer.Transport kind = tcp ? RtspServer.Transport.TCP : RtspServer.Transport.UDP;
            Matcher details = (tcp ? CHANNELS : PORTS).matcher(offer);
            if (offer.contains("multicast") || server.refuses(kind) || !details.find()) {
                continue;
            }
            endSession();
            int type = Sdp.payloadType(server.camera().stream());
            String where = tcp ? overTcp(Integer.parseInt(details.group(1))) : overUdp(details);
            sender = new RtpSender(server.faults(), server.clock(), link, type);
            transport = kind;
            where += ";ssrc=" + HexFormat.of().withUpperCase().toHexDigits(sender.source());
            answer(request, "200 OK", sessionHeader() + "Transport: " + where + "\r\n", "");
            return;
        }
        answer(request, "461 Unsupported Transport", "", "");
    }

    private String overTcp(int channel) {
        link = new RtpSender.Link() {
            @Override
            public void rtp(byte[] packet) {
                outbox.add(Rtp.interleaved(channel, packet));
            }

            @Override
            public void rtcp(byte[] packet) {
                outbox.add(Rtp.interleaved(channel + 1, packet));
            }

            @Override
            public void close() {}
        };
        return "RTP/AVP/TCP;unicast;interleaved=" + channel + "-" + (channel + 1);
    }

    private String overUdp(Matcher ports) throws IOException {
        int rtp = Integer.parseInt(ports.group(1));
        int rtcp = ports.group(2) == null ? rtp + 1 : Integer.parseInt(ports.group(2));
        UdpLink udp =
                UdpLink.open(socket.getLocalAddress(), socket.getInetAddress(), rtp, rtcp, server.receiverReports());
        link = udp;
        return "RTP/AVP;unicast;client_port=" + rtp + "-" + rtcp + ";server_port=" + udp.port() + "-"
                + (udp.port() + 1);
    }

    private void play(RequestHead request) {
        String given = request.header("session");
        if (sender == null || given == null || !given.startsWith(session)) {
            answer(request, "454 Session Not Found", "", "");
            return;
        }
        // No rtptime: the camera's next frame may be another one by the time that the answer is written.
        answer(request, "200 OK", sessionHeader() + "Range: npt=now-\r\n", "");
        if (!playing) {
            playing = true;
            server.camera().add(sender);
        }
    }

    private void stopPlaying() {
        if (sender != null) {
            server.camera().remove(sender);
            playing = false;
        }
    }

    private String sessionHeader() {
        return "Session: " + session + ";timeout=" + server.sessionTimeout().toSeconds() + "\r\n";
    }

    private void answer(RequestHead request, String status, String headers, String body) {
        byte[] bytes = (head(request, status, headers, body.length()) + body).getBytes(StandardCharsets.US_ASCII);
        int drip = server.faults().number(RtspFault.DRIP);
        if (drip > 0) {
            outbox.add(Outbox.dripping(bytes, drip));
        } else {
            outbox.add(bytes);
        }
    }

    private static String head(RequestHead request, String status, String headers, int length) {
        String sequence = request.headers().getOrDefault("cseq", "0");
        return "RTSP/1.0 " + status + "\r\nCSeq: " + sequence + "\r\nServer: Test camera\r\n" + headers
                + (length > 0 ? "Content-Length: " + length + "\r\n" : "") + "\r\n";
    }
}
