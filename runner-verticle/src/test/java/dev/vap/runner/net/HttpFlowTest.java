package dev.vap.runner.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.decode.ByteStream;
import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.SourceFault;
import dev.vap.testing.Await;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Back-pressure, cancelling in each phase, and what is left over afterwards. */
class HttpFlowTest extends HttpFixture {

    @Test
    void aReaderThatDoesNotReadStopsTheServer() {
        AtomicLong sent = new AtomicLong();
        TinyHttp server = serve((request, out) -> {
            TinyHttp.write(out, "HTTP/1.1 200 OK\r\n\r\n");
            byte[] block = new byte[64 * 1024];
            while (over.getCount() > 0) {
                out.write(block);
                sent.addAndGet(block.length);
            }
        });

        try (ByteStream stream = open(server.url("/"))) {
            Standstill standstill = new Standstill(sent);
            Await.until("the server to stop", LONG, standstill::reached);
            // What the kernel holds for both sides; a reader without bounds would have had gigabytes.
            assertThat(sent.get()).isLessThan(64L << 20);
            long before = sent.get();
            byte[] buffer = new byte[64 * 1024];
            for (long read = 0; read < before + (1 << 20); ) {
                read += stream.read(buffer, 0, buffer.length, in(LONG));
            }
            assertThat(sent.get()).isGreaterThan(before);
        }
        Await.until("the connection to be closed", LONG, () -> server.openConnections() == 0);
    }

    /** A number that was the same for many looks. */
    private static final class Standstill {
        private final AtomicLong number;
        private long last = -1;
        private int looks;

        Standstill(AtomicLong number) {
            this.number = number;
        }

        boolean reached() {
            long now = number.get();
            looks = now == last && now > 0 ? looks + 1 : 0;
            last = now;
            return looks > 40;
        }
    }

    /** In which phase the server falls silent. */
    @ParameterizedTest
    @ValueSource(strings = {"head", "redirect", "login", "body", "drip"})
    void cancellingEndsEachPhase(String phase) {
        TinyHttp server = serve((request, out) -> answerTo(phase, request, out));
        CompletableFuture<MediaException> reading = CompletableFuture.supplyAsync(() -> failure(() -> {
            String url = "http://admin:secret@127.0.0.1:" + server.port() + "/";
            try (ByteStream stream = http.open(url, false, in(LONG.multipliedBy(10)), cancellation)) {
                while (true) {
                    stream.read(new byte[100], 0, 100, in(LONG.multipliedBy(10)));
                }
            }
        }));
        int requests = phase.equals("redirect") || phase.equals("login") ? 2 : 1;
        Await.until("the last request", LONG, () -> server.requests().size() == requests);

        cancellation.cancel();

        assertThat(reading)
                .succeedsWithin(LONG)
                .extracting(MediaException::fault)
                .isEqualTo(SourceFault.INTERRUPTED);
        Await.until("the client to hang up", LONG, () -> server.openConnections() == 0);
    }

    private void answerTo(String phase, TinyHttp.Request request, OutputStream out) throws Exception {
        if (request.target().equals("/")) {
            switch (phase) {
                case "redirect" -> TinyHttp.send(out, "302 Found", "Location: /next\r\n", "");
                case "login" -> {
                    if (request.header("Authorization") == null) {
                        TinyHttp.send(out, "401 Unauthorized", "WWW-Authenticate: Basic realm=x\r\n", "");
                    }
                }
                case "body", "drip" -> TinyHttp.write(out, "HTTP/1.1 200 OK\r\n\r\n");
                default -> {
                    // Silence in the head.
                }
            }
        }
        while (!over.await(5, TimeUnit.MILLISECONDS)) {
            if (phase.equals("drip")) {
                TinyHttp.write(out, "x");
            }
        }
    }

