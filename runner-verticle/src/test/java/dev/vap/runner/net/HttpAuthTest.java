package dev.vap.runner.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.SourceUrl.Credentials;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpAuthTest {

    private static final String RFC_7616 = "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\","
            + " algorithm=%s, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\","
            + " opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";

    private static final String RFC_2617 =
            "Digest realm=\"testrealm@host.com\", %snonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\","
                    + " opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";

    private static HttpAuth mufasa(String password, String clientNonce) {
        return new HttpAuth(new Credentials("Mufasa", password), () -> clientNonce);
    }

    private static String answer(HttpAuth auth, String... challenges) {
        auth.begin();
        assertThat(auth.accept(List.of(challenges))).isTrue();
        return auth.header("GET", "/dir/index.html").orElseThrow();
    }

    @Test
    void computesTheExamplesOfRfc7616() {
        HttpAuth auth = mufasa("Circle of Life", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");

        String md5 = answer(auth, RFC_7616.formatted("MD5"));
        assertThat(md5)
                .startsWith("Digest username=\"Mufasa\", realm=\"http-auth@example.org\", nonce=\"7ypf/xlj9XXwfD")
                .contains("uri=\"/dir/index.html\"", "algorithm=MD5", "qop=auth, nc=00000001, cnonce=\"f2/wE4")
                .contains("response=\"8ca523f5e9506fed4657c9700eebdbec\"")
                .contains("opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"");

        assertThat(answer(auth, RFC_7616.formatted("SHA-256")))
                .contains("response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\"")
                .contains("algorithm=SHA-256");
    }

    @Test
    void computesTheExampleOfRfc2617AndTheOldFormWithoutQop() {
        HttpAuth auth = mufasa("Circle Of Life", "0a4f113b");

        assertThat(answer(auth, RFC_2617.formatted("qop=\"auth,auth-int\", ")))
                .contains("response=\"6629fae49393a05397450978507c4ef1\"")
                .doesNotContain("algorithm");
        assertThat(answer(auth, RFC_2617.formatted("")))
                .contains("response=\"670fd8c2df070c60b045671b8b24ff02\"")
                .doesNotContain("qop", "nc=", "cnonce");
    }

    @Test
    void computesSessionVariants() {
        // Computed with Python's hashlib: HA1 = md5(md5("Mufasa:testrealm@host.com:Circle Of Life"):nonce:cnonce), and
        // so on.
        assertThat(answer(mufasa("Circle Of Life", "0a4f113b"), RFC_2617.formatted("qop=auth, algorithm=MD5-sess, ")))
                .contains("response=\"8e3825c57e897f5a0dec6c2d4e5059d0\"", "algorithm=MD5-sess", "cnonce=\"0a4f113b\"");
        assertThat(answer(
                        mufasa("Circle Of Life", "0a4f113b"), RFC_2617.formatted("qop=auth, algorithm=SHA-256-sess, ")))
                .contains("response=\"b8822e12417cb7750f4e2b8515f0dcf25b7dd26993e80bee1426201446a7f59b\"");
    }

    @Test
    void writesTheAlgorithmAsTheServerDoes() {
        assertThat(answer(mufasa("Circle of Life", "x"), RFC_7616.formatted("md5")))
                .contains("algorithm=md5,");
    }

    @Test
    void countsTheUsesOfANonce() {
        HttpAuth auth = mufasa("Circle of Life", "x");
        answer(auth, RFC_7616.formatted("MD5"));

        auth.begin();
        assertThat(auth.header("GET", "/next").orElseThrow()).contains("nc=00000002");
    }

    @Test
    void answersBasic() {
        HttpAuth auth = new HttpAuth(new Credentials("Aladdin", "open sesame"));

        assertThat(answer(auth, "Basic realm=\"WallyWorld\"")).isEqualTo("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }

    @Test
    void sendsNothingBeforeAChallenge() {
        assertThat(mufasa("x", "y").header("GET", "/")).isEmpty();
    }

    @Test
    void takesTheStrongestOfAllChallenges() {
        String basic = "Basic realm=\"a\"";
        String oneLine = basic + ", " + RFC_7616.formatted("MD5") + ", " + RFC_7616.formatted("SHA-256");

        assertThat(answer(mufasa("p", "c"), oneLine)).contains("algorithm=SHA-256");
        assertThat(answer(mufasa("p", "c"), basic, RFC_7616.formatted("MD5"))).contains("algorithm=MD5");
        assertThat(answer(mufasa("p", "c"), "Negotiate", "NTLM TlRMTVNTUAAB==", basic))
                .startsWith("Basic ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Negotiate",
                "Digest realm=\"x\", nonce=\"n\", algorithm=SHA-512-256",
                "Digest realm=\"x\", nonce=\"n\", qop=\"auth-int\"",
                "=,=,\"\"",
                "Digest realm=\"never closed"
            })
    void doesNotAskAgainForWhatItCannotAnswer(String challenge) {
        HttpAuth auth = mufasa("p", "c");
        auth.begin();

        boolean again = auth.accept(List.of(challenge));

        assertThat(again).isEqualTo(challenge.contains("never closed"));
    }

    @Test
    void answersOneChallengeAndAnOutdatedNonceOnceMore() {
        HttpAuth auth = mufasa("p", "c");
        String challenge = RFC_7616.formatted("MD5");
        auth.begin();

        assertThat(auth.accept(List.of(challenge))).isTrue();
        assertThat(auth.accept(List.of(challenge + ", stale=TRUE"))).isTrue();
        assertThat(auth.accept(List.of(challenge + ", stale=true"))).isFalse();

        auth.begin();
        assertThat(auth.accept(List.of(challenge))).isTrue();
        assertThat(auth.accept(List.of(challenge))).isFalse();
    }

    @Test
    void escapesQuotesAndEncodesNamesBeyondAscii() {
        HttpAuth quotes = new HttpAuth(new Credentials("a\"b\\c", "p"), () -> "c");
        assertThat(answer(quotes, "Digest realm=\"say \\\"hi\\\"\", nonce=n"))
                .contains("username=\"a\\\"b\\\\c\", realm=\"say \\\"hi\\\"\", nonce=\"n\"");

        HttpAuth name = new HttpAuth(new Credentials("Jäsøn", "p"), () -> "c");
        assertThat(answer(name, "Digest realm=r, nonce=n")).contains("username*=UTF-8''J%C3%A4s%C3%B8n, ");
    }

    @Test
    void readsHostileChallengesInNoTime() {
        HttpAuth auth = mufasa("p", "c");
        auth.begin();

        assertThat(auth.accept(List.of(
                        "a=".repeat(200_000), "\\\"".repeat(200_000), "Digest realm=\"" + "\\x".repeat(100_000))))
                .isTrue();
    }
}
