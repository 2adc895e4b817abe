package dev.vap.benchmarks;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import dev.vap.testing.Await;
import dev.vap.testing.ServiceProcess;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * From the moment in which a camera took a frame to the moment in which its detections are at a client: RTSP cameras, decoding, a
 * real model, Kafka and the event bus, every service a process of its own. The client is a plain WebSocket, then a real browser in
 * which the console shows the scenario; there it is the moment in which the browser draws next.
 */
public final class FrameToBrowserBenchmark {

    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final int CAMERAS = 4;
    private static final int FPS = 5;
    private static final Duration SETTLE = Duration.ofSeconds(20);
    private static final Duration WINDOW = Duration.ofSeconds(30);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Listens beside the page that is open, and answers with what each result has waited until it could be drawn, in ms. */
    private static final String LISTEN = """
            ([scenario, millis]) => new Promise((resolve, reject) => {
              const waits = [];
              const socket = new WebSocket(`ws://${location.host}/api/v1/live`);
              socket.onerror = () => reject(new Error('the socket failed'));
              socket.onopen = () => socket.send(JSON.stringify({ type: 'register', address: `predictions.${scenario}` }));
              socket.onmessage = event => {
                const taken = Date.parse(JSON.parse(event.data).body?.timestamp);
                if (taken) {
                  requestAnimationFrame(() => waits.push(Date.now() - taken));
                }
              };
              setTimeout(() => { socket.close(); resolve(waits); }, millis);
            })
            """;

    private final Installation installation;

    private FrameToBrowserBenchmark(Installation installation) {
        this.installation = installation;
    }

    /**
     * @param args the project's root, the directory of the models, a directory for data, and a file of H.264 for
     *     {@link Cameras} or nothing
     */
    public static void main(String[] args) throws Exception {
        if (args.length < 3) {
            System.err.println("FrameToBrowserBenchmark ROOT MODEL_DIR DATA [H264]");
            System.exit(2);
        }
        Path root = Path.of(args[0]).toAbsolutePath();
        Path data = Files.createDirectories(Path.of(args[2]));
        Map<String, String> settings = Map.of(
                "MODEL_DIR",
                Path.of(args[1]).toAbsolutePath().toString(),
                "MEDIA_ROOT",
                data.toString(),
                "VIDEO_FPS",
                String.valueOf(FPS));
        ServiceProcess playing = Cameras.start(data, CAMERAS, args.length > 3 ? args[3] : null);
        try (Installation installation = new Installation(root, data, settings)) {
            new FrameToBrowserBenchmark(installation).run(Cameras.urls(playing, CAMERAS));
        } finally {
            playing.terminate();
        }
        System.exit(0);
    }

    private void run(List<String> cameras) throws Exception {
        for (String service : List.of("api", "orchestrator", "inference")) {
            installation.start(service, service, Map.of(), "-Xmx256m");
        }
        installation.start("runner", "runner", Map.of("RUNNER_ID", "runner"), "-Xmx512m");
        List<String> scenarios = new ArrayList<>();
        for (String camera : cameras) {
            scenarios.add(create(camera));
        }
        for (String scenario : scenarios) {
            Await.until(
                    scenario + " is active", PATIENCE, () -> status(scenario).equals("active"));
        }
        String what = CAMERAS + " RTSP cameras of 480p, " + FPS + " frames/s of each analysed by the default model: ";
        try (LiveListeners live = LiveListeners.open(installation.api(), scenarios.get(0), 1)) {
            System.out.println(
                    what + "from the camera to a WebSocket " + Figures.latencies(live.listen(SETTLE, WINDOW)));
        }
        if (Files.isExecutable(CHROMIUM)) {
            System.out.println(what + "to a browser that shows one of them " + browser(scenarios.get(0)));
        } else {
            System.out.println(CHROMIUM + " is not installed: not measured in a browser");
        }
    }

    private String browser(String scenario) {
        try (Playwright playwright = Playwright.create(
                        new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
                Browser browser = playwright
                        .chromium()
                        .launch(new BrowserType.LaunchOptions()
                                .setExecutablePath(CHROMIUM)
                                .setArgs(List.of("--no-sandbox", "--disable-background-networking")))) {
            Page page = browser.newPage();
            page.navigate(installation.api() + "/#/scenarios/" + scenario);
            page.waitForTimeout((double) SETTLE.toMillis());
            List<?> waits = (List<?>) page.evaluate(LISTEN, List.of(scenario, (double) WINDOW.toMillis()));
            return Figures.latencies(
                    waits.stream().map(wait -> ((Number) wait).doubleValue()).toList());
        }
    }

    private String create(String url) {
        return installation
                .call("POST", "/api/v1/scenarios", new JsonObject().put("camera_url", url), 201)
                .getString("scenario_uuid");
    }

    private String status(String scenario) {
        return installation
                .call("GET", "/api/v1/scenarios/" + scenario, null, 200)
                .getString("status");
    }
}
