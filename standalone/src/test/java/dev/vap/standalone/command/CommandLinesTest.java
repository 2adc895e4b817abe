package dev.vap.standalone.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.vap.standalone.terminal.Streams;
import dev.vap.testing.SharedData;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLinesTest {

    @TempDir
    Path folder;

    private final Streams streams = new Streams();
    private final Map<String, String> environment = new HashMap<>();

    private int run(String... args) {
        return CommandLines.run(streams.console(false, 100), environment, args);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "demo --help",
                "up --help",
                "infra --help",
                "scenario --help",
                "scenario create --help",
                "scenario list --help",
                "scenario show --help",
                "scenario update --help",
                "scenario stop --help",
                "scenario start --help",
                "scenario delete --help",
                "predictions --help",
                "probe --help",
                "discover --help",
                "media --help",
                "media list --help",
                "media upload --help",
                "media delete --help",
                "cluster --help",
                "models --help",
                "models list --help",
                "models pull --help",
                "models verify --help",
                "models bench --help",
                "help scenario"
            })
    void helpsEverywhere(String line) {
        assertThat(run(line.split(" "))).isZero();
        assertThat(streams.out()).startsWith("Usage: vap").doesNotContain("warm-up");
        assertThat(streams.err()).isEmpty();
    }

    @Test
    void listsEveryCommand() {
        run("--help");
        assertThat(streams.out())
                .contains("demo", "up", "api", "orchestrator", "runner", "inference", "infra", "scenario")
                .contains("predictions", "probe", "discover", "media", "cluster", "models");
    }

    @Test
    void tellsItsVersion() {
        assertThat(run("--version")).isZero();
        assertThat(streams.out()).startsWith("vap ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|vap: Unmatched argument",
                "scenario|vap: Give a command, such as `vap scenario list`.",
                "models|vap: Give a command, such as `vap models list`.",
                "models bench|vap: Missing required parameter: 'NAME'",
                "models bench x --seconds 1|vap: Invalid value for option '--seconds': give a number from 3 to 3600.",
                "dmeo|vap: Unmatched argument",
                "demo --modle x|vap: Unknown option",
                "scenario create|vap: Missing required parameter: 'SOURCE'",
                "scenario show|vap: Missing required parameter: 'ID'",
                "scenario create a --fps many|vap: Invalid value for option '--fps'",
                "demo --fps -1|vap: Invalid value for option '--fps': give a number from 0 to 1000.",
                "demo --loop --exit-on-eof|vap: --loop and --exit-on-eof exclude each other: a loop has no end.",
                "media|vap: Give a command, such as `vap media list`.",
                "probe|vap: Missing required parameter: 'SOURCE'",
                "probe x --timeout 1h|vap: Invalid value for option '--timeout': give a time from 500ms to 30s, such as 1500ms"
                        + " or 5s.",
                "discover --wait 0s|vap: Invalid value for option '--wait': give a time from 500ms to 15s, such as 1500ms or"
                        + " 5s.",
                "scenario update 3|vap: Give what is to be changed: --camera-url or an option such as --fps.",
                "predictions 1 --limit 0|vap: Invalid value for option '--limit': give a number of at least 1.",
                "infra --kafka-port x|vap: Invalid value for option '--kafka-port'"
            })
    void endsWithTwoWhereItIsUsedWrongly(String line, String message) {
        assertThat(run(line.split(" "))).isEqualTo(2);
        assertThat(streams.err()).startsWith(message).contains("--help` says more.");
        assertThat(streams.err().lines().count()).isLessThanOrEqualTo(4);
        assertThat(streams.out()).isEmpty();
    }

    @Test
    void tellsAllThatIsWrongWithTheSettings() {
        environment.put("MAX_WORKERS", "many");
        assertThat(run("up", "--port", "99999", "--data-dir", folder.toString()))
                .isEqualTo(2);
        assertThat(streams.err().lines())
                .containsExactlyInAnyOrder(
                        "vap: MAX_WORKERS (environment) must be a whole number from 1 to 10000, not \"many\".",
                        "vap: HTTP_PORT (options) must be a whole number from 0 to 65535, not \"99999\".");
    }

    @Test
    void namesWhatIsWrongWithTheConfigFile() throws Exception {
        Path config = Files.writeString(folder.resolve("vap.conf"), "MAX_WORKER=3\n");
        assertThat(run("up", "--config", config.toString())).isEqualTo(2);
        assertThat(streams.err())
                .startsWith("vap: MAX_WORKER (" + config + ") is not a setting; did you mean MAX_WORKERS?");
    }

    @Test
    void saysWhereNoApiAnswers() throws Exception {
        int port;
        try (var socket = new java.net.ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        environment.put("VAP_URL", "http://127.0.0.1:" + port);
        assertThat(run("scenario", "list")).isEqualTo(1);
        assertThat(streams.err())
                .isEqualToNormalizingNewlines("vap: No VAP answers at http://127.0.0.1:" + port
                        + ": start it with `vap up`, or give --url.\n");
    }

    @Test
    void refusesWhatIsNoAddressWithoutShowingPasswords() {
        assertThat(run("scenario", "list", "--url", "http://me:secret@host")).isEqualTo(1);
        assertThat(streams.err()).contains("is no address of an API").doesNotContain("secret");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nowhere.mp4|There is no file DIR/nowhere.mp4: check the path.",
                ".|DIR is a folder: give a video file in it.",
                "empty.mp4|DIR/empty.mp4 is empty (0 bytes): record, download or copy it again."
            })
    void refusesABadSourceAtOnce(String name, String message) throws Exception {
        Path real = folder.toRealPath();
        Files.createFile(real.resolve("empty.mp4"));
        assertThat(run(
                        "demo",
                        real.resolve(name).toString(),
                        "--data-dir",
                        real.resolve("data").toString()))
                .isEqualTo(1);
        assertThat(streams.err())
                .isEqualToNormalizingNewlines("vap: " + message.replace("DIR", real.toString()) + "\n");
        assertThat(real.resolve("data")).doesNotExist();
    }

    @Test
    void refusesAnOutputThatCanNotBeWrittenAtOnce() throws Exception {
        Path clip = Files.writeString(folder.resolve("clip.mp4"), "not really");
        Path data = folder.resolve("data");
        String[] demo = {"demo", clip.toString(), "--data-dir", data.toString(), "--output"};

        assertThat(run(with(demo, folder.resolve("no/out.jsonl").toString()))).isEqualTo(1);
        assertThat(run(with(demo, folder.toString()))).isEqualTo(1);
        assertThat(run(with(demo, clip.toString()))).isEqualTo(1);
        assertThat(streams.err().lines())
                .containsExactly(
                        "vap: The folder of the output " + folder.resolve("no/out.jsonl")
                                + " does not exist: create it first.",
                        "vap: The output " + folder + " is a folder: give the name of a file.",
                        "vap: The output " + clip + " is the clip itself: give another file.");
        assertThat(data).doesNotExist();
        assertThat(clip).hasContent("not really");
    }

    @Test
    void refusesAnUnknownModelAtOnce() throws Exception {
        Path clip = Files.writeString(folder.resolve("clip.mp4"), "not really");
        Path data = folder.resolve("data");
        assertThat(run("demo", clip.toString(), "--data-dir", data.toString(), "--model", "yolo"))
                .isEqualTo(1);
        assertThat(streams.err()).startsWith("vap: There is no model \"yolo\": use one of yolox-nano, people, motion");
        assertThat(data).doesNotExist();
    }

    @Test
    void neverShowsThePasswordOfASource() {
        assertThat(run("demo", "ftp://me:secret@host/x")).isEqualTo(1);
        assertThat(streams.err()).contains("is no source VAP can open").doesNotContain("secret");
    }

    @Test
    void listsModels() throws Exception {
        Files.writeString(folder.resolve("mine.onnx"), "x");
        assertThat(run("models", "list", "--model-dir", folder.toString())).isZero();
        assertThat(streams.out().lines().map(l -> l.replaceAll(" {2,}", "  ").strip()))
                .containsExactly(
                        "NAME  DETECTOR  HEAD  INPUT  STATE  SIZE  LICENCE  TUNED",
                        "yolox-nano  onnx  yolox  416x416  `vap models pull yolox-nano`  3.7 MB  Apache-2.0  -",
                        "people  people  -  -  built in  -  -  -",
                        "motion  motion  -  -  built in  -  -  -",
                        "mock  mock  -  -  built in  -  -  -",
                        "mine  onnx  -  -  ready  0.0 MB  -  -",
                        "Models are files NAME.onnx in " + folder + ", and what models.yaml there says of others");
    }

    @Test
    void listsWhatIsWrongInTheCatalogue() throws Exception {
        Files.writeString(folder.resolve("models.yaml"), "models:\n  own: {head: yolo}\n  far: {licence: MIT}\n");
        assertThat(run("models", "list", "--model-dir", folder.toString())).isZero();
        assertThat(streams.out())
                .containsPattern("own +onnx .* unusable")
                .containsPattern("far +onnx .* file missing +- +MIT")
                .contains("models.yaml:2: models.own.head: must be one of");

        assertThat(run("models", "verify", "--model-dir", folder.toString())).isEqualTo(1);
    }

    @Test
    void pullsWhatTheUsersCatalogueOffers() throws Exception {
        byte[] content = "a network".getBytes(StandardCharsets.UTF_8);
        String sha256 =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/own.onnx", exchange -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content);
            exchange.close();
        });
        server.createContext("/page", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
        try {
            String base = "http://127.0.0.1:" + server.getAddress().getPort();
            Files.writeString(
                    folder.resolve("models.yaml"),
                    "models:\n  own: {url: " + base + "/own.onnx, sha256: " + sha256 + "}\n  page: {url: " + base
                            + "/page, sha256: " + sha256 + "}\n");
            assertThat(run("models", "pull", "own", "--model-dir", folder.toString()))
                    .isZero();
            assertThat(folder.resolve("own.onnx")).hasBinaryContent(content);
            assertThat(run("models", "pull", "page", "--model-dir", folder.toString()))
                    .isEqualTo(1);
            assertThat(streams.err()).contains("127.0.0.1 answered with a web page, not with page: check the URL");
            assertThat(folder.resolve("page.onnx")).doesNotExist();
        } finally {
            server.stop(0);
        }
    }

    @Test
    void verifiesEachModelWhateverIsWrongWithTheOthers() throws Exception {
        Files.writeString(folder.resolve("broken.onnx"), "no network");
        String directory = folder.toString();

        assertThat(run("models", "verify", "--model-dir", directory)).isEqualTo(1);
        assertThat(streams.out().lines())
                .anyMatch(line -> line.startsWith("broken: broken.onnx is not a usable ONNX model"))
                .contains("mock: works (mock, 64x64, 80 labels)");

        assertThat(run("models", "verify", "mock", "--json", "--model-dir", directory))
                .isZero();
        assertThat(streams.out()).contains("\"name\":\"mock\",\"ok\":true");
        assertThat(run("models", "verify", "nothing", "--model-dir", directory)).isEqualTo(1);
    }

    @Test
    void measuresARealModelAndRemembersIt() throws Exception {
        Path model = SharedData.assumeModel("yolox_nano.onnx");
        Path models = Files.createDirectories(folder.resolve("models"));
        Files.copy(model, models.resolve("yolox_nano.onnx"));
        String[] where = {"--data-dir", folder.toString()};

        environment.put("INFERENCE_THREADS", "2");
        assertThat(run("models", "bench", "yolox-nano", "--seconds", "5", where[0], where[1]))
                .isZero();
        assertThat(streams.out())
                .startsWith("WORKERS  THREADS  BATCH  OPTIMISATION  FRAMES/S  P50 MS  CPU MS/FRAME  BEST")
                .containsPattern("2 +1 +1 +all +[0-9.]+ +[0-9.]+ +[0-9.]+")
                .contains("Remembered for yolox-nano: ");
        assertThat(run("models", "list", where[0], where[1])).isZero();
        assertThat(streams.out()).containsPattern("yolox-nano .*Apache-2.0 +\\d+x\\d+.*/s");

        assertThat(run("models", "bench", "yolox-nano", "--forget", where[0], where[1]))
                .isZero();
        assertThat(streams.out()).contains("Forgotten: yolox-nano is run as before.");
    }

    @Test
    void measuresOnlyNetworks() {
        assertThat(run("models", "bench", "motion", "--model-dir", folder.toString()))
                .isEqualTo(1);
        assertThat(streams.err()).contains("The model motion is built in and runs on one thread");
        assertThat(run("models", "bench", "yolox-nano", "--model-dir", folder.toString()))
                .isEqualTo(1);
        assertThat(streams.err()).contains("run \"vap models pull yolox-nano\"");
    }

    @Test
    void pullsOnlyWhatIsOffered() {
        assertThat(run("models", "pull", "motion", "--model-dir", folder.toString()))
                .isEqualTo(1);
        assertThat(run("models", "pull", "nothing", "--model-dir", folder.toString()))
                .isEqualTo(1);
        assertThat(streams.err().lines().toList().get(0))
                .isEqualTo("vap: The model motion is built in: there is nothing to download.");
        assertThat(streams.err().lines().toList().get(1)).startsWith("vap: There is no model \"nothing\": use one of");
    }

    private static String[] with(String[] args, String last) {
        String[] more = java.util.Arrays.copyOf(args, args.length + 1);
        more[args.length] = last;
        return more;
    }
}
