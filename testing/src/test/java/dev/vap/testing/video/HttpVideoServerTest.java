package dev.vap.testing.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.testing.Await;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class HttpVideoServerTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private final TestStream stream = TestStream.of(StreamSpec.h264(160, 120).withRate(25));
    private final HttpVideoServer server = HttpVideoServer.start(stream);
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(SOON).build();

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void clipWithRanges() throws Exception {
        byte[] all = get(HttpPage.CLIP).body();
        assertThat(new String(all, 4, 4, StandardCharsets.US_ASCII)).isEqualTo("ftyp");
        HttpResponse<byte[]> middle = get(HttpPage.CLIP, "Range", "bytes=100-199");
        assertThat(middle.statusCode()).isEqualTo(206);
        assertThat(middle.body()).isEqualTo(Arrays.copyOfRange(all, 100, 200));
        assertThat(middle.headers().firstValue("content-range")).contains("bytes 100-199/" + all.length);
        assertThat(get(HttpPage.CLIP, "Range", "bytes=" + (all.length - 5) + "-")
                        .body())
                .hasSize(5);
        assertThat(get(HttpPage.CLIP, "Range", "bytes=-7").body())
                .isEqualTo(Arrays.copyOfRange(all, all.length - 7, all.length));
        assertThat(get(HttpPage.CLIP, "Range", "bytes=" + all.length + "-").statusCode())
                .isEqualTo(416);
        HttpResponse<byte[]> whole = get(HttpPage.NO_RANGE, "Range", "bytes=100-199");
        assertThat(whole.statusCode()).isEqualTo(200);
        assertThat(whole.body()).isEqualTo(all);
        assertThat(whole.headers().firstValue("content-length")).isEmpty();
        byte[] indexLast = get(HttpPage.CLIP_INDEX_LAST).body();
        assertThat(indexLast).isNotEqualTo(all);
        assertThat(server.requests(HttpPage.CLIP)).isEqualTo(5);
    }

    @Test
    void motionJpeg() throws Exception {
        for (HttpPage page : new HttpPage[] {HttpPage.MJPEG, HttpPage.MJPEG_NO_LENGTH}) {
            HttpResponse<InputStream> response =
                    client.send(request(page.path()).build(), BodyHandlers.ofInputStream());
            assertThat(response.headers().firstValue("content-type"))
                    .contains("multipart/x-mixed-replace; boundary=--frontier");
            try (InputStream body = response.body()) {
                String text = new String(body.readNBytes(30_000), StandardCharsets.ISO_8859_1);
                assertThat(text).startsWith("----frontier\r\nContent-Type: image/jpeg\r\n");
                assertThat(text.split("----frontier", -1)).hasSizeGreaterThan(4);
                assertThat(text.contains("Content-Length")).isEqualTo(page == HttpPage.MJPEG);
            }
        }
        Await.until("the viewers are gone", SOON, () -> server.openConnections() == 0);
    }

    @Test
    void snapshotsDiffer() throws Exception {
        byte[] first = get(HttpPage.SNAPSHOT).body();
        byte[] second = get(HttpPage.SNAPSHOT).body();
        assertThat(first).startsWith(0xff, 0xd8).isNotEqualTo(second);
        assertThat(server.snapshots()).isEqualTo(2);
    }

    @Test
    void hls() throws Exception {
        String vod = text(HttpPage.HLS_VOD);
        assertThat(vod).contains("ENDLIST");
        String live = text(HttpPage.HLS_LIVE);
        Await.until("the window slides", SOON, () -> !text(HttpPage.HLS_LIVE).equals(live));
        for (String line : live.lines().filter(l -> !l.startsWith("#")).toList()) {
            byte[] part = client.send(request("/hls/" + line).build(), BodyHandlers.ofByteArray())
                    .body();
            assertThat(part[0]).isEqualTo((byte) 0x47);
        }
    }

    @Test
    void liveTransportStreamAndFreeze() throws Exception {
        try (InputStream body = client.send(request(HttpPage.LIVE_TS.path()).build(), BodyHandlers.ofInputStream())
                .body()) {
            byte[] start = body.readNBytes(188 * 20);
            for (int at = 0; at < start.length; at += 188) {
                assertThat(start[at]).isEqualTo((byte) 0x47);
            }
        }
        server.freeze(true);
        try (Socket socket = ask(HttpPage.MJPEG)) {
            String head = new String(socket.getInputStream().readNBytes(15), StandardCharsets.US_ASCII);
            assertThat(head).isEqualTo("HTTP/1.1 200 OK");
            socket.setSoTimeout(500);
            assertThatThrownBy(() -> socket.getInputStream().readNBytes(10_000))
                    .isInstanceOf(SocketTimeoutException.class);
            server.freeze(false);
            socket.setSoTimeout(20_000);
            assertThat(socket.getInputStream().readNBytes(1_000)).hasSize(1_000);
        }
    }

    @Test
    void login() throws Exception {
        server.login(Login.digestQop("admin", "secret").spelled("md5"));
        HttpResponse<byte[]> refused = get(HttpPage.CLIP);
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.headers().firstValue("www-authenticate").orElseThrow())
                .contains("algorithm=md5", "qop=\"auth\"");
        server.login(Login.basic("admin", "secret"));
        assertThat(get(HttpPage.CLIP, "Authorization", basic("admin:wrong")).statusCode())
                .isEqualTo(401);
        assertThat(get(HttpPage.CLIP, "Authorization", basic("admin:secret")).statusCode())
                .isEqualTo(200);
        assertThat(server.authFailures()).isEqualTo(1);
    }

    private static String basic(String pair) {
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void https() throws Exception {
        HttpClient trusting = HttpClient.newBuilder()
                .sslContext(TestCertificate.get().clientContext())
                .build();
        try (HttpVideoServer secure = HttpVideoServer.startTls(stream, Login.NONE)) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(secure.url(HttpPage.CLIP)))
                    .build();
            assertThat(trusting.send(request, BodyHandlers.ofByteArray()).statusCode())
                    .isEqualTo(200);
            assertThatThrownBy(() -> client.send(request, BodyHandlers.ofByteArray()))
                    .isInstanceOf(SSLException.class);
        }
    }

    @Test
    void redirects() throws Exception {
        HttpClient following = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build();
        for (HttpPage page : new HttpPage[] {HttpPage.REDIRECT, HttpPage.REDIRECT_CHAIN}) {
            HttpResponse<byte[]> response = following.send(request(page.path()).build(), BodyHandlers.ofByteArray());
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.uri()).hasToString(server.url(HttpPage.CLIP));
        }
        assertThat(location(HttpPage.REDIRECT_LOOP)).endsWith(HttpPage.REDIRECT_LOOP.path());
        assertThat(location(HttpPage.REDIRECT_LINK_LOCAL)).startsWith("http://169.254.");
        assertThat(location(HttpPage.REDIRECT_FILE)).startsWith("file:");
        server.redirectTo("https://example.invalid/x");
        assertThat(location(HttpPage.REDIRECT_ELSEWHERE)).isEqualTo("https://example.invalid/x");
    }

    private String location(HttpPage page) throws Exception {
        HttpResponse<byte[]> response = get(page);
        assertThat(response.statusCode()).isEqualTo(302);
        return response.headers().firstValue("location").orElseThrow();
    }

    @Test
    void wrongAnswers() throws Exception {
        assertThat(get(HttpPage.NOT_FOUND).statusCode()).isEqualTo(404);
        assertThat(get(HttpPage.SERVER_ERROR).statusCode()).isEqualTo(500);
        assertThat(text(HttpPage.WEB_PAGE)).startsWith("<!doctype html>");
        assertThat(get(HttpPage.EMPTY).body()).isEmpty();
        assertThat(text(HttpPage.HLS_FILE)).contains("file:///etc/passwd");
        assertThat(text(HttpPage.HLS_SCHEME)).contains("gopher:");
        assertThat(text(HttpPage.HLS_MISSING_PARTS)).contains("gone0.ts");
        assertThat(get(HttpPage.NO_BOUNDARY).headers().firstValue("content-type"))
                .contains("multipart/x-mixed-replace");
        int length = get(HttpPage.CLIP).body().length;
        assertThat(raw(HttpPage.LENGTH_TOO_LONG))
                .contains("Content-Length: " + 2L * length)
                .hasSizeLessThan(2 * length);
        assertThat(raw(HttpPage.LENGTH_TOO_SHORT))
                .contains("Content-Length: " + length / 2)
                .hasSizeGreaterThan(length);
        assertThat(raw(HttpPage.CUT_MJPEG).split("----frontier", -1)).hasSize(4);
        assertThatThrownBy(() -> raw(HttpPage.CUT_CLIP)).isInstanceOf(SocketException.class);
    }

    @Test
    void neverEndingAnswers() throws IOException {
        try (Socket socket = ask(HttpPage.ENDLESS_HEADERS)) {
            String head = new String(socket.getInputStream().readNBytes(1_000_000), StandardCharsets.US_ASCII);
            assertThat(head).hasSize(1_000_000).contains("X-Nothing-20000: ").doesNotContain("\r\n\r\n");
        }
        try (Socket socket = ask(HttpPage.DRIP)) {
            InputStream in = socket.getInputStream();
            StringBuilder head = new StringBuilder();
            while (!head.toString().endsWith("\r\n\r\n")) {
                head.append((char) in.read());
            }
            in.readNBytes(1);
            long started = System.nanoTime();
            in.readNBytes(1);
            assertThat(System.nanoTime() - started)
                    .isGreaterThan(Duration.ofMillis(500).toNanos());
        }
    }

    @Test
    void goesAndComesBack() throws Exception {
        server.refuse();
        assertThatThrownBy(() -> get(HttpPage.CLIP)).isInstanceOf(ConnectException.class);
        server.accept();
        assertThat(get(HttpPage.CLIP).statusCode()).isEqualTo(200);
        try (Socket socket = ask(HttpPage.MJPEG)) {
            socket.getInputStream().readNBytes(10_000);
            server.resetConnections();
            assertThatThrownBy(() -> socket.getInputStream().readNBytes(10_000_000))
                    .isInstanceOf(SocketException.class);
        }
    }

    @Test
    void closingEndsThreads() throws Exception {
        Set<Thread> before = threads();
        try (HttpVideoServer other = HttpVideoServer.start(stream);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), other.port())) {
            socket.getOutputStream().write("GET /mjpeg HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().readNBytes(5_000);
            assertThat(threads()).hasSizeGreaterThan(before.size());
        }
        Await.until("no thread is left", SOON, () -> before.containsAll(threads()));
    }

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("http-video"))
                .collect(Collectors.toSet());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .timeout(SOON);
    }

    private HttpResponse<byte[]> get(HttpPage page, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = request(page.path());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofByteArray());
    }

    private String text(HttpPage page) throws IOException, InterruptedException {
        return new String(get(page).body(), StandardCharsets.UTF_8);
    }

    private Socket ask(HttpPage page) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(20_000);
        socket.getOutputStream()
                .write(("GET " + page.path() + " HTTP/1.1\r\nHost: x\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    /** All that comes until the server closes. */
    private String raw(HttpPage page) throws IOException {
        try (Socket socket = ask(page)) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }
}
