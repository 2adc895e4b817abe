package dev.vap.testing.video;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Videos by HTTP/1.1 on a free port of 127.0.0.1, good ones and bad ones: see {@link HttpPage}. Safe for any thread; {@link
 * #close()} frees its sockets and threads.
 */
public final class HttpVideoServer implements AutoCloseable {
    private static final String LINK_LOCAL = "http://169.254.169.254/clip.mp4";

    private final boolean tls;
    private final HttpMedia media;
    private final Listener listener;
    private final Map<String, AtomicInteger> requests = new ConcurrentHashMap<>();
    private final AtomicInteger authFailures = new AtomicInteger();
    private volatile Login login;
    private volatile String elsewhere = LINK_LOCAL;

    private HttpVideoServer(TestStream stream, Login login, boolean tls) {
        this.tls = tls;
        this.login = login;
        this.media = new HttpMedia(stream);
        this.listener = new Listener(
                "http-video",
                InetAddress.getLoopbackAddress(),
                0,
                tls ? TestCertificate.get().serverContext() : null,
                this::serve);
    }

    /** @param stream H.264; Motion-JPEG is made of the same size and rate */
    public static HttpVideoServer start(TestStream stream) {
        return new HttpVideoServer(stream, Login.NONE, false);
    }

    public static HttpVideoServer start(TestStream stream, Login login) {
        return new HttpVideoServer(stream, login, false);
    }

    /** Https, with the {@link TestCertificate}. */
    public static HttpVideoServer startTls(TestStream stream, Login login) {
        return new HttpVideoServer(stream, login, true);
    }

    public int port() {
        return listener.port();
    }

    public String url(HttpPage page) {
        return url("", page.path());
    }

    /** With credentials, taken as written. */
    public String url(HttpPage page, String user, String password) {
        return url(user + ":" + password + "@", page.path());
    }

    private String url(String credentials, String path) {
        return (tls ? "https://" : "http://") + credentials + "127.0.0.1:" + port() + path;
    }

    public void login(Login value) {
        login = Objects.requireNonNull(value);
    }

    /** Where {@link HttpPage#REDIRECT_ELSEWHERE} leads. */
    public void redirectTo(String url) {
        elsewhere = url;
    }

    /** Live streams stand still with their connections open. */
    public void freeze(boolean on) {
        media.freeze(on);
    }

    /** From now on connecting is refused; connections go on. */
    public void refuse() {
        listener.refuse();
    }

    /** Opens the same port again. */
    public void accept() {
        listener.accept();
    }

    /** Ends all connections politely (FIN). */
    public void closeConnections() {
        listener.endAll();
    }

    /** Ends all connections rudely (RST). */
    public void resetConnections() {
        listener.resetAll();
    }

    /** Connections so far. */
    public int connections() {
        return listener.accepted();
    }

    /** Connections now. */
    public int openConnections() {
        return listener.open();
    }

    /** Requests for this so far, however they were answered. */
    public int requests(HttpPage page) {
        AtomicInteger count = requests.get(page.path());
        return count == null ? 0 : count.get();
    }

    /** Requests with wrong credentials; those without any are not counted. */
    public int authFailures() {
        return authFailures.get();
    }

    /** Pictures sent by {@link HttpPage#SNAPSHOT}. */
    public int snapshots() {
        return media.snapshots();
    }

    private void serve(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        InputStream in = new BufferedInputStream(socket.getInputStream());
        for (int first = in.read(); first >= 0; first = in.read()) {
            HttpReply reply = new HttpReply(RequestHead.read(in, first), socket.getOutputStream());
            answer(reply, socket);
            if (!reply.open()) {
                return;
            }
        }
    }

    private void answer(HttpReply reply, Socket socket) throws IOException {
        RequestHead request = reply.request();
        String path = request.uri().replaceFirst("\\?.*", "");
        requests.computeIfAbsent(path, p -> new AtomicInteger()).incrementAndGet();
        String authorization = request.header("authorization");
        if (!login.allows(request.method(), request.uri(), authorization)) {
            if (authorization != null) {
                authFailures.incrementAndGet();
            }
            String[] challenges = login.challenges().stream()
                    .map(challenge -> "WWW-Authenticate: " + challenge)
                    .toArray(String[]::new);
            reply.answer("401 Unauthorized", "text/plain", "who are you?\n", challenges);
            return;
        }
        if (media.sendPart(reply, path) || redirected(reply, path)) {
            return;
        }
        HttpPage page = Arrays.stream(HttpPage.values())
                .filter(candidate -> candidate.path().equals(path))
                .findFirst()
                .orElse(HttpPage.NOT_FOUND);
        send(page, reply, socket);
    }

    private boolean redirected(HttpReply reply, String path) throws IOException {
        String target =
                switch (path) {
                    case "/redirect/clip.mp4", "/redirect/1" -> HttpPage.CLIP.path();
                    case "/redirect/2" -> url("", "/redirect/1");
                    case "/redirect/3" -> url("", "/redirect/2");
                    case "/redirect/loop" -> path;
                    case "/redirect/link-local" -> LINK_LOCAL;
                    case "/redirect/file" -> "file:///etc/passwd";
                    case "/redirect/elsewhere" -> elsewhere;
                    default -> null;
                };
        if (target == null) {
            return false;
        }
        String status =
                switch (path) {
                    case "/redirect/3" -> "301 Moved Permanently";
                    case "/redirect/1" -> "307 Temporary Redirect";
                    default -> "302 Found";
                };
        reply.answer(status, "text/plain", "over there\n", "Location: " + target);
        return true;
    }

    private void send(HttpPage page, HttpReply reply, Socket socket) throws IOException {
        switch (page) {
            case CLIP -> media.sendClip(reply, false);
            case CLIP_INDEX_LAST -> media.sendClip(reply, true);
            case NO_RANGE -> media.sendWithoutRanges(reply);
            case MJPEG -> media.sendMjpeg(reply, true);
            case MJPEG_NO_LENGTH -> media.sendMjpeg(reply, false);
            case SNAPSHOT -> media.sendSnapshot(reply);
            case HLS_LIVE -> media.sendPlaylist(reply, true);
            case HLS_VOD -> media.sendPlaylist(reply, false);
            case LIVE_TS -> media.sendTs(reply);
            case CUT_CLIP -> {
                int length = media.clip().length;
                reply.last()
                        .head("200 OK", "Content-Type: video/mp4", "Content-Length: " + length)
                        .write(media.clip(), 0, length / 2);
                Listener.reset(socket);
            }
            default -> HttpTraps.send(page, reply, media);
        }
    }

    @Override
    public void close() {
        listener.close();
    }
}
