package dev.vap.testing.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RtspLoginTest {
    private final TestStream stream = TestStream.h264(160, 120);

    @Test
    void basic() throws IOException {
        try (RtspServer server = RtspServer.of(stream)
                        .login(Login.basic("admin", "s:cret"))
                        .start();
                RtspClient client = new RtspClient(server.url())) {
            RtspClient.Answer refused = client.describe();
            assertThat(refused.status()).isEqualTo(401);
            assertThat(refused.headers().get("www-authenticate")).startsWith("Basic realm=");
            assertThat(server.authFailures()).isZero();
            assertThat(client.describe(basic("admin", "wrong")).status()).isEqualTo(401);
            assertThat(server.authFailures()).isEqualTo(1);
            assertThat(client.describe(basic("admin", "s:cret")).status()).isEqualTo(200);
            server.login(Login.basic("admin", "changed"));
            assertThat(client.describe(basic("admin", "s:cret")).status()).isEqualTo(401);
            assertThat(client.describe(basic("admin", "changed")).status()).isEqualTo(200);
            assertThat(server.login().toString()).doesNotContain("changed");
        }
    }

    @Test
    void digestOfEitherKind() throws IOException {
        for (Login login : new Login[] {Login.digest("admin", "secret"), Login.digestQop("admin", "secret")}) {
            try (RtspServer server = RtspServer.of(stream).login(login).start();
                    RtspClient client = new RtspClient(server.url())) {
                String challenge = client.describe().headers().get("www-authenticate");
                assertThat(challenge.contains("qop=\"auth\"")).isEqualTo(login.scheme() == Login.Scheme.DIGEST_QOP);
                assertThat(client.describe(digest(challenge, "secret", server.url()))
                                .status())
                        .isEqualTo(200);
                assertThat(client.describe(digest(challenge, "wrong", server.url()))
                                .status())
                        .isEqualTo(401);
                assertThat(client.describe(digest(challenge, "secret", server.url() + "x"))
                                .status())
                        .as("for another address")
                        .isEqualTo(401);
                assertThat(server.authFailures()).isEqualTo(2);
            }
        }
    }

    @Test
    void algorithmIsSpelledAsAsked() {
        assertThat(Login.digest("a", "b").spelled("md5").challenges().get(0)).contains("algorithm=md5");
        assertThat(Login.digest("a", "b").spelled("").challenges().get(0)).doesNotContain("algorithm");
        assertThat(new Login(Login.Scheme.BASIC_OR_DIGEST, "a", "b", "MD5").challenges())
                .hasSize(2);
    }

    private static String basic(String user, String password) {
        return "Authorization: Basic "
                + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    private static String digest(String challenge, String password, String uri) {
        String realm = parameter(challenge, "realm");
        String nonce = parameter(challenge, "nonce");
        boolean qop = challenge.contains("qop");
        String response = Login.md5(Login.md5("admin:" + realm + ":" + password) + ":" + nonce
                + (qop ? ":00000001:abc:auth:" : ":") + Login.md5("DESCRIBE:" + uri));
        return "Authorization: Digest username=\"admin\", realm=\"" + realm + "\", nonce=\"" + nonce + "\", uri=\""
                + uri + "\", " + (qop ? "qop=auth, nc=00000001, cnonce=\"abc\", " : "") + "response=\"" + response
                + "\"";
    }

    private static String parameter(String challenge, String name) {
        Matcher m = Pattern.compile(name + "=\"([^\"]*)\"").matcher(challenge);
        assertThat(m.find()).as(challenge).isTrue();
        return m.group(1);
    }
}
