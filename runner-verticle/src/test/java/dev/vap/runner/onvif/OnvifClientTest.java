package dev.vap.runner.onvif;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaException;
import dev.vap.runner.net.AddressGuard;
import dev.vap.runner.net.HttpStreams;
import dev.vap.runner.net.TinyHttp;
import dev.vap.runner.onvif.OnvifDevice.Quirk;
import dev.vap.shared.domain.AddressRules;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.testing.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OnvifClientTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String LOGIN = "admin:p%26ss%20w%C3%B6rd@";

    private final AddressGuard guard = new AddressGuard(AddressRules.allowing(List.of()));
    private final HttpStreams http = new HttpStreams(guard, null);
    private final OnvifClient client = new OnvifClient(http, false, InstantSource.system());
    private final Cancellation cancellation = new Cancellation();
    private final List<OnvifDevice> devices = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (OnvifDevice device : devices) {
            device.close();
        }
        http.close();
        guard.close();
    }

    private OnvifDevice device(Quirk... quirks) {
        try {
            OnvifDevice device = new OnvifDevice(quirks);
            devices.add(device);
            return device;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private String resolve(String url, int width, int height, Duration deadline) {
        return client.resolve(
                SourceUrl.parse(url), width, height, System.nanoTime() + deadline.toNanos(), cancellation);
    }

    private String resolve(OnvifDevice device) {
        return resolve(device.url(), 640, 640, LONG);
    }

    private MediaException failure(String url, Duration deadline) {
        MediaException e = catchThrowableOfType(MediaException.class, () -> resolve(url, 640, 640, deadline));
        assertThat(e).as("a fault").isNotNull();
        assertThat(e.getMessage()).doesNotContain("s3cret", "p&ss", "p%26ss").endsWith(".");
        return e;
    }

    private MediaException failure(OnvifDevice device) {
        return failure(device.url(), LONG);
    }

    private static String main(String scheme, String rest) {
        return scheme + "://" + LOGIN + "127.0.0.1" + rest;
    }

    private static final String MAIN = main("rtsp", ":8554/main?a=1&b=2");

    @Test
    void asksMedia2ForTheStreamAndGivesItTheUsersHostAndLogin() {
        OnvifDevice device = device();

        assertThat(resolve(device)).isEqualTo(MAIN);
        assertThat(device.operations())
                .containsExactly(
                        "device.GetSystemDateAndTime",
                        "device.GetServices",
                        "media2.GetProfiles",
                        "media2.GetStreamUri");
    }

    @Test
    void asksWithoutALoginIfThereIsNone() {
        OnvifDevice device = device(Quirk.NO_LOGIN);

        assertThat(resolve("onvif://127.0.0.1:" + device.port() + "/onvif/device_service", 0, 0, LONG))
                .isEqualTo("rtsp://127.0.0.1:8554/sub?a=1&b=2");
    }

    @ParameterizedTest
    @EnumSource(
            value = Quirk.class,
            names = {
                "SLOW_CLOCK",
                "NO_CLOCK",
                "WRONG_XADDR",
                "SOAP_11",
                "NO_SERVICES",
                "NO_MEDIA2",
                "MEDIA2_FAILS",
                "MEDIA2_KNOWS_NO_STREAM",
                "CREDS_IN_URI"
            })
    void copesWith(Quirk quirk) {
        assertThat(resolve(device(quirk))).isEqualTo(MAIN);
    }

    @Test
    void logsInOverHttpWhereTheDeviceAsksForThat() {
        OnvifDevice device = device(Quirk.HTTP_DIGEST_ONLY);

        assertThat(resolve(device)).isEqualTo(MAIN);
        assertThat(device.operations()).filteredOn(o -> o.equals("401")).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "EVIL_URI | NOT_ALLOWED | names an address of its stream that is not an rtsp:// or http:// URL, and VAP opens no other: give the URL of the stream itself.",
                "GARBAGE | NOT_A_VIDEO | is no ONVIF device, or not under this port and path: it answered something else. Check that ONVIF is switched on, and the URL.",
                "WEB_PAGE | NOT_A_VIDEO | is no ONVIF device, or not under this port and path: it answered something else. Check that ONVIF is switched on, and the URL.",
                "NOT_FOUND | NOT_A_VIDEO | is no ONVIF device, or not under this port and path: it answered 404. Check that ONVIF is switched on, and the URL.",
                "XXE | NOT_A_VIDEO | is no ONVIF device, or not under this port and path: it answered something else. Check that ONVIF is switched on, and the URL.",
                "BOMB | NOT_A_VIDEO | is no ONVIF device, or not under this port and path: it answered something else. Check that ONVIF is switched on, and the URL.",
                "DEEP | NOT_A_VIDEO | is no ONVIF device, or not under this port and path: it answered something else. Check that ONVIF is switched on, and the URL.",
                "HTTP_500 | IO | answered 500 instead of ONVIF: try again later.",
                "REFUSES | IO | refused to say where its video is: no GetCapabilities at http://u:***@x/.",
                "NO_MEDIA | NO_VIDEO_STREAM | has no service for video.",
                "EMPTY | NO_VIDEO_STREAM | offers no profile with H.264, H.265 or JPEG: set one up in its settings.",
                "ODD_CODEC | NO_VIDEO_STREAM | offers no profile with H.264, H.265 or JPEG: set one up in its settings."
            })
    void saysWhatIsWrong(Quirk quirk, SourceFault fault, String words) {
        OnvifDevice device = device(quirk);

        MediaException e = failure(device);

        assertThat(e.fault()).isEqualTo(fault);
        assertThat(e).hasMessage("The device 127.0.0.1:" + device.port() + " " + words);
    }

    @Test
    void readsNoMoreThanAMebibyteAndNotHalfAnAnswer() {
        assertThat(failure(device(Quirk.HUGE)).getMessage()).contains("more than 1048576 bytes");
        MediaException cut = failure(device(Quirk.CUT));
        assertThat(cut.fault()).isEqualTo(SourceFault.IO);
        assertThat(cut.getMessage()).contains("broke off in the middle");
    }

    @Test
    void leavesADeviceThatHangsAtTheDeadlineOrWhenCancelled() {
        OnvifDevice device = device(Quirk.HANG);
        assertThat(failure(device.url(), Duration.ofMillis(300)).fault()).isEqualTo(SourceFault.TIMEOUT);

        CompletableFuture<MediaException> resolving =
                CompletableFuture.supplyAsync(() -> failure(device.url(), LONG.multipliedBy(10)));
        Await.until("the request", LONG, () -> device.requests() == 2);
        cancellation.cancel();
        assertThat(resolving)
                .succeedsWithin(LONG)
                .extracting(MediaException::fault)
                .isEqualTo(SourceFault.INTERRUPTED);
    }

    @Test
    void saysThatNothingListensThere() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        assertThat(failure("onvif://admin:s3cret@127.0.0.1:" + port, LONG).fault())
                .isEqualTo(SourceFault.REFUSED);
        assertThat(failure("onvif://169.254.1.1", LONG).fault()).isEqualTo(SourceFault.NOT_ALLOWED);
    }

    @Test
    void followsRedirectsOfItsHostButTakesTheLoginNowhereElse() throws IOException {
        OnvifDevice device = device();
        for (String host : List.of("127.0.0.1", "localhost")) {
            try (TinyHttp front = new TinyHttp((request, out) -> TinyHttp.send(
                    out,
                    "307 Temporary Redirect",
                    "Location: http://" + host + ":" + device.port() + request.target() + "\r\n",
                    ""))) {
                String url = "onvif://" + LOGIN + "127.0.0.1:" + front.port();
                if (host.equals("127.0.0.1")) {
                    assertThat(resolve(url, 640, 640, LONG)).isEqualTo(MAIN);
                } else {
                    int before = device.requests();
                    assertThat(failure(url, LONG).fault()).isEqualTo(SourceFault.NOT_ALLOWED);
                    assertThat(device.requests()).isEqualTo(before);
                }
            }
        }
    }

    /** Cameras lock accounts. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void triesAWrongPasswordOnce(boolean overHttp) {
        OnvifDevice device = overHttp ? device(Quirk.HTTP_DIGEST_ONLY) : device();

        MediaException e = failure("onvif://admin:s3cret@127.0.0.1:" + device.port(), LONG);

        assertThat(e.fault()).isEqualTo(SourceFault.UNAUTHORIZED);
        assertThat(e)
                .hasMessage("The device 127.0.0.1:" + device.port() + " refused the user name or the password: check"
                        + " them in the URL, and that the user may use ONVIF.");
        assertThat(device.operations())
                .containsExactlyElementsOf(
                        overHttp
                                ? List.of("device.GetSystemDateAndTime", "401", "401")
                                : List.of("device.GetSystemDateAndTime", "refused: digest"));
    }

    @Test
    void asksForALoginIfThereIsNone() {
        for (Quirk quirk : List.of(Quirk.HTTP_DIGEST_ONLY, Quirk.SOAP_11)) {
            MediaException e = failure("onvif://127.0.0.1:" + device(quirk).port(), LONG);

            assertThat(e.fault()).isEqualTo(SourceFault.UNAUTHORIZED);
            assertThat(e.getMessage()).contains("put user name and password into the URL");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "640, 640, fullhd",
        "640, 360, vga264",
        "320, 320, vga264",
        "300, 200, qvga",
        "0, 0, qvga",
        "1920, 1080, fullhd",
        "3000, 1000, uhd",
        "9000, 9000, uhd"
    })
    void choosesTheSmallestProfileThatIsLargeEnoughElseTheLargest(int width, int height, String token) {
        OnvifDevice device = device().offering(
                        "uhd,,H265,3840,2160",
                        "old,,MPV4-ES,640,480",
                        "fullhd,,video/H264,1920,1080",
                        "fullhd-2,,H264,1920,1080",
                        "vga,,JPEG,640,360",
                        "vga264,,H264,640,360",
                        "qvga,,JPEG,320,240");

        assertThat(resolve(device.url(), width, height, LONG)).contains("/" + token + "?");
    }

    @Test
    void takesTheProfileThatTheUserNames() {
        OnvifDevice device = device().offering("a b,Haupt &amp; Strom,H264,1920,1080", "sub,a b,H264,640,360");

        assertThat(resolve(device.url() + "/?profile=sub", 0, 0, LONG)).contains("/sub?");
        assertThat(resolve(device.url() + "/?x=1&profile=a%20b", 0, 0, LONG)).contains("/a%20b?");
        assertThat(resolve(device.url() + "/onvif/device_service?profile=Haupt%20%26%20Strom", 0, 0, LONG))
                .contains("/a%20b?");
        MediaException e = failure(device.url() + "/?profile=third", LONG);
        assertThat(e.fault()).isEqualTo(SourceFault.NOT_FOUND);
        assertThat(e)
                .hasMessage("The device 127.0.0.1:" + device.port()
                        + " has no profile \"third\"; it has: a b (Haupt & Strom), sub (a b).");
    }

    @ParameterizedTest
    @CsvSource({
        "rtsp://192.168.1.64:554/Streaming/Channels/101?transportmode=unicast, rtsp, :554/Streaming/Channels/101?transportmode=unicast",
        "RTSPS://other/live, rtsps, /live",
        "http://[fe80::1]:8080/video.mjpg, http, :8080/video.mjpg",
        "rtsp://admin:s3cret@169.254.169.254/x, rtsp, /x",
        "rtsp://host, rtsp, ''"
    })
    void keepsSchemePortAndPathOfTheStream(String uri, String scheme, String rest) {
        assertThat(resolve(device().streamingAt(uri))).isEqualTo(main(scheme, rest));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"udp://239.0.0.1:5004", "onvif://x", "/etc/passwd", "javascript:1", "rtsp://", "rtsp://x:99999/"
            })
    void opensNoOtherKindOfStream(String uri) {
        assertThat(failure(device().streamingAt(uri)).fault()).isEqualTo(SourceFault.NOT_ALLOWED);
    }
}
