package dev.vap.shared.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.domain.SourceUrl.Credentials;
import dev.vap.shared.domain.SourceUrl.Scheme;
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
        assertThat(url.host()).isNull();
        assertThat(url.credentials()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "rtsp://host/x, RTSP, host, -1",
        "RTSPS://u:p@host:322/x, RTSPS, host, 322",
        "onvif://user:pw@192.168.1.10:8000, ONVIF, 192.168.1.10, 8000",
        "onvif://cam.local, ONVIF, cam.local, -1",
        "http://host/x.mjpg, HTTP, host, -1",
        "http://host?id=a:b@c, HTTP, host, -1",
        "HTTPS://host:8443/live.m3u8?a=1&b=2, HTTPS, host, 8443",
        "rtsp://host:/x, RTSP, host, -1",
        "rtmp://host/app/key, RTMP, host, -1",
        "rtmps://host:1936/app/key, RTMPS, host, 1936",
        "srt://host:9000?streamid=#!::r=live, SRT, host, 9000",
        "udp://239.1.1.1:5000, UDP, 239.1.1.1, 5000",
        "udp://@239.1.1.1:5000, UDP, 239.1.1.1, 5000",
        "rtp://0.0.0.0:65535, RTP, 0.0.0.0, 65535",
        "rtsp://[2001:db8::1]:554/x, RTSP, 2001:db8::1, 554",
        "rtsp://u:p@[::1]/x, RTSP, ::1, -1",
        "rtsp://[fe80::1%25eth0]:554/x, RTSP, fe80::1%25eth0, 554",
    })
    void takesNetworkSources(String text, Scheme scheme, String host, int port) {
        SourceUrl url = SourceUrl.parse(text);
        assertThat(url.scheme()).isEqualTo(scheme);
        assertThat(url.host()).isEqualTo(host);
        assertThat(url.port()).isEqualTo(port);
        assertThat(url.path()).isNull();
        assertThat(url.isFile()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"v4l2:/dev/video0, /dev/video0", "v4l2:///dev/video12, /dev/video12", "V4L2:/dev/video3, /dev/video3"})
    void takesDevices(String text, String path) {
        SourceUrl url = SourceUrl.parse(text);
        assertThat(url.scheme()).isEqualTo(Scheme.V4L2);
        assertThat(url.path()).isEqualTo(path);
        assertThat(url.host()).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "rtsp://host/x '' '' rtsp://host/x",
                "udp://@239.1.1.1:5000 '' '' udp://239.1.1.1:5000",
                "rtsp://admin@host/x admin '' rtsp://host/x",
                "rtsp://admin:@host/x admin '' rtsp://host/x",
                "rtsp://admin:secret@host:554/x admin secret rtsp://host:554/x",
                "rtsp://admin:p@ss:w#rd@host/x?a=b@c admin p@ss:w#rd rtsp://host/x?a=b@c",
                "rtsp://admin:p%40ss%3Aw%23rd@host/x admin p@ss:w#rd rtsp://host/x",
                "rtsp://admin:100%+1@[::1]:554/x admin 100%+1 rtsp://[::1]:554/x",
                "rtsp://a%40b:c@host/x a@b c rtsp://host/x",
                "onvif://admin:p#1@host:8000 admin p#1 onvif://host:8000",
            })
    void takesCredentialsApart(String text, String user, String password, String without) {
        SourceUrl url = SourceUrl.parse(text);
        assertThat(url.credentials()).isEqualTo(user.isEmpty() ? null : new Credentials(user, password));
        assertThat(url.withoutCredentials()).isEqualTo(without);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ftp://host/x", "concat:a|b", "pipe:0", "gopher://x", "data:video/mp4,xx", "user:pw@host/x"})
    void refusesOtherSchemes(String text) {
        assertThatThrownBy(() -> SourceUrl.parse(text))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SOURCE_SCHEME_NOT_ALLOWED))
                .hasMessageEndingWith(" is no source VAP can open: use rtsp://, rtsps://, onvif://, http://, https://,"
                        + " rtmp://, rtmps://, srt://, udp://, rtp://, v4l2:/dev/video0 or file: followed by a path"
                        + " under the media root.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "rtsp:|\"rtsp:\" is not a source VAP can read: write rtsp://host:port/path, an IPv6 address in brackets.",
                "rtsp://|\"rtsp://\" is not a source VAP can read: write rtsp://host:port/path, an IPv6 address in brackets.",
                "rtsp://::1/x|\"rtsp://::1/x\" is not a source VAP can read: write rtsp://host:port/path, an IPv6 address"
                        + " in brackets.",
                "http://a b/x|\"http://a b/x\" is not a source VAP can read: write http://host:port/path, an IPv6 address"
                        + " in brackets.",
                "rtsp://host:0/x|\"rtsp://host:0/x\" is not a source VAP can read: its port must be a number from 1 to"
                        + " 65535.",
                "rtsp://host:65536/x|\"rtsp://host:65536/x\" is not a source VAP can read: its port must be a number from"
                        + " 1 to 65535.",
                "rtsp://u:se/cret@host/x|\"rtsp://***@host/x\" is not a source VAP can read: its port must be a number"
                        + " from 1 to 65535, and / ? and blanks in a password written as %2F %3F %20.",
                "rtsp://u:se cret@host/x|\"rtsp://***@host/x\" is not a source VAP can read: its port must be a number"
                        + " from 1 to 65535, and / ? and blanks in a password written as %2F %3F %20.",
                "rtsp://u secret@host/x|\"rtsp://***@host/x\" is not a source VAP can read: write rtsp://host:port/path,"
                        + " an IPv6 address in brackets, and / ? and blanks in a password as %2F %3F %20.",
                "udp://239.0.0.1|\"udp://239.0.0.1\" is not a source VAP can read: name its port, as in udp://host:5000.",
                "srt://host?passphrase=x|\"srt://host?passphrase=***\" is not a source VAP can read: name its port, as in"
                        + " srt://host:5000.",
                "v4l2:|\"v4l2:\" is not a source VAP can read: name a video device as v4l2:/dev/video0.",
                "v4l2:/dev/sda|\"v4l2:/dev/sda\" is not a source VAP can read: name a video device as v4l2:/dev/video0.",
                "v4l2:/dev/video0/../sda|\"v4l2:/dev/video0/../sda\" is not a source VAP can read: name a video device as"
                        + " v4l2:/dev/video0.",
                "file://host/x|\"file://host/x\" is not a file URL VAP can read: write file:///path/to/clip.mp4.",
                "''|\"camera_url\" must name a source, for example rtsp://host/stream.",
            })
    void saysWhatIsWrong(String text, String message) {
        assertThatThrownBy(() -> SourceUrl.parse(text))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_VALUE))
                .hasMessage(message);
    }

    @Test
    void refusesWhatIsNoUrlAtAll() {
        for (String text : new String[] {null, "  ", "a\u0000b", "x".repeat(3000)}) {
            assertThatThrownBy(() -> SourceUrl.parse(text))
                    .isInstanceOfSatisfying(
                            VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_VALUE));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rtsp://u:secret@h/x",
                "rtsp://u:#secret@h/x",
                "rtsp://u:a@secret:b@h/x",
                "onvif://u:secret@h:8000",
                "srt://h:1?passphrase=secret",
                "srt://h:1?mode=caller&streamid=#!::u=me,s=secret",
            })
    void neverShowsThePassword(String text) {
        SourceUrl url = SourceUrl.parse(text);
        assertThat(url.toString()).doesNotContain("secret");
        assertThat(String.valueOf(url.credentials())).doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://u:secret@h/x",
                "ftp://u:a/secret@h/x",
                "rtsp://u:a?secret@h/x",
                "rtsp://u:a secret@h/x",
                "user:secret@h/x",
            })
    void neverRepeatsThePasswordOfWhatItRefuses(String text) {
        assertThatThrownBy(() -> SourceUrl.parse(text)).hasMessageNotContaining("secret");
    }
}
