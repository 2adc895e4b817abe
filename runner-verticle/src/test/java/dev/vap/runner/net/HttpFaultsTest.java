package dev.vap.runner.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.decode.ByteStream;
import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.testing.Await;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be wrong with a server, each with its fault and its sentence. */
class HttpFaultsTest extends HttpFixture {

    @Test
    void readsAnAnswerWithALength() {
        TinyHttp server = serve(
                (request, out) -> TinyHttp.send(out, "200 OK", "Content-Type: Video/MP4; codecs=\"x\"\r\n", "hello"));

        try (ByteStream stream = open(server.url("/a b|c?x=ü"))) {
            assertThat(stream.contentType()).isEqualTo("video/mp4");
            assertThat(stream.size()).isEqualTo(5);
            assertThat(stream.seekable()).isFalse();
            assertThat(stream.address()).isEqualTo(server.url("/a%20b%7Cc?x=%C3%BC"));
            assertThat(readAll(stream)).asString(StandardCharsets.UTF_8).isEqualTo("hello");
            assertThat(stream.read(new byte[1], 0, 1, in(LONG))).isEqualTo(-1);
        }
        assertThat(server.requests().get(0).target()).isEqualTo("/a%20b%7Cc?x=%C3%BC");
        assertThat(server.requests().get(0).header("User-Agent")).isEqualTo("vap");
        assertThat(server.requests().get(0).headers()).doesNotContainKeys("authorization", "range", "upgrade");
    }

    @Test
    void takesHostNamesAsPeopleWriteThem() {
        SourceUrl typed = SourceUrl.parse("HTTP://admin:secret@B\u00fcro_1:8080#frag");

        HttpTarget target = HttpTarget.of(typed);

        assertThat(target.url()).isEqualTo("http://xn--bro_1-kva:8080/");
        assertThat(target.hasHost(HttpTarget.ascii(typed.host()))).isTrue();
        assertThat(HttpTarget.of(SourceUrl.parse("https://[FE80::1%25eth0]/x")).authority())
                .isEqualTo("[fe80::1]");
    }

    @Test
    void readsChunksAndAnswersThatEndWithTheConnection() {
        TinyHttp server = serve((request, out) -> {
            if (request.target().equals("/chunks")) {
                TinyHttp.write(
                        out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
            } else {
                TinyHttp.write(out, "HTTP/1.0 200 OK\r\n\r\nabcde");
                throw new IOException("enough");
            }
        });

        for (String path : List.of("/chunks", "/close")) {
            try (ByteStream stream = open(server.url(path))) {
                assertThat(stream.size()).isEqualTo(-1);
                assertThat(stream.contentType()).isEmpty();
                assertThat(readAll(stream)).asString(StandardCharsets.UTF_8).isEqualTo("abcde");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "401 | UNAUTHORIZED | asks for a login: put user name and password into the URL, as in http://user:password@host.",
                "403 | UNAUTHORIZED | forbids access to this (403): check the user's rights and the path.",
                "404 | NOT_FOUND | has nothing under this path (404): check the path in the URL.",
                "410 | NOT_FOUND | has nothing under this path (410): check the path in the URL.",
                "400 | IO | answered 400 (Bad Request).",
                "429 | IO | answered 429 (Too Many Requests).",
                "418 | IO | answered 418.",
                "304 | IO | answered 304 (Not Modified).",
                "302 | IO | answered 302.",
                "500 | IO | answered 500 (Internal Server Error): try again later.",
                "503 | IO | answered 503 (Service Unavailable): try again later."
            })
    void saysWhatAStatusMeans(int status, SourceFault fault, String words) {
        TinyHttp server = serve((request, out) -> {
            if (status == 304) {
                TinyHttp.write(out, "HTTP/1.1 304 X\r\n\r\n");
            } else {
                TinyHttp.send(out, status + " Whatever \033[31m", "", "an error page");
            }
        });

        assertFault(server.url("/"), fault, "127.0.0.1:" + server.port() + " " + words);
    }

    @Test
    void saysThatTheConnectionIsRefused() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }

        assertFault(
                "http://admin:secret@127.0.0.1:" + port + "/",
                SourceFault.REFUSED,
                "127.0.0.1:" + port + " refused the connection: check that the source is on, and the port.");
    }

