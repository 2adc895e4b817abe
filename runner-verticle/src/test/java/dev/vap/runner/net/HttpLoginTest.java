package dev.vap.runner.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.decode.ByteStream;
import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.SourceFault;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Logins with a password that needs percent-encoding: {@code p@ss:wörd/}. */
class HttpLoginTest extends HttpFixture {

    private static final String PASSWORD = "p@ss:w\u00f6rd/";
    private static final String ENCODED = "p%40ss%3Aw%C3%B6rd%2F";

    private TinyHttp server(DigestServer digest) {
        return serve((request, out) -> {
            if (digest.admits(request)) {
                TinyHttp.send(out, "200 OK", "Accept-Ranges: bytes\r\n", "fine");
            } else {
                TinyHttp.send(out, "401 Unauthorized", digest.challenge(), "<html>no</html>");
            }
        });
    }

    private String url(TinyHttp server, String password) {
        return "http://admin:" + password + "@127.0.0.1:" + server.port() + "/cam?x=1";
    }

    @ParameterizedTest
    @ValueSource(strings = {"MD5", "md5", "SHA-256", "MD5-sess", "SHA-256-sess", "none"})
    void logsInWithDigest(String algorithm) {
        for (String qop : List.of("auth", "auth-int,auth", "none")) {
            TinyHttp server = server(new DigestServer("admin", PASSWORD, algorithm, qop));

            assertThat(fetch(url(server, ENCODED))).asString().isEqualTo("fine");

            assertThat(server.requests()).hasSize(2);
            assertThat(server.requests().get(0).headers()).doesNotContainKey("authorization");
        }
    }

    @Test
    void logsInWithBasic() {
        TinyHttp server = serve((request, out) -> {
            boolean right = "Basic YWRtaW46cEBzczp3w7ZyZC8=".equals(request.header("Authorization"));
            TinyHttp.send(
                    out,
                    right ? "200 OK" : "401 Unauthorized",
                    right ? "" : "WWW-Authenticate: Basic realm=\"x\"\r\n",
                    "fine");
        });

        assertThat(fetch(url(server, ENCODED))).asString().isEqualTo("fine");
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void triesAWrongPasswordOnce() {
        TinyHttp server = server(new DigestServer("admin", PASSWORD, "MD5", "auth"));

        MediaException e = failure(() -> fetch(url(server, "s3cret")));

        assertThat(e.fault()).isEqualTo(SourceFault.UNAUTHORIZED);
        assertThat(e)
                .hasMessage("127.0.0.1:" + server.port()
                        + " refused the user name or the password: check them in the URL.");
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void asksForCredentialsIfThereAreNone() {
        TinyHttp server = server(new DigestServer("admin", PASSWORD, "MD5", "auth"));

        MediaException e = failure(() -> fetch(server.url("/")));

        assertThat(e.fault()).isEqualTo(SourceFault.UNAUTHORIZED);
        assertThat(e.getMessage()).contains("put user name and password into the URL");
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void answersAnOutdatedNonceOnceMore() {
        AtomicInteger asked = new AtomicInteger();
        DigestServer digest = new DigestServer("admin", PASSWORD, "MD5", "auth");
        TinyHttp server = serve((request, out) -> {
            int number = asked.incrementAndGet();
            boolean admitted = digest.admits(request);
            if (number == 2 && admitted) {
                TinyHttp.send(out, "401 Unauthorized", digest.newChallenge().replace("\r\n", ", stale=true\r\n"), "");
            } else {
                TinyHttp.send(
                        out, admitted ? "200 OK" : "401 Unauthorized", admitted ? "" : digest.challenge(), "fine");
            }
        });

        assertThat(fetch(url(server, ENCODED))).asString().isEqualTo("fine");
        assertThat(asked).hasValue(3);
    }

    @Test
    void doesNotGoOnAnsweringNoncesThatAreAlwaysOutdated() {
        TinyHttp server = serve((request, out) -> TinyHttp.send(
                out, "401 Unauthorized", "WWW-Authenticate: Digest realm=r, nonce=n, stale=true\r\n", ""));

        assertThat(failure(() -> fetch(url(server, "x"))).fault()).isEqualTo(SourceFault.UNAUTHORIZED);
        assertThat(server.requests()).hasSize(3);
    }

    @Test
    void usesItsLoginAgainForOtherParts() {
        byte[] content = "0123456789".repeat(100_000).getBytes(StandardCharsets.US_ASCII);
        DigestServer digest = new DigestServer("admin", PASSWORD, "SHA-256", "auth");
        TinyHttp server = serve((request, out) -> {
            if (!digest.admits(request)) {
                TinyHttp.send(out, "401 Unauthorized", digest.challenge(), "");
            } else if (request.header("Range") != null) {
                TinyHttp.send(out, "206 Partial", "Content-Range: bytes 999999-999999/1000000\r\n", "9");
            } else {
                TinyHttp.send(out, "200 OK", "Accept-Ranges: bytes\r\n", content);
            }
        });

        try (ByteStream stream = open(url(server, ENCODED))) {
            stream.seek(999_999);
            byte[] one = new byte[2];
            assertThat(stream.read(one, 0, 2, in(LONG))).isEqualTo(1);
            assertThat(one[0]).isEqualTo((byte) '9');
            assertThat(stream.address()).doesNotContain("admin", "ss");
        }
        assertThat(server.requests()).hasSize(3);
        assertThat(server.requests().get(2).header("Authorization")).contains("nc=00000002");
    }

    @Test
    void neverWritesHeadersOfItsOwnAccord() {
        TinyHttp server = serve((request, out) -> TinyHttp.send(
                out, "401 Unauthorized", "WWW-Authenticate: Digest realm=\"a\rX-Evil: 1\", nonce=n\r\n", ""));

        assertThat(failure(() -> fetch(url(server, "x"))).fault()).isEqualTo(SourceFault.UNAUTHORIZED);
        assertThat(server.requests()).allSatisfy(r -> assertThat(r.headers()).doesNotContainKey("x-evil"));
    }
}
