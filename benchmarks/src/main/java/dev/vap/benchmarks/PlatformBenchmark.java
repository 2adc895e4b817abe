package dev.vap.benchmarks;

import dev.vap.shared.config.Settings;
import dev.vap.standalone.platform.Platform;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/**
 * The whole platform in this process, analysing every frame of a clip in a loop, beside the stages alone: frames stored a
 * second, CPU per frame, memory. Rounds of stages and platform alternate; the table shows medians.
 */
public final class PlatformBenchmark {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final Map<String, String> options;
    private final Path clip;
    private final double seconds;

    private PlatformBenchmark(Map<String, String> options) {
        this.options = options;
        this.clip = Path.of(options.get("video")).toAbsolutePath();
        this.seconds = Double.parseDouble(options.getOrDefault("seconds", "8"));
    }

    private record Load(
            double framesPerSecond,
            double cpuMillis,
            double postgresMillis,
            double jvmMb,
            double postgresMb,
            double others) {}

    public static void main(String[] args) throws Exception {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i + 1 < args.length; i += 2) {
            options.put(args[i].replaceFirst("^--", ""), args[i + 1]);
        }
        if (!options.containsKey("video") || !options.containsKey("model-dir") || !options.containsKey("data-dir")) {
            System.err.println("PlatformBenchmark --model-dir DIR --video CLIP --data-dir DIR [--streams 1,2,4,8]"
                    + " [--seconds 8] [--rounds 3] [--warm-up 60]");
            System.exit(2);
        }
        new PlatformBenchmark(options).run();
        System.exit(0);
    }

    private void run() throws Exception {
        int rounds = Integer.parseInt(options.getOrDefault("rounds", "3"));
        List<Integer> streams = Arrays.stream(
                        options.getOrDefault("streams", "1,2,4,8").split(",", -1))
                .map(Integer::parseInt)
                .toList();
        int cores = Machine.cores();
        RawLimits raw = new RawLimits(Path.of(options.get("model-dir"), "yolox_nano.onnx"), clip, seconds / 2);
        List<RawLimits.Rate> model = new ArrayList<>();
        List<RawLimits.Rate> detector = new ArrayList<>();
        List<RawLimits.Rate> decode = new ArrayList<>();
        List<RawLimits.Rate> letterbox = new ArrayList<>();
        Map<Integer, List<Load>> loads = new TreeMap<>();

        Settings settings = Settings.of(Map.of(
                "DATA_DIR",
                options.get("data-dir"),
                "MODEL_DIR",
                options.get("model-dir"),
                "MAX_WORKERS",
                "64",
                "HTTP_PORT",
                "0"));
        for (int round = 1; round <= rounds; round++) {
            model.add(raw.model(cores));
            detector.add(raw.detector(cores));
            decode.add(raw.decode());
            letterbox.add(raw.letterbox());
            try (Platform platform = Platform.start(settings, path -> true)) {
                if (round == 1) {
                    // The JVM compiles for about a minute; a platform that runs for days is measured after that.
                    load(platform, 4, Double.parseDouble(options.getOrDefault("warm-up", "60")));
                }
                for (int n : streams) {
                    Load load = load(platform, n, seconds);
                    loads.computeIfAbsent(n, k -> new ArrayList<>()).add(load);
                    System.err.printf(Locale.ROOT, "round %d, %d streams: %s%n", round, n, load);
                }
            }
        }
        print(cores, median(model), median(detector), median(decode), median(letterbox), loads);
    }

    private Load load(Platform platform, int streams, double seconds) throws Exception {
        String base = platform.url().toString().replaceFirst("/$", "");
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            JsonObject body = new JsonObject()
                    .put("camera_url", clip.toString())
                    .put("model", "yolox-nano")
                    .put("options", new JsonObject().put("loop", true));
            ids.add(post(base + "/api/v1/scenario/init", body).getString("scenario_uuid"));
        }
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (ids.stream().anyMatch(id -> newest(base, id) < 20)) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("not all of " + streams + " streams began within " + PATIENCE);
            }
            LockSupport.parkNanos(100_000_000);
        }
        long framesBefore = ids.stream().mapToLong(id -> newest(base, id)).sum();
        ThreadTimes threads = new ThreadTimes();
        double ownBefore = Machine.ownCpuSeconds();
        double postgresBefore = Machine.postgresCpuSeconds();
        double busyBefore = Machine.busySeconds();
        long start = System.nanoTime();
        long end = start + (long) (seconds * 1e9);
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
        long frames = ids.stream().mapToLong(id -> newest(base, id)).sum() - framesBefore;
        double wall = (System.nanoTime() - start) / 1e9;
        double own = Machine.ownCpuSeconds() - ownBefore;
        double postgres = Machine.postgresCpuSeconds() - postgresBefore;
        double others = Math.max(0, Machine.busySeconds() - busyBefore - own - postgres) / wall;
        threads.since().entrySet().stream()
                .filter(e -> e.getValue() > 0.05)
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .forEach(e -> System.err.printf(
                        Locale.ROOT, "    %-30s %6.3f ms a frame%n", e.getKey(), e.getValue() * 1000 / frames));
        Load load = new Load(
                frames / wall,
                own * 1000 / frames,
                postgres * 1000 / frames,
                Machine.residentMb(),
                Machine.postgresMb(),
                others);
        for (String id : ids) {
            post(base + "/api/v1/scenario/" + id + "/shutdown", new JsonObject());
        }
        long stopBy = System.nanoTime() + PATIENCE.toNanos();
        while (ids.stream().anyMatch(id -> !status(base, id).equals("inactive")) && System.nanoTime() < stopBy) {
            LockSupport.parkNanos(100_000_000);
        }
        return load;
    }

    private long newest(String base, String id) {
        var results = get(base + "/api/v1/prediction/" + id + "?limit=1").getJsonArray("results");
        return results.isEmpty() ? -1 : results.getJsonObject(0).getLong("frame_number");
    }

    private String status(String base, String id) {
        return get(base + "/api/v1/scenario/" + id).getString("status");
    }

    private JsonObject get(String url) {
        return send(HttpRequest.newBuilder(URI.create(url)).GET());
    }

    private JsonObject post(String url, JsonObject body) {
        return send(HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.encode())));
    }

    private JsonObject send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response =
                    http.send(request.timeout(Duration.ofSeconds(20)).build(), HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() >= 300) {
                throw new IllegalStateException(response.statusCode() + " " + response.body());
            }
            return new JsonObject(response.body());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static RawLimits.Rate median(List<RawLimits.Rate> rates) {
        return rates.stream()
                .sorted((a, b) -> Double.compare(a.framesPerSecond(), b.framesPerSecond()))
                .toList()
                .get(rates.size() / 2);
    }

    private static void print(
            int cores,
            RawLimits.Rate model,
            RawLimits.Rate detector,
            RawLimits.Rate decode,
            RawLimits.Rate letterbox,
            Map<Integer, List<Load>> loads) {
        double limit = cores * 1000 / (detector.cpuMillis() + decode.cpuMillis() + letterbox.cpuMillis());
        System.out.println("| stage alone | frames/s | CPU ms a frame |");
        System.out.println("|---|---|---|");
        row("`session.run`, " + cores + " threads", model);
        row("detector: to floats, `session.run`, boxes, NMS, " + cores + " threads", detector);
        row("decode to BGR, 1 thread", decode);
        row("letterbox, 1 thread", letterbox);
        System.out.printf(
                Locale.ROOT, "| **limit**: cores / CPU of detector, decode and letterbox | %.0f | |%n%n", limit);
        System.out.println(
                "| streams | frames/s stored | of `session.run` | of the limit | CPU ms a frame, JVM + PostgreSQL |"
                        + " JVM MB | PostgreSQL MB | others, cores |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        loads.forEach((streams, list) -> {
            Load l = list.stream()
                    .sorted((a, b) -> Double.compare(a.framesPerSecond(), b.framesPerSecond()))
                    .toList()
                    .get(list.size() / 2);
            System.out.printf(
                    Locale.ROOT,
                    "| %d | %.1f | %.0f %% | %.0f %% | %.1f + %.1f | %.0f | %.0f | %.2f |%n",
                    streams,
                    l.framesPerSecond(),
                    100 * l.framesPerSecond() / model.framesPerSecond(),
                    100 * l.framesPerSecond() / limit,
                    l.cpuMillis(),
                    l.postgresMillis(),
                    l.jvmMb(),
                    l.postgresMb(),
                    l.others());
        });
    }

    private static void row(String name, RawLimits.Rate rate) {
        System.out.printf(Locale.ROOT, "| %s | %.1f | %.2f |%n", name, rate.framesPerSecond(), rate.cpuMillis());
    }
}
