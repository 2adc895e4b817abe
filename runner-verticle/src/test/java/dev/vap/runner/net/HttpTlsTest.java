package dev.vap.runner.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.runner.decode.ByteStream;
import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.AddressRules;
import dev.vap.shared.domain.SourceFault;
import dev.vap.testing.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLServerSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpTlsTest extends HttpFixture {

    @TempDir
    static Path directory;

    private static TestCertificate certificate;

    @BeforeAll
    static void certify() throws Exception {
        certificate = new TestCertificate(directory, "ip:127.0.0.1");
    }

    private static TinyHttp fine(ServerSocket socket) throws IOException {
        return new TinyHttp((request, out) -> TinyHttp.send(out, "200 OK", "", "fine"), socket);
    }

    private static HttpStreams trusting(Path caFile) {
        return new HttpStreams(new AddressGuard(AddressRules.allowing(List.of())), caFile);
    }

    private byte[] fetch(HttpStreams streams, String host, TinyHttp server, boolean verify) {
        return streams.fetch("https://" + host + ":" + server.port() + "/", 1000, verify, in(LONG), cancellation);
    }

    @Test
    void takesAnyCertificateUnlessToldToVerify() throws Exception {
        try (TinyHttp server = fine(certificate.serverSocket())) {
            assertThat(fetch(http, "127.0.0.1", server, false)).asString().isEqualTo("fine");
            // Made out to another name.
            assertThat(fetch(http, "localhost", server, false)).asString().isEqualTo("fine");

            MediaException e = failure(() -> fetch(http, "127.0.0.1", server, true));
            assertThat(e.fault()).isEqualTo(SourceFault.TLS);
            assertThat(e)
                    .hasMessage("The certificate of 127.0.0.1:" + server.port() + " is not trusted: have its authority"
                            + " added to SOURCE_CA_FILE, or set options.tls_verify to false.");
            Await.until("all connections to be closed", LONG, () -> server.openConnections() == 0);
        }
    }

    @Test
    void verifiesWithTheGivenAuthorities() throws Exception {
        try (TinyHttp server = fine(certificate.serverSocket());
                HttpStreams trusting = trusting(certificate.pem())) {
            assertThat(fetch(trusting, "127.0.0.1", server, true)).asString().isEqualTo("fine");
            assertThat(failure(() -> fetch(trusting, "localhost", server, true)).fault())
                    .isEqualTo(SourceFault.TLS);
        }
    }

    @Test
    void saysWhatIsWrongWithTheFileOfAuthorities() throws IOException {
        Path text = Files.writeString(directory.resolve("text.pem"), "no certificate");

        assertThatThrownBy(() -> trusting(directory.resolve("missing.pem")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("SOURCE_CA_FILE: ")
                .hasMessageContaining("can't be read");
        assertThatThrownBy(() -> trusting(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("holds no certificates");
    }

    @Test
    void doesNotSendAPasswordAfterARedirectToAnUnencryptedUrl() throws Exception {
        TinyHttp plain = serve((request, out) ->
                TinyHttp.send(out, "401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n", ""));
        try (TinyHttp server = new TinyHttp(
                (request, out) -> TinyHttp.send(out, "302 Found", "Location: " + plain.url("/x") + "\r\n", ""),
                certificate.serverSocket())) {
            MediaException e = failure(() ->
                    http.open("https://admin:secret@127.0.0.1:" + server.port() + "/", false, in(LONG), cancellation));

            assertThat(e.fault()).isEqualTo(SourceFault.UNAUTHORIZED);
            assertThat(plain.requests()).hasSize(1);
            assertThat(plain.requests().get(0).headers()).doesNotContainKey("authorization");
        }
    }

    @Test
    void saysThatThereIsNoCommonVersion() throws Exception {
        SSLServerSocket old = (SSLServerSocket) certificate.serverSocket();
        old.setEnabledProtocols(new String[] {"TLSv1"});
        try (TinyHttp server = fine(old)) {
            MediaException e = failure(() -> fetch(http, "127.0.0.1", server, false));

            assertThat(e.fault()).isEqualTo(SourceFault.TLS);
            assertThat(e.getMessage()).contains("found no way to encrypt (TLS)");
        }
    }

    @Test
    void leavesASilentHandshakeAtTheDeadlineOrWhenCancelled() throws Exception {
        CountDownLatch closed = new CountDownLatch(2);
        AtomicInteger accepted = new AtomicInteger();
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> serving = CompletableFuture.runAsync(() -> swallow(silent, accepted, closed));
            String url = "https://127.0.0.1:" + silent.getLocalPort() + "/";

            assertThat(failure(() -> http.open(url, false, in(SHORT), cancellation))
                            .fault())
                    .isEqualTo(SourceFault.TIMEOUT);

            CompletableFuture<MediaException> opening = CompletableFuture.supplyAsync(
                    () -> failure(() -> http.open(url, false, in(LONG.multipliedBy(10)), cancellation)));
            Await.until("the second connection", LONG, () -> accepted.get() == 2);
            cancellation.cancel();
            assertThat(opening)
                    .succeedsWithin(LONG)
                    .extracting(MediaException::fault)
                    .isEqualTo(SourceFault.INTERRUPTED);
            assertThat(closed.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(serving).succeedsWithin(LONG);
        }
    }

    @Test
    void leavesAHandshakeOfAByteATimeAtTheDeadline() throws Exception {
        try (TinyHttp server = fine(certificate.serverSocket());
                ServerSocket relay = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> relaying = CompletableFuture.runAsync(() -> drip(relay, server.port()));

            MediaException e = failure(
                    () -> http.open("https://127.0.0.1:" + relay.getLocalPort() + "/", false, in(SHORT), cancellation));

            assertThat(e.fault()).isEqualTo(SourceFault.TIMEOUT);
            assertThat(relaying).succeedsWithin(LONG);
        }
    }

    /** Passes one connection on, back a byte every few milliseconds, until the client hangs up. */
    private void drip(ServerSocket relay, int port) {
        try (Socket client = relay.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), port)) {
            CompletableFuture<Void> forth = CompletableFuture.runAsync(() -> {
                try {
                    client.getInputStream().transferTo(server.getOutputStream());
                } catch (IOException e) {
                    // Reset is an end as well.
                }
            });
            while (!forth.isDone() && !over.await(5, TimeUnit.MILLISECONDS)) {
                int b = server.getInputStream().read();
                client.getOutputStream().write(b);
            }
        } catch (IOException e) {
            // The client has hung up.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Reads what clients say until they hang up, one after the other. */
    private static void swallow(ServerSocket silent, AtomicInteger accepted, CountDownLatch closed) {
        while (closed.getCount() > 0) {
            try (Socket socket = silent.accept()) {
                accepted.incrementAndGet();
                while (socket.getInputStream().read() >= 0) {
                    // Says nothing.
                }
            } catch (IOException e) {
                // Reset is an end as well.
            }
            closed.countDown();
        }
    }

    @Test
    void aSilentBodyEndsTheReadNotTheStream() throws Exception {
        CountDownLatch more = new CountDownLatch(1);
        try (TinyHttp server = new TinyHttp(
                (request, out) -> {
                    TinyHttp.write(out, "HTTP/1.1 200 OK\r\n\r\n");
                    more.await();
                    TinyHttp.write(out, "late");
                    over.await();
                },
                certificate.serverSocket())) {
            try (ByteStream stream =
                    http.open("https://127.0.0.1:" + server.port() + "/", false, in(LONG), cancellation)) {
                byte[] buffer = new byte[10];
                assertThat(failure(() -> stream.read(buffer, 0, 10, in(SHORT))).fault())
                        .isEqualTo(SourceFault.TIMEOUT);
                more.countDown();
                assertThat(stream.read(buffer, 0, 10, in(LONG))).isEqualTo(4);
            }
            Await.until("the connection to be closed", LONG, () -> server.openConnections() == 0);
        }
    }
}
