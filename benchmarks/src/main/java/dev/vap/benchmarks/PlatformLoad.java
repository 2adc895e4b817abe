package dev.vap.benchmarks;

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
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** So many streams of one clip, analysed in a loop by a platform in this process, and what that took. */
final class PlatformLoad {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** By then every stream is at its pace. */
    private static final int FRAMES_BEFORE = 20;

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final String base;
    private final Path clip;
    private final JsonObject options;

    /**
     * @param options of every scenario
     */
    PlatformLoad(Platform platform, Path clip, JsonObject options) {
        this.base = platform.url().toString().replaceFirst("/$", "");
        this.clip = clip;
        this.options = options;
    }

    /**
     * What was seen while all streams ran.
     *
     * @param framesPerSecond stored, over all streams
     * @param spread of the streams' rates: the quickest less the slowest, over the mean
     * @param cpuMillis of this JVM, per frame
     * @param postgresMillis of PostgreSQL, per frame
     * @param groups CPU milliseconds per frame by what threads do
     * @param others cores that the rest of the machine kept busy
     */
    record Seen(
            double framesPerSecond,
            double spread,
            double cpuMillis,
            double postgresMillis,
            double jvmMb,
            double postgresMb,
            Map<String, Double> groups,
            double others) {

        Seen withJvmMb(double megabytes) {
            return new Seen(framesPerSecond, spread, cpuMillis, postgresMillis, megabytes, postgresMb, groups, others);
        }

        /** CPU of everything but the threads that run the model and those that decode and scale. */
        double overheadMillis() {
            return cpuMillis
                    + postgresMillis
                    - groups.getOrDefault(ThreadTimes.INFERENCE, 0.0)
                    - groups.getOrDefault(ThreadTimes.SESSIONS, 0.0);
        }
    }

    Seen run(int streams, double seconds) throws IOException {
        List<String> ids = start(streams);
        Seen seen = watch(ids, seconds);
        double settled = Machine.settledMb();
        stop(ids);
        return seen.withJvmMb(settled);
    }

    /** Returns once all of them are at work. */
    List<String> start(int streams) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            JsonObject body = new JsonObject()
                    .put("camera_url", clip.toString())
                    .put("model", "yolox-nano")
                    .put("options", options.copy().put("loop", true));
            ids.add(post("/api/v1/scenario/init", body).getString("scenario_uuid"));
        }
        await("all of " + streams + " streams run", () -> ids.stream().allMatch(id -> newest(id) >= FRAMES_BEFORE));
        return ids;
    }

    /** Returns once all of them have ended. */
    void stop(List<String> ids) {
        ids.forEach(id -> post("/api/v1/scenario/" + id + "/shutdown", new JsonObject()));
        await("all streams have ended", () -> ids.stream()
                .allMatch(id -> status(id).equals("inactive")));
    }

    /** Looks at streams that run for so long. */
    Seen watch(List<String> ids, double seconds) throws IOException {
        long[] before = ids.stream().mapToLong(this::newest).toArray();
        ThreadTimes threads = new ThreadTimes();
        double ownBefore = Machine.ownCpuSeconds();
        double postgresBefore = Machine.postgresCpuSeconds();
        double busyBefore = Machine.busySeconds();
        long start = System.nanoTime();
        long end = start + (long) (seconds * 1e9);
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
        double own = Machine.ownCpuSeconds() - ownBefore;
        double postgres = Machine.postgresCpuSeconds() - postgresBefore;
        Map<String, Double> groups = threads.since();
        double wall = (System.nanoTime() - start) / 1e9;
        double others = Math.max(0, Machine.busySeconds() - busyBefore - own - postgres) / wall;
        List<Double> done = new ArrayList<>();
        for (int i = 0; i < before.length; i++) {
            done.add((double) (newest(ids.get(i)) - before[i]));
        }
        double frames = done.stream().mapToDouble(Double::doubleValue).sum();
        groups.replaceAll((group, cpu) -> cpu * 1000 / frames);
        double spread = (Figures.percentile(done, 1) - Figures.percentile(done, 0)) * done.size() / frames;
        return new Seen(
                frames / wall,
                spread,
                own * 1000 / frames,
                postgres * 1000 / frames,
                Machine.residentMb(),
                Machine.postgresMb(),
                groups,
                others);
    }

    @FunctionalInterface
    private interface Condition {
        boolean holds();
    }

    private static void await(String what, Condition condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("waited " + PATIENCE + " in vain: " + what);
            }
            LockSupport.parkNanos(100_000_000);
        }
    }

    private long newest(String id) {
        var results = get("/api/v1/prediction/" + id + "?limit=1").getJsonArray("results");
        return results.isEmpty() ? -1 : results.getJsonObject(0).getLong("frame_number");
    }

    private String status(String id) {
        return get("/api/v1/scenario/" + id).getString("status");
    }

    private JsonObject get(String path) {
        return send(HttpRequest.newBuilder(URI.create(base + path)).GET());
    }

    private JsonObject post(String path, JsonObject body) {
        return send(HttpRequest.newBuilder(URI.create(base + path))
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
}
