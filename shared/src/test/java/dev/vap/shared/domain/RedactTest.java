package dev.vap.shared.domain;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedactTest {

    @ParameterizedTest
    @CsvSource({
        "rtsp://user:secret@host/x, rtsp://user:***@host/x",
        "rtsp://user:se@cr:et@host:554/x, rtsp://user:***@host:554/x",
        "rtsp://token@host/x, rtsp://***@host/x",
        "rtsp://host/x, rtsp://host/x",
        "http://host/x?user=a&password=b&n=1, http://host/x?user=a&password=***&n=1",
        "https://host/x?Token=abc, https://host/x?Token=***",
        "rtsp://user:se#cret@host/x, rtsp://user:***@host/x",
        "onvif://user:se#cret@host:8000, onvif://user:***@host:8000",
        "rtsp://u:p@host/x?a=b@c, rtsp://u:***@host/x?a=b@c",
        "http://host?a=b@c, http://host?a=b@c",
        "srt://host:9000?mode=caller&passphrase=abc&latency=2, srt://host:9000?mode=caller&passphrase=***&latency=2",
        "srt://host:9000?streamid=#!::u=me;s=secret&latency=2, srt://host:9000?streamid=***&latency=2",
        "file:/tmp/a@b.mp4, file:/tmp/a@b.mp4",
    })
    void hidesCredentials(String url, String shown) {
        assertThat(Redact.url(url)).isEqualTo(shown);
    }

    @Test
    void hidesCredentialsInsideASentence() {
        assertThat(Redact.url("can't open rtsp://u:p@h/x or http://a:b@c/"))
                .isEqualTo("can't open rtsp://u:***@h/x or http://a:***@c/");
    }

    @ParameterizedTest
    @CsvSource({
        "rtsp://user:se/cr?et@host/x, rtsp://***@host/x",
        "user:pw@host/x, user:***@host/x",
        "rtsp:user:pw@host/x, rtsp:***@host/x",
        "rtsp://host:x/y, rtsp://host:x/y",
        "a@b, a@b",
    })
    void hidesWhatMayBeAPasswordInWhatIsNoUrl(String text, String shown) {
        assertThat(Redact.malformed(text)).isEqualTo(shown);
    }

    @Test
    void shortensAndMakesControlCharactersVisible() {
        assertThat(Redact.shorten("a\nb\tc")).isEqualTo("a?b?c");
        assertThat(Redact.shorten("x".repeat(1000))).hasSize(83).endsWith("...");
    }
}
