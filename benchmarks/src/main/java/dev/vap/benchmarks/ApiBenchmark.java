package dev.vap.benchmarks;

import dev.vap.testing.Await;
import dev.vap.testing.Ports;
import dev.vap.testing.ServiceProcess;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;

/**
 * One API instance under load, in turns with an ordinary Python service on the same PostgreSQL where there is one: show,
 * 100 predictions and create by 32 connections of {@code wrk}; then creates and first pages of a list of 100,000 at a steady
 * rate, and what live listeners wait for.
 */
public final class ApiBenchmark {

    private static final int CONNECTIONS = 32;
    private static final int LISTED = 100_000;
    private static final int LISTENERS = 1_000;
    private static final int LIVE_FPS = 15;

    private final Path root;
    private final Map<String, String> options;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    /** What wrk has seen. */
    private record Load(double perSecond, double p50, double p99, long failures) {}

    /** Something to ask of both services. */
    private record Question(String name, boolean create, IntFunction<String> path) {}

    private ApiBenchmark(Path root, Map<String, String> options) {
        this.root = root;
        this.options = options;
    }

    /**
     * @param args {@code --root DIR --data-dir DIR [--python PYTHON --service seed_api.py --schema schema.sql]
     *     [--rounds 3] [--seconds 5] [--warm-up 30] [--only create]}
     */
    public static void main(String[] args) throws Exception {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i + 1 < args.length; i += 2) {
            options.put(args[i].replaceFirst("^--", ""), args[i + 1]);
        }
        if (!options.containsKey("root") || !options.containsKey("data-dir")) {
            System.err.println("ApiBenchmark --root DIR --data-dir DIR [--python PYTHON --service seed_api.py"
                    + " --schema schema.sql] [--rounds 3] [--seconds 5] [--warm-up 30] [--only create]");
            System.exit(2);
        }
        Path data = Files.createDirectories(Path.of(options.get("data-dir")));
        new ApiBenchmark(Path.of(options.get("root")).toAbsolutePath(), options).run(data);
        System.exit(0);
    }

    private void run(Path data) throws Exception {
        Map<String, String> settings = Map.of("SIMULATE", "true", "SIMULATE_FPS", String.valueOf(LIVE_FPS));
        try (Installation installation = new Installation(root, data, settings);
                Connection database = installation.database()) {
            ServiceProcess api = installation.start("api", "api", Map.of(), "-Xmx512m");
            String ours = scenario(installation.api());
            fill(database, ours);
            Map<String, String> services = new LinkedHashMap<>();
            services.put("VAP", installation.api());
            Map<String, String> scenarios = new HashMap<>(Map.of("VAP", ours));
            ServiceProcess python = null;
            if (options.containsKey("python")) {
                int port = Ports.take();
                python = startPython(installation, database, data, port);
                services.put("Python", "http://127.0.0.1:" + port);
                String theirs = scenario(services.get("Python"));
                try (Connection seed = installation.database("seed")) {
                    fillSeed(seed, theirs);
                }
                scenarios.put("Python", theirs);
            }
            load(services, scenarios);
            System.out.println("\nresident memory: VAP " + api.residentMegabytes() + " MB"
                    + (python == null ? "" : ", Python " + python.residentMegabytes() + " MB"));
            if (python != null) {
                python.kill();
            }
            paced(installation, database);
            // Or the orchestrator looks for a place for all that was created, first.
            execute(database, "UPDATE scenarios SET status = 'inactive'");
            installation.start("orchestrator", "orchestrator", Map.of(), "-Xmx256m");
            installation.start("runner", "runner", Map.of("RUNNER_ID", "runner-1"), "-Xmx256m");
            live(installation);
        }
    }

    private void load(Map<String, String> services, Map<String, String> scenarios) throws Exception {
        List<Question> questions = List.of(
                        new Question("show a scenario", false, i -> "/api/v1/scenario/"),
                        new Question("100 predictions", false, i -> "/api/v1/prediction/"),
                        new Question("create", true, i -> "/api/v1/scenario/init"))
                .stream()
                .filter(question ->
                        options.getOrDefault("only", question.name()).equals(question.name()))
                .toList();
        System.out.println(CONNECTIONS + " connections");
        System.out.println(Figures.row(
                "turn",
                "request",
                "VAP requests/s",
                "p50 ms",
                "p99 ms",
                "Python requests/s",
                "p50 ms",
                "p99 ms",
                "requests",
                "p99"));
        System.out.println("|---".repeat(10) + "|");
        int rounds = number("rounds", 3);
        for (int round = 0; round <= rounds; round++) {
            for (Question question : questions) {
                Map<String, Load> loads = new HashMap<>();
                for (Map.Entry<String, String> service : services.entrySet()) {
                    String path = question.path().apply(0) + (question.create() ? "" : scenarios.get(service.getKey()));
                    // Java compiles its code in the first turn, which is not shown.
                    boolean compiles = round == 0 && service.getKey().equals("VAP");
                    int seconds = compiles ? number("warm-up", 30) : number("seconds", 5);
                    loads.put(service.getKey(), wrk(service.getValue() + path, question.create(), seconds));
                }
                if (round > 0) {
                    print(round, question, loads.get("VAP"), loads.get("Python"));
                }
            }
        }
    }

    private int number(String option, int otherwise) {
        return options.containsKey(option) ? Integer.parseInt(options.get(option)) : otherwise;
    }

    private static void print(int round, Question question, Load vap, Load python) {
        System.out.println(Figures.row(
                round,
                question.name(),
                Figures.number(vap.perSecond(), 0) + (vap.failures() == 0 ? "" : " (" + vap.failures() + " failed)"),
                Figures.number(vap.p50(), 2),
                Figures.number(vap.p99(), 2),
                python == null ? "" : Figures.number(python.perSecond(), 0),
                python == null ? "" : Figures.number(python.p50(), 2),
                python == null ? "" : Figures.number(python.p99(), 2),
                python == null ? "" : Figures.number(vap.perSecond() / python.perSecond(), 1) + " x",
                python == null ? "" : "1/" + Figures.number(python.p99() / vap.p99(), 1)));
    }

    private Load wrk(String url, boolean create, int seconds) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                        "wrk",
                        "-t1",
                        "-c" + CONNECTIONS,
                        "-d" + seconds + "s",
                        "--timeout",
                        "10s",
                        "-s",
                        root.resolve("benchmarks/load.lua").toString(),
                        url)
                .redirectErrorStream(true);
        builder.environment().put("CREATE", create ? "1" : "0");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        process.waitFor(seconds + 60L, TimeUnit.SECONDS);
        String[] figures = output.lines()
                .filter(line -> line.startsWith("WRK "))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(output))
                .split(" ", -1);
        return new Load(
                Double.parseDouble(figures[1]),
                Double.parseDouble(figures[2]),
                Double.parseDouble(figures[3]),
                Long.parseLong(figures[4]));
    }

    private String scenario(String api) throws Exception {
        HttpResponse<String> answer = http.send(create(api, 0), BodyHandlers.ofString());
        return new JsonObject(answer.body()).getString("scenario_uuid");
    }

    private static HttpRequest create(String api, int camera) {
        return HttpRequest.newBuilder(URI.create(api + "/api/v1/scenario/init"))
                .header("Content-Type", "application/json")
                .timeout(Duration.ofSeconds(30))
                .POST(BodyPublishers.ofString("{\"camera_url\":\"rtsp://camera-" + camera + ".example/stream\"}"))
                .build();
    }

    private static final String DETECTIONS = "jsonb_build_array("
            + "jsonb_build_object('class','person','class_id',0,'confidence',0.8489,'bbox',jsonb_build_array(642.84,239.5,683.88,322.44)),"
            + "jsonb_build_object('class','person','class_id',0,'confidence',0.8139,'bbox',jsonb_build_array(252.16,220.31,283.29,307.8)),"
            + "jsonb_build_object('class','car','class_id',2,'confidence',0.8005,'bbox',jsonb_build_array(731.95,51.43,767.04,94.3)))";

    private static void fill(Connection database, String scenario) throws SQLException {
        execute(
                database,
                "INSERT INTO scenario_results (scenario_uuid, frame_number, epoch, timestamp, pts_ms, width, height, model,"
                        + " detector, inference_ms, detections, stored_at) SELECT '" + scenario
                        + "', n, 1, now() + n * interval '40 ms', n * 40, 768, 576, 'yolox-nano', 'onnx', 14.5, "
                        + DETECTIONS
                        + ", now() FROM generate_series(0, 99) n");
    }

    private static void fillSeed(Connection database, String scenario) throws SQLException {
        execute(
                database,
                "INSERT INTO scenario_results (scenario_uuid, frame_number, detections) SELECT '" + scenario + "', n, "
                        + DETECTIONS + " FROM generate_series(0, 99) n");
    }

    private ServiceProcess startPython(Installation installation, Connection database, Path data, int port)
            throws Exception {
        execute(database, "CREATE DATABASE seed");
        try (Connection seed = installation.database("seed")) {
            execute(seed, Files.readString(Path.of(options.get("schema"))));
        }
        Path service = Path.of(options.get("service")).toAbsolutePath();
        List<String> command = List.of(
                options.get("python"),
                "-m",
                "uvicorn",
                "seed_api:app",
                "--app-dir",
                service.getParent().toString(),
                "--host",
                "127.0.0.1",
                "--port",
                String.valueOf(port),
                "--workers",
                "1",
                "--loop",
                "uvloop",
                "--http",
                "httptools",
                "--no-access-log",
                "--log-level",
                "info");
        ServiceProcess process = ServiceProcess.start(
                "python",
                command,
                Map.of("DATABASE_URL", installation.databaseUrl("seed")),
                data.resolve("python.log"));
        Await.until("the Python service is up", Duration.ofSeconds(60), () -> process.printed("Uvicorn running"));
        return process;
    }

    /** At a steady rate, measured from when each was due. */
    private void paced(Installation installation, Connection database) throws Exception {
        List<Double> creates = pace(100, 20, i -> create(installation.api(), i));
        execute(
                database,
                "INSERT INTO scenarios (scenario_uuid, camera_url, shown_url, status, model) SELECT gen_random_uuid(),"
                        + " 'rtsp://h/' || n, 'rtsp://h/' || n, 'inactive', 'yolox-nano' FROM generate_series(1, "
                        + LISTED
                        + ") n");
        execute(database, "ANALYZE scenarios");
        URI list = URI.create(installation.api() + "/api/v1/scenarios");
        List<Double> pages = pace(50, 20, i -> HttpRequest.newBuilder(list).build());
        System.out.println("\ncreates, 100/s: " + Figures.latencies(creates));
        System.out.println("first page of " + LISTED + " scenarios, 50/s: " + Figures.latencies(pages));
    }

    private List<Double> pace(int perSecond, int seconds, IntFunction<HttpRequest> request) throws Exception {
        List<Double> all = java.util.Collections.synchronizedList(new ArrayList<>());
        List<java.util.concurrent.CompletableFuture<?>> asked = new ArrayList<>();
        long pause = 1_000_000_000L / perSecond;
        long begin = System.nanoTime();
        for (int i = 0; i < perSecond * seconds; i++) {
            long due = begin + i * pause;
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            asked.add(
                    http.sendAsync(request.apply(i), BodyHandlers.discarding()).thenAccept(answer -> {
                        if (answer.statusCode() >= 300) {
                            throw new IllegalStateException("answered " + answer.statusCode());
                        }
                        all.add((System.nanoTime() - due) / 1e6);
                    }));
        }
        java.util.concurrent.CompletableFuture.allOf(asked.toArray(java.util.concurrent.CompletableFuture[]::new))
                .get(60, TimeUnit.SECONDS);
        return all;
    }

    /** From the time that a result carries, which the invented sessions take as they publish it, to its arrival. */
    private void live(Installation installation) throws Exception {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(installation.api() + "/api/v1/scenarios"))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString("{\"camera_url\":\"rtsp://127.0.0.1:1/cam\",\"model\":\"mock\"}"))
                        .build(),
                BodyHandlers.ofString());
        String scenario = new JsonObject(answer.body()).getString("scenario_uuid");
        for (int listeners : new int[] {1, LISTENERS}) {
            try (LiveListeners live = LiveListeners.open(installation.api(), scenario, listeners)) {
                List<Double> waits = live.listen(Duration.ofSeconds(5), Duration.ofSeconds(10));
                System.out.println(listeners + " live listeners of a scenario with " + LIVE_FPS + " results/s: "
                        + Figures.latencies(waits) + ", " + Figures.number(waits.size() / 10.0 / listeners, 1)
                        + " results/s each");
            }
        }
    }

    private static void execute(Connection database, String sql) throws SQLException {
        try (Statement statement = database.createStatement()) {
            statement.execute(sql);
        }
    }
}