    @Test
    void cancellingEndsConnecting() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<SocketChannel> fillers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                SocketChannel filler = SocketChannel.open();
                filler.configureBlocking(false);
                filler.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), silent.getLocalPort()));
                fillers.add(filler);
            }
            CompletableFuture<MediaException> opening = CompletableFuture.supplyAsync(() -> failure(() -> http.open(
                    "http://127.0.0.1:" + silent.getLocalPort() + "/",
                    false,
                    in(LONG.multipliedBy(10)),
                    cancellation)));
            Await.until("the attempt to connect", LONG, () -> isConnecting());

            cancellation.cancel();

            assertThat(opening)
                    .succeedsWithin(LONG)
                    .extracting(MediaException::fault)
                    .isEqualTo(SourceFault.INTERRUPTED);
            for (SocketChannel filler : fillers) {
                filler.close();
            }
        }
    }

    private static boolean isConnecting() {
        return Thread.getAllStackTraces().values().stream()
                .flatMap(Arrays::stream)
                .anyMatch(frame -> frame.getClassName().equals(Connection.class.getName())
                        && frame.getMethodName().equals("connect"));
    }

    @Test
    void whatWasCancelledBeforeDoesNotEvenConnect() {
        TinyHttp server = serve((request, out) -> TinyHttp.send(out, "200 OK", "", "x"));
        cancellation.cancel();

        assertThat(failure(() -> fetch(server.url("/"))).fault()).isEqualTo(SourceFault.INTERRUPTED);
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void aDeadlineThatHasPassedEndsAtOnce() {
        TinyHttp server = serve((request, out) -> TinyHttp.send(out, "200 OK", "", "x"));

        MediaException e = failure(() -> http.open(server.url("/"), false, System.nanoTime() - 1, cancellation));

        assertThat(e.fault()).isEqualTo(SourceFault.TIMEOUT);
    }

    @Test
    void thousandsOfRequestsLeaveNeitherThreadsNorConnections() throws Exception {
        TinyHttp server = serve((request, out) -> {
            switch (request.target()) {
                case "/missing" -> TinyHttp.send(out, "404 Not Found", "", "no");
                case "/cut" -> throw new IOException("cut");
                default -> TinyHttp.send(out, "200 OK", "", "fine");
            }
        });
        String[] paths = {"/fine", "/missing", "/cut", "/unread"};
        ExecutorService callers = Executors.newFixedThreadPool(4);
        try {
            List<CompletableFuture<Void>> done = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                String path = paths[i % paths.length];
                done.add(CompletableFuture.runAsync(() -> request(server.url(path), path), callers));
            }
            CompletableFuture.allOf(done.toArray(CompletableFuture[]::new)).get(2, TimeUnit.MINUTES);
        } finally {
            callers.shutdownNow();
        }

        assertThat(server.requests()).hasSize(2000);
        Await.until("all connections to be closed", LONG, () -> server.openConnections() == 0);
        Await.untilAsserted(
                "no thread but one", LONG, () -> assertThat(threads()).containsExactly("vap-net-watch"));
    }

    private void request(String url, String path) {
        switch (path) {
            case "/fine" -> assertThat(fetch(url)).asString().isEqualTo("fine");
            case "/missing" -> assertThat(failure(() -> fetch(url)).fault()).isEqualTo(SourceFault.NOT_FOUND);
            case "/cut" -> assertThat(failure(() -> fetch(url)).fault()).isEqualTo(SourceFault.IO);
            default -> open(url).close();
        }
    }

    /** Those that clients may have started; other tests' end soon after them. */
    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("vap-net") || name.contains("HttpClient"))
                .toList();
    }

    @Test
    void closingTwiceIsHarmlessAndFromAnotherThreadEndsAnUnlimitedRead() {
        TinyHttp server = serve((request, out) -> TinyHttp.write(out, "HTTP/1.1 200 OK\r\n\r\n"));
        ByteStream stream = open(server.url("/"));
        CompletableFuture<MediaException> reading = CompletableFuture.supplyAsync(
                () -> failure(() -> stream.read(new byte[5], 0, 5, in(LONG.multipliedBy(10)))));

        stream.close();
        stream.close();

        assertThat(reading)
                .succeedsWithin(LONG)
                .extracting(MediaException::fault)
                .isEqualTo(SourceFault.IO);
    }
}