    @Test
    void saysThatAHostIsNotKnownOrMayNotBeAsked() {
        assertThat(failure(() -> fetch("http://no-such-host.invalid/")).fault()).isEqualTo(SourceFault.UNREACHABLE);
        assertThat(failure(() -> fetch("http://169.254.169.254/latest/meta-data"))
                        .fault())
                .isEqualTo(SourceFault.NOT_ALLOWED);
        assertThat(failure(() -> fetch("http://[::ffff:169.254.169.254]/")).fault())
                .isEqualTo(SourceFault.NOT_ALLOWED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rtsp://127.0.0.1/x",
                "file:///etc/passwd",
                "/etc/passwd",
                "http://",
                "http://admin:secret@cam*1/"
            })
    void refusesWhatIsNotAnHttpUrl(String url) {
        assertThat(failure(() -> fetch(url)).fault()).isEqualTo(SourceFault.NOT_ALLOWED);
    }

    /** A full queue of connections lets the kernel drop the next ones, like a host that does not answer. */
    @Test
    void leavesAHostThatDoesNotAnswerAtTheDeadline() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<SocketChannel> fillers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                SocketChannel filler = SocketChannel.open();
                filler.configureBlocking(false);
                filler.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), silent.getLocalPort()));
                fillers.add(filler);
            }
            try {
                String url = "http://127.0.0.1:" + silent.getLocalPort() + "/";
                MediaException e = failure(() -> http.open(url, false, in(SHORT), cancellation));
                assertThat(e.fault()).isEqualTo(SourceFault.TIMEOUT);
                assertThat(e).hasMessage("127.0.0.1:" + silent.getLocalPort() + " did not answer in time.");
            } finally {
                for (SocketChannel filler : fillers) {
                    filler.close();
                }
            }
        }
    }

    @Test
    void leavesSilenceInTheHeadAtTheDeadlineAndHangsUp() {
        TinyHttp server = serve((request, out) -> {
            TinyHttp.write(out, "HTTP/1.1 200 OK\r\nContent-");
            over.await();
        });

        assertTimeout(server);
    }

    @Test
    void leavesAHeadOfAByteATimeAtTheDeadline() {
        TinyHttp server = serve((request, out) -> {
            TinyHttp.write(out, "HTTP/1.1 200 OK\r\nX: ");
            drip(out);
        });

        assertTimeout(server);
    }

    @Test
    void leavesEndlessInterimAnswersAtTheDeadline() {
        TinyHttp server = serve((request, out) -> {
            while (over.getCount() > 0) {
                TinyHttp.write(out, "HTTP/1.1 102 Processing\r\n\r\n");
                await(5);
            }
        });

        MediaException e = failure(() -> http.open(server.url("/"), false, in(SHORT), cancellation));
        assertThat(e.fault()).isIn(SourceFault.TIMEOUT, SourceFault.IO);
        Await.until("the client to hang up", LONG, () -> server.openConnections() == 0);
    }

    private void assertTimeout(TinyHttp server) {
        MediaException e = failure(() -> http.open(server.url("/"), false, in(SHORT), cancellation));
        assertThat(e.fault()).isEqualTo(SourceFault.TIMEOUT);
        Await.until("the client to hang up", LONG, () -> server.openConnections() == 0);
    }

    private void drip(OutputStream out) throws Exception {
        while (over.getCount() > 0) {
            TinyHttp.write(out, "x");
            await(5);
        }
    }

    private void await(int millis) throws InterruptedException {
        over.await(millis, TimeUnit.MILLISECONDS);
    }

    @Test
    void givesUpOnAFloodOfHeaders() {
        TinyHttp server = serve((request, out) -> {
            TinyHttp.write(out, "HTTP/1.1 200 OK\r\n");
            for (int i = 0; over.getCount() > 0; i++) {
                TinyHttp.write(out, ("X-" + i + ": " + "y".repeat(1000) + "\r\n").repeat(10));
            }
        });

        MediaException e = failure(() -> fetch(server.url("/")));
        assertThat(e.fault()).isEqualTo(SourceFault.IO);
        assertThat(e.getMessage()).contains("sends headers without end");
        Await.until("the client to hang up", LONG, () -> server.openConnections() == 0);
    }

    @Test
    void leavesABodyOfAByteATimeAtTheDeadline() {
        TinyHttp server = serve((request, out) -> {
            TinyHttp.write(out, "HTTP/1.1 200 OK\r\n\r\n");
            drip(out);
        });

        MediaException whole = failure(() -> http.fetch(server.url("/"), 1_000_000, false, in(SHORT), cancellation));
        assertThat(whole.fault()).isEqualTo(SourceFault.TIMEOUT);
        assertThat(whole).hasMessage("127.0.0.1:" + server.port() + " did not send what is needed in time.");
        Await.until("the client to hang up", LONG, () -> server.openConnections() == 0);
    }

    @Test
    void aSilentBodyEndsTheReadNotTheStream() throws Exception {
        CountDownLatch more = new CountDownLatch(1);
        TinyHttp server = serve((request, out) -> {
            TinyHttp.write(out, "HTTP/1.1 200 OK\r\n\r\n");
            more.await();
            TinyHttp.write(out, "late");
            over.await();
        });

        try (ByteStream stream = open(server.url("/"))) {
            byte[] buffer = new byte[10];
            assertThat(failure(() -> stream.read(buffer, 0, 10, in(SHORT))).fault())
                    .isEqualTo(SourceFault.TIMEOUT);
            more.countDown();
            assertThat(stream.read(buffer, 0, 10, in(LONG))).isEqualTo(4);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 10\r\n\r\nabc",
                "Transfer-Encoding: chunked\r\n\r\n5\r\nab",
                "Transfer-Encoding: chunked\r\n\r\nzz\r\nab",
                "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
            })
    void saysThatABodyWasCut(String rest) {
        TinyHttp server = serve((request, out) -> {
            TinyHttp.write(out, "HTTP/1.1 200 OK\r\n" + rest);
            throw new IOException("cut");
        });

        assertFault(
                server.url("/"),
                SourceFault.IO,
                "The connection to 127.0.0.1:" + server.port() + " broke off in the middle.");
    }

    @Test
    void readsNoMoreThanTheLengthThatWasSaid() {
        TinyHttp server =
                serve((request, out) -> TinyHttp.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef"));

        assertThat(fetch(server.url("/"))).asString(StandardCharsets.UTF_8).isEqualTo("abc");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "SSH-2.0-OpenSSH_9.2\r\n",
                "RTSP/1.0 200 OK\r\n\r\n",
                "HTTP/1.1 abc OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: minus one\r\n\r\nx",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
                "\0\1\2\3\4\r\n\r\n"
            })
    void saysThatItIsNoHttpServer(String answer) {
        TinyHttp server = serve((request, out) -> {
            TinyHttp.write(out, answer);
            throw new IOException("enough");
        });

        assertThat(failure(() -> fetch(server.url("/"))).fault()).isEqualTo(SourceFault.IO);
    }

    @Test
    void refusesMoreBytesThanWanted() {
        TinyHttp server = serve((request, out) -> {
            TinyHttp.write(out, "HTTP/1.1 200 OK\r\n\r\n");
            while (true) {
                out.write(new byte[1000]);
            }
        });

        MediaException e = failure(() -> http.fetch(server.url("/"), 5000, false, in(LONG), cancellation));
        assertThat(e.fault()).isEqualTo(SourceFault.IO);
        assertThat(e.getMessage()).contains("more than 5000 bytes");
        Await.until("the client to hang up", LONG, () -> server.openConnections() == 0);
    }

    @Test
    void saysThatAServerDoesNotSpeakTls() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> answered = CompletableFuture.runAsync(() -> {
                try (Socket socket = server.accept()) {
                    TinyHttp.write(socket.getOutputStream(), "HTTP/1.1 400 Bad Request\r\n\r\n");
                    socket.getInputStream().readAllBytes();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });

            assertFault(
                    "https://127.0.0.1:" + server.getLocalPort() + "/",
                    SourceFault.TLS,
                    "127.0.0.1:" + server.getLocalPort() + " does not speak TLS: check the port, or use http://.");
            assertThat(answered).succeedsWithin(LONG);
        }
    }

    @Test
    void saysWhenAConnectionIsReset() {
        TinyHttp server = serve((request, out) -> {
            throw new IOException("closed without a word");
        });

        MediaException e = failure(() -> fetch(server.url("/")));
        assertThat(e.fault()).isEqualTo(SourceFault.IO);
        assertThat(e.getMessage()).contains("closed the connection without an answer");
    }

    @Test
    void aThreadThatIsInterruptedStopsAndStaysInterrupted() {
        TinyHttp server = serve((request, out) -> over.await());
        Thread.currentThread().interrupt();

        MediaException e = failure(() -> fetch(server.url("/")));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(e.fault()).isEqualTo(SourceFault.INTERRUPTED);
    }
}
