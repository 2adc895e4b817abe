package dev.vap.standalone.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.protocol.DiscoverReport;
import dev.vap.shared.protocol.DiscoverRequest;
import dev.vap.shared.protocol.ProbeReport;
import dev.vap.shared.protocol.ProbeRequest;
import dev.vap.standalone.client.FakeApi;
import dev.vap.standalone.terminal.Streams;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Looking at sources, in this process and through the API. */
class SourceCommandsTest {

    private static final ProbeReport LIVE = new ProbeReport(
            null, null, "rtsp://cam/1", true, "rtsp", "h264", 1920, 1080, 29.97, 4_200_000, 812, -1, -1, null);
    private static final ProbeReport FILE = new ProbeReport(
            null, null, "file:/v/a.mp4", false, "mp4", "hevc", 640, 480, 25.0, 800_000, 40, 83_400, 1394, "r1");
    private static final DiscoverReport DEVICES = new DiscoverReport(
            List.of(
                    new DiscoverReport.Device("onvif://10.0.0.5", "http://10.0.0.5/onvif", "Door", "C1", "Hall"),
                    new DiscoverReport.Device("onvif://10.0.0.16:8000", "http://10.0.0.16:8000/", null, null, null)),
            null);

    private final Streams streams = new Streams();
    private final Map<String, String> environment = new HashMap<>();
    private final List<ProbeRequest> probed = new ArrayList<>();
    private final List<DiscoverRequest> discovered = new ArrayList<>();
    private ProbeReport report = LIVE;
    private DiscoverReport devices = DEVICES;

    private int run(String... args) {
        return CommandLines.run(
                new Context(
                        streams.console(false, 100),
                        environment,
                        request -> {
                            probed.add(request);
                            return report;
                        },
                        request -> {
                            discovered.add(request);
                            return devices;
                        }),
                args);
    }

    @Test
    void probesInThisProcess() {
        assertThat(run("probe", "rtsp://u:secret@cam/1", "--rtsp-transport", "udp", "--timeout", "3s"))
                .isZero();
        assertThat(probed).hasSize(1);
        assertThat(probed.get(0).cameraUrl()).isEqualTo("rtsp://u:secret@cam/1");
        assertThat(probed.get(0).options().rtspTransport()).isEqualTo("udp");
        assertThat(probed.get(0).timeoutMillis()).isEqualTo(3_000);
        assertThat(streams.out().lines())
                .containsExactly(
                        "source        rtsp://u:***@cam/1",
                        "stream        rtsp://cam/1",
                        "kind          live",
                        "container     rtsp",
                        "codec         h264",
                        "size          1920x1080",
                        "frames/s      29.97",
                        "bitrate       4.2 Mbit/s",
                        "first frame   after 812 ms");
    }

    @Test
    void probesAFileWhereverItLies() {
        report = FILE;
        assertThat(run("probe", "clips/../a.mp4")).isZero();
        assertThat(probed.get(0).cameraUrl())
                .isEqualTo("file:" + Path.of("a.mp4").toAbsolutePath());
        assertThat(probed.get(0).timeoutMillis()).isEqualTo(10_000);
        assertThat(streams.out())
                .contains("kind          recording", "frames/s      25\n", "bitrate       800 kbit/s")
                .contains("duration      0:01:23.4", "frames        1394", "runner        r1");
    }

    @Test
    void saysWhatIsWrongWithASource() {
        report = ProbeReport.failed(SourceFault.UNAUTHORIZED, "The camera refused the password.", null);
        assertThat(run("probe", "rtsp://u:secret@cam/1")).isEqualTo(1);
        assertThat(streams.out()).isEmpty();
        assertThat(streams.err().strip()).isEqualTo("vap: The camera refused the password. (unauthorized)");
    }

    @Test
    void printsAReportForPrograms() {
        report = ProbeReport.failed(SourceFault.TIMEOUT, "Nothing came within 10 s.", null);
        assertThat(run("probe", "rtsp://cam/1", "--json")).isEqualTo(1);
        assertThat(new JsonObject(streams.out())).isEqualTo(report.toJson());
        assertThat(run("discover", "--json")).isZero();
        assertThat(streams.out()).contains(DEVICES.toJson().encode());
    }

    @Test
    void refusesWhatIsNoSourceOrOptionBeforeLooking() {
        assertThat(run("probe", "ftp://u:secret@h/x")).isEqualTo(1);
        assertThat(run("probe", "rtsp://cam:0/1")).isEqualTo(1);
        assertThat(run("probe", "rtsp://cam/1", "--hwaccel", "gpu")).isEqualTo(1);
        assertThat(probed).isEmpty();
        assertThat(streams.err())
                .contains("is no source VAP can open", "its port must be", "\"hwaccel\" must be one of");
        assertThat(streams.err()).doesNotContain("secret");
    }

    @Test
    void probesThroughTheApiIfOneIsNamed() throws Exception {
        AtomicReference<String> body = new AtomicReference<>();
        try (FakeApi api = new FakeApi(exchange -> {
            body.set(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            FakeApi.answer(exchange, 200, FILE.toJson().encode());
        })) {
            environment.put("VAP_URL", api.url());
            assertThat(run("probe", "a.mp4", "--tls-verify")).isZero();
            assertThat(api.requests()).containsExactly("POST /api/v1/probe");
        }
        assertThat(body.get())
                .isEqualTo("{\"camera_url\":\"a.mp4\",\"options\":{\"tls_verify\":true},\"timeout\":\"10000ms\"}");
        assertThat(probed).isEmpty();
        assertThat(streams.out()).contains("codec         hevc");
    }

    @Test
    void discoversInThisProcess() {
        assertThat(run("discover", "--wait", "1500ms")).isZero();
        assertThat(discovered).extracting(DiscoverRequest::waitMillis).containsExactly(1_500L);
        assertThat(streams.out().lines())
                .containsExactly(
                        "SOURCE                  NAME  HARDWARE  LOCATION",
                        "onvif://10.0.0.5        Door  C1        Hall",
                        "onvif://10.0.0.16:8000  -     -         -");
    }

    @Test
    void saysThatNothingAnswered() {
        devices = new DiscoverReport(List.of(), null);
        assertThat(run("discover")).isZero();
        assertThat(streams.out()).isEmpty();
        assertThat(streams.err()).startsWith("No ONVIF camera answered within 3s: ");
    }

    @Test
    void discoversThroughTheApiIfOneIsNamed() throws Exception {
        try (FakeApi api = new FakeApi(
                exchange -> FakeApi.answer(exchange, 200, DEVICES.toJson().encode()))) {
            assertThat(run("discover", "--url", api.url())).isZero();
            assertThat(api.requests()).containsExactly("GET /api/v1/discovery/onvif?wait=3000ms");
        }
        assertThat(streams.out()).contains("onvif://10.0.0.16:8000");
        assertThat(discovered).isEmpty();
    }
}
