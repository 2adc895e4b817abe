package dev.vap.shared.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourceUrlTest {

    @ParameterizedTest
    @CsvSource({
        "file:/media/a b.mp4, /media/a b.mp4",
        "file:///media/a%20b.mp4, /media/a b.mp4",
        "file://localhost/media/a.mp4, /media/a.mp4",
        "file:clips/a.mp4, clips/a.mp4",
        "clips/a.mp4, clips/a.mp4",
        "/media/a.mp4, /media/a.mp4",
        "a:b.mp4, a:b.mp4",
    })
    void takesFiles(String text, String path) {
        SourceUrl url = SourceUrl.parse(text);
        assertThat(url.isFile()).isTrue();
        assertThat(url.path()).isEqualTo(path);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rtsp://host/x", "rtsps://u:p@host:322/x", "http://host/x.mjpg", "HTTPS://host/live.m3u8"})
    void takesLiveSources(String text) {
        assertThat(SourceUrl.parse(text).isFile()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ftp://host/x", "concat:a|b", "pipe:0", "gopher://x", "rtsp:", "rtsp://", "data:video/mp4,xx"})
    void refusesOtherSchemes(String text) {
        assertThatThrownBy(() -> SourceUrl.parse(text))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SOURCE_SCHEME_NOT_ALLOWED));
    }

    @Test
    void refusesWhatIsNoUrlAtAll() {
        for (String text : new String[] {null, "", "  ", "a\u0000b", "x".repeat(3000), "file://host/x"}) {
            assertThatThrownBy(() -> SourceUrl.parse(text))
                    .isInstanceOfSatisfying(
                            VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_VALUE));
        }
    }

    @Test
    void neverShowsThePassword() {
        assertThat(SourceUrl.parse("rtsp://u:secret@h/x").toString()).doesNotContain("secret");
        assertThatThrownBy(() -> SourceUrl.parse("ftp://u:secret@h/x")).hasMessageNotContaining("secret");
    }
}
