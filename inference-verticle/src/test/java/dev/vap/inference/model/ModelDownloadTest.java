package dev.vap.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelDownloadTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private final byte[] content = new byte[300_000];
    private final List<Long> progress = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch released = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer server;
    private String sha256;

    @BeforeEach
    void serve() throws IOException {
        new Random(1).nextBytes(content);
        Path copy = Files.write(directory.resolve("copy"), content);
        sha256 = ModelDownload.sha256(copy);
        Files.delete(copy);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.start();
    }

    @AfterEach
    void stop() {
        released.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    @Test
    void fetchesAndTellsHowFarItIs() throws IOException {
        answer("/model", exchange -> send(exchange, 200, content));

        assertThat(pull("/model")).isTrue();

        assertThat(directory.resolve("tiny.onnx")).hasBinaryContent(content);
        assertThat(progress).isSorted().endsWith((long) content.length);
        assertNothingElse();
    }

    @Test
    void leavesAWholeFileAlone() throws IOException {
        Files.write(directory.resolve("tiny.onnx"), content);

        assertThat(pull("/nowhere")).isFalse();
    }

    @Test
    void replacesADamagedFile() throws IOException {
        Files.writeString(directory.resolve("tiny.onnx"), "damaged");
        answer("/model", exchange -> send(exchange, 200, content));

        assertThat(pull("/model")).isTrue();
        assertThat(directory.resolve("tiny.onnx")).hasBinaryContent(content);
    }

    @Test
    void followsRedirects() throws IOException {
        answer("/model", exchange -> send(exchange, 200, content));
        answer("/moved", exchange -> {
            exchange.getResponseHeaders().set("Location", "/model");
            send(exchange, 302, new byte[0]);
        });

        assertThat(pull("/moved")).isTrue();
    }

    @Test
    void makesTheDirectory() throws IOException {
        answer("/model", exchange -> send(exchange, 200, content));
        Path target = directory.resolve("a/b/clip.mp4");

        ModelDownload.fetch(
                new ModelDownload.Item("the clip", url("/model"), sha256, target, 1_000_000),
                (bytes, total) -> {},
                LONG,
                LONG);

        assertThat(target).hasBinaryContent(content);
    }

    @Test
    void saysThatItIsNotThere() {
        answer("/gone", exchange -> send(exchange, 404, "not found".getBytes(StandardCharsets.UTF_8)));

        assertFailure("/gone", "127.0.0.1 answered 404 for tiny: it is not there any more.");
    }

    @Test
    void saysThatTheServerIsInTrouble() {
        answer("/busy", exchange -> send(exchange, 503, new byte[0]));

        assertFailure("/busy", "127.0.0.1 answered 503 for tiny: try again later.");
    }

    @Test
    void recognisesALoginPage() {
        answer("/login", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
            send(exchange, 200, "<html>who are you?</html>".getBytes(StandardCharsets.UTF_8));
        });

        assertFailure(
                "/login",
                "127.0.0.1 answered with a web page, not with tiny: check the URL, and whether a proxy or a login page is in"
                        + " between.");
    }

    @Test
    void recognisesAPageThatIsSentAsAFile() throws IOException {
        Files.writeString(directory.resolve("tiny.onnx"), "what was there before");
        answer("/page", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
            send(exchange, 200, "\n<!DOCTYPE html>\n<title>Sign in</title>".getBytes(StandardCharsets.UTF_8));
        });

        assertThatThrownBy(() -> pull("/page"))
                .isInstanceOf(DownloadException.class)
                .hasMessageStartingWith("127.0.0.1 answered with a web page, not with tiny: ");
        assertThat(directory.resolve("tiny.onnx")).hasContent("what was there before");
        assertNothingElse();
    }

    @Test
    void refusesAnotherContent() throws IOException {
        byte[] other = content.clone();
        other[1000]++;
        Files.writeString(directory.resolve("tiny.onnx"), "what was there before");
        answer("/other", exchange -> send(exchange, 200, other));

        assertThatThrownBy(() -> pull("/other"))
                .isInstanceOf(DownloadException.class)
                .hasMessageStartingWith("The download of tiny is corrupt: SHA-256 ")
                .hasMessageEndingWith(", expected " + sha256 + ": try again.");
        assertThat(directory.resolve("tiny.onnx")).hasContent("what was there before");
        assertNothingElse();
    }

    @Test
    void refusesWhatIsTooLarge() {
        answer("/large", exchange -> send(exchange, 200, new byte[content.length + 1]));
        answer("/endless", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            for (int i = 0; i < 1000; i++) {
                exchange.getResponseBody().write(content);
            }
        });

        assertFailure("/large", "What was offered as tiny is larger than 300000 bytes, so it is another file.");
        assertFailure("/endless", "What was offered as tiny is larger than 300000 bytes, so it is another file.");
    }

    @Test
    void saysThatItBrokeOff() {
        answer("/cut", exchange -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content, 0, 1000);
            exchange.getResponseBody().flush();
            throw new IOException("cut off");
        });

        assertThatThrownBy(() -> pull("/cut"))
                .isInstanceOf(DownloadException.class)
                .hasMessageStartingWith("The download of tiny broke off (")
                .hasMessageEndingWith("): try again.");
        assertNothingLeft();
    }

    @Test
    void givesUpAtTheDeadline() {
        answer("/hang", exchange -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content, 0, 1000);
            exchange.getResponseBody().flush();
            released.await();
        });

        assertThatThrownBy(() -> pull(url("/hang"), Duration.ofMillis(300)))
                .isInstanceOf(DownloadException.class)
                .hasMessage("The download of tiny was not complete after 300 ms: check the network and try again.");
        assertNothingLeft();
    }

    @Test
    void saysThatNobodyListens() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }

        assertThatThrownBy(() -> pull(URI.create("http://127.0.0.1:" + port + "/model"), LONG))
                .isInstanceOf(DownloadException.class)
                .hasMessage("127.0.0.1 refused the connection: check the network, a proxy or firewall, and try again.");
        assertNothingLeft();
    }

    @Test
    void saysThatTheMachineIsOffline() {
        assertThatThrownBy(() -> pull(URI.create("http://no-such-host.invalid/model"), Duration.ofSeconds(3)))
                .isInstanceOf(DownloadException.class)
                .message()
                // The last two are what a resolver that never answers looks like.
                .containsAnyOf(
                        "no-such-host.invalid can't be found: is this machine offline?",
                        "did not answer within",
                        "was not complete after");
    }

    @Test
    void saysThatTheDiskRefuses() throws IOException {
        Files.writeString(directory.resolve("file"), "in the way");

        assertThatThrownBy(() -> ModelDownload.pull(
                        entry(url("/model")), directory.resolve("file"), (bytes, total) -> {}, LONG, LONG))
                .isInstanceOf(DownloadException.class)
                .hasMessageContaining("can't be written");
    }

    @Test
    void hasNothingToFetchForOthers() {
        assertThatThrownBy(() -> ModelDownload.pull(
                        new ModelCatalog(directory).find("people").orElseThrow(),
                        directory,
                        (bytes, total) -> {},
                        LONG,
                        LONG))
                .hasMessage("The model people is built in: there is nothing to download.");
    }

    private void answer(String path, Answer answer) {
        HttpHandler handler = exchange -> {
            try (exchange) {
                answer.to(exchange);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        server.createContext(path, handler);
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    private boolean pull(String path) throws DownloadException {
        return pull(url(path), LONG);
    }

    private boolean pull(URI url, Duration deadline) throws DownloadException {
        return ModelDownload.pull(entry(url), directory, (bytes, total) -> progress.add(bytes), LONG, deadline);
    }

    private CatalogEntry entry(URI url) {
        return new CatalogEntry("tiny", DetectorKind.ONNX, "tiny.onnx", null, sha256, "MIT", content.length, false)
                .withUrl(url);
    }

    private URI url(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    private void assertFailure(String path, String message) {
        assertThatThrownBy(() -> pull(path))
                .isInstanceOf(DownloadException.class)
                .hasMessage(message);
        assertNothingLeft();
    }

    private void assertNothingLeft() {
        assertThat(directory).isEmptyDirectory();
    }

    private void assertNothingElse() {
        assertThat(directory.toFile().list()).containsExactly("tiny.onnx");
    }

    private interface Answer {
        void to(HttpExchange exchange) throws IOException, InterruptedException;
    }
}
