package dev.vap.runner.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.decode.ByteStream;
import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.SourceFault;
import dev.vap.testing.Await;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpRedirectTest extends HttpFixture {

    private TinyHttp redirecting(String status, String location) {
        return serve((request, out) -> {
            if (request.target().startsWith("/start")) {
                TinyHttp.send(out, status, "Location: " + location + "\r\n", "");
            } else {
                TinyHttp.send(out, "200 OK", "", request.target());
            }
        });
    }

    @ParameterizedTest
    @CsvSource({
        "301 Moved, /clip.mp4, /clip.mp4",
        "302 Found, clip.mp4?x=1, /start/clip.mp4?x=1",
        "303 See Other, ../clip.mp4#t=3, /clip.mp4",
        "307 Temporary, ?again, /start/here?again",
        "308 Permanent, /a b|ü, /a%20b%7C%C3%BC",
    })
    void followsRelativeLocations(String status, String location, String target) {
        // Headers are bytes; servers write UTF-8 into them.
        String bytes = new String(location.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        TinyHttp server = serve((request, out) -> {
            if (request.target().equals("/start/here?token=1")) {
                TinyHttp.write(out, "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\nLocation: " + bytes + "\r\n\r\n");
            } else {
                TinyHttp.send(out, "200 OK", "", "fine");
            }
        });

        try (ByteStream stream = open(server.url("/start/here?token=1"))) {
            assertThat(stream.address()).isEqualTo(server.url(target));
            assertThat(readAll(stream)).asString().isEqualTo("fine");
        }
    }

    @Test
    void followsToOtherServersWithoutTellingThemTheCredentials() {
        TinyHttp other = serve((request, out) ->
                TinyHttp.send(out, "401 Unauthorized", "WWW-Authenticate: Basic realm=\"give me\"\r\n", ""));
        TinyHttp server = redirecting("302 Found", "http://localhost:" + other.port() + "/x");

        MediaException e = failure(() -> fetch("http://admin:secret@127.0.0.1:" + server.port() + "/start"));

        assertThat(e.fault()).isEqualTo(SourceFault.UNAUTHORIZED);
        assertThat(e)
                .hasMessage(
                        "localhost:" + other.port() + " asks for a login that VAP does not give: have it offer Basic"
                                + " or Digest, and if the URL redirects to it, use its own URL.");
        assertThat(other.requests()).hasSize(1);
        assertThat(other.requests().get(0).headers()).doesNotContainKey("authorization");
    }

    @Test
    void neitherSendsNorShowsCredentialsThatARedirectBrings() {
        TinyHttp other = serve((request, out) -> {
            if (request.header("Authorization") == null) {
                TinyHttp.send(out, "401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n", "");
            } else {
                TinyHttp.send(out, "200 OK", "", "fine");
            }
        });
        TinyHttp server = redirecting("302 Found", "http://evil:s3cret@127.0.0.1:" + other.port() + "/x");

        MediaException e = failure(() -> fetch(server.url("/start")));

        assertThat(e.fault()).isEqualTo(SourceFault.UNAUTHORIZED);
        assertThat(other.requests()).hasSize(1);
    }

    @Test
    void followsFiveRedirectsAndNoMore() {
        for (int redirects : List.of(5, 6)) {
            TinyHttp server = serve((request, out) -> {
                int number = Integer.parseInt(request.target().substring(1));
                if (number < redirects) {
                    TinyHttp.send(out, "302 Found", "Location: /" + (number + 1) + "\r\n", "");
                } else {
                    TinyHttp.send(out, "200 OK", "", "fine");
                }
            });
            if (redirects == 5) {
                assertThat(fetch(server.url("/0"))).asString().isEqualTo("fine");
            } else {
                assertFault(
                        server.url("/0"),
                        SourceFault.NOT_ALLOWED,
                        "127.0.0.1:" + server.port() + " redirects in a circle or more than 5 times: use the URL of the"
                                + " video itself.");
                assertThat(server.requests()).hasSize(6);
            }
        }
    }

    @Test
    void noticesACircleAtOnce() {
        TinyHttp server = redirecting("302 Found", "/start");

        assertThat(failure(() -> fetch(server.url("/start"))).fault()).isEqualTo(SourceFault.NOT_ALLOWED);
        assertThat(server.requests()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///etc/passwd",
                "rtsp://127.0.0.1/x",
                "ftp://127.0.0.1/x",
                "javascript:alert(1)",
                "data:video/mp4;base64,AAAA",
                "http://",
                "//[x",
                "gopher://admin:s3cret@127.0.0.1/"
            })
    void refusesToLeaveHttp(String location) {
        TinyHttp server = redirecting("302 Found", location);

        assertFault(
                server.url("/start"),
                SourceFault.NOT_ALLOWED,
                "127.0.0.1:" + server.port() + " redirects to something else than an http:// or https:// URL, which VAP"
                        + " does not follow: use the URL of the video itself.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://169.254.169.254/latest", "//[fe80::1]/", "http://0.0.0.0:80/", "http://2852039166/"})
    void checksTheAddressOfEachTarget(String location) {
        TinyHttp server = redirecting("302 Found", location);

        assertThat(failure(() -> fetch(server.url("/start"))).fault()).isEqualTo(SourceFault.NOT_ALLOWED);
    }

    @Test
    void hangsUpOnABodyThatComesWithARedirect() {
        TinyHttp server = serve((request, out) -> {
            if (request.target().equals("/start")) {
                TinyHttp.write(out, "HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n");
                while (over.getCount() > 0) {
                    out.write(new byte[1000]);
                }
            }
            TinyHttp.send(out, "200 OK", "", "fine");
        });

        assertThat(fetch(server.url("/start"))).asString().isEqualTo("fine");
        Await.until("all to be closed", LONG, () -> server.openConnections() == 0);
    }
}
