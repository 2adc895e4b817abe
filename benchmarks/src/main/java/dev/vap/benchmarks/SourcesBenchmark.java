package dev.vap.benchmarks;

import dev.vap.testing.Await;
import dev.vap.testing.ServiceProcess;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Cameras through the whole platform, every service a process of its own and the detector {@code mock}: how long it takes from a
 * create to the first prediction, what a stream costs the runner beside what FFmpeg takes for it, and how old frames are when
 * fifty streams run at once.
 */
public final class SourcesBenchmark {

    private static final int STARTS = 40;
    private static final int WARM_UP = 5;
    private static final int FEW = 8;
    private static final List<Integer> MANY = List.of(25, 50);
    private static final int CAMERAS = 50;
    private static final Duration WINDOW = Duration.ofSeconds(30);
    private static final Duration SETTLE = Duration.ofSeconds(8);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Installation installation;
    private final Connection database;
    private final Path data;
    private final ServiceProcess playing;
    private final List<String> cameras;
    private final List<ServiceProcess> services = new ArrayList<>();
    private ServiceProcess runner;

    private SourcesBenchmark(Installation installation, Connection database, Path data, ServiceProcess playing) {
        this.installation = installation;
        this.database = database;
        this.data = data;
        this.playing = playing;
        this.cameras = Cameras.urls(playing, CAMERAS);
    }

    /**
     * Seconds since the create.
     *
     * @param captured when the camera took the first frame that was analysed
     * @param published when its prediction was
     * @param stored when that could be read
     */
    private record Start(double captured, double published, double stored) {}

    /** What has been used up so far. */
    private record Meter(double runner, double ffmpeg, double cameras, double services, double machine) {}

    /**
     * @param args the project's root, a directory for data, and a file of H.264 for {@link Cameras} or nothing
     */
    public static void main(String[] args) throws Exception {
        if (args.length < 2) {
            System.err.println("SourcesBenchmark ROOT DATA [H264]");
            System.exit(2);
        }
        Path root = Path.of(args[0]).toAbsolutePath();
        Path data = Files.createDirectories(Path.of(args[1]));
        Map<String, String> settings =
                Map.of("MEDIA_ROOT", data.toString(), "MAX_WORKERS", "64", "DEFAULT_MODEL", "mock", "VIDEO_FPS", "5");
        ServiceProcess playing = Cameras.start(data, CAMERAS, args.length > 2 ? args[2] : null);
        try (Installation installation = new Installation(root, data, settings);
                Connection database = installation.database()) {
            new SourcesBenchmark(installation, database, data, playing).run();
        } finally {
            playing.terminate();
        }
        System.exit(0);
    }

    private void run() throws Exception {
        for (String service : List.of("api", "orchestrator", "inference")) {
            services.add(installation.start(service, service, Map.of(), "-Xmx256m"));
        }
        runner = installation.start("runner", "runner", Map.of("RUNNER_ID", "runner"), "-Xmx512m");
        System.out.println("Load of the machine before: " + load());
        starts();
        List<String> streams = new ArrayList<>();
        cost(streams);
        together(streams);
        System.out.println();
        System.out.println("Load of the machine after: " + load());
    }

    // --- From create to first prediction
    // ------------------------------------------------------------------------------------

    private void starts() throws Exception {
        List<Start> starts = new ArrayList<>();
        for (int i = 0; i < WARM_UP + STARTS; i++) {
            // Each start ends with a key frame: without a pause of chance the next one would always wait as long for
            // its own.
            pause(Duration.ofMillis(ThreadLocalRandom.current().nextLong(1_000)));
            Start start = start(cameras.get(i % cameras.size()));
            if (i >= WARM_UP) {
                starts.add(start);
            }
        }
        System.out.println();
        System.out.println(Figures.row(
                STARTS + " RTSP cameras one after the other, seconds since the create", "p50", "p95", "max"));
        System.out.println("|---".repeat(4) + "|");
        print(
                "the camera takes the first frame that is analysed",
                starts.stream().map(Start::captured));
        print("its prediction is published", starts.stream().map(Start::published));
        print("its prediction is stored", starts.stream().map(Start::stored));
        print(
                "between the first two: probing, decoding, analysis",
                starts.stream().map(s -> s.published() - s.captured()));
    }

    private static void print(String what, Stream<Double> values) {
        List<Double> all = values.toList();
        System.out.println(Figures.row(what, number(all, 0.5), number(all, 0.95), number(all, 1)));
    }

    private static String number(List<Double> values, double share) {
        return Figures.number(Figures.percentile(values, share), 2);
    }

    private Start start(String url) throws Exception {
        double asked = now();
        String scenario = create(url);
        String first = " FROM scenario_results WHERE scenario_uuid = '" + scenario + "' ORDER BY frame_number LIMIT 1";
        double stored = Await.value(
                "first prediction of " + url,
                PATIENCE,
                () -> real("SELECT extract(epoch FROM stored_at)::float8" + first),
                at -> at > 0);
        double captured = real("SELECT extract(epoch FROM timestamp)::float8" + first);
        double published = captured + real("SELECT age_ms::float8 / 1000" + first);
        stop(scenario);
        return new Start(captured - asked, published - asked, stored - asked);
    }

    // --- CPU of a stream
    // ----------------------------------------------------------------------------------------------------

    private void cost(List<String> streams) throws Exception {
        pause(SETTLE);
        Meter idleBefore = meter(List.of());
        pause(SETTLE);
        double idle = share(idleBefore.runner(), meter(List.of()).runner(), SETTLE);
        grow(streams, FEW);
        List<ServiceProcess> ffmpeg = ffmpeg();
        pause(SETTLE);
        Meter before = meter(ffmpeg);
        pause(WINDOW);
        Meter after = meter(ffmpeg);
        boolean all = ffmpeg.stream().allMatch(ServiceProcess::alive);
        ffmpeg.forEach(ServiceProcess::terminate);
        System.out.println();
        System.out.println(Figures.row(
                FEW + " streams of 480p, " + Cameras.FRAMES_PER_SECOND + " frames/s, 5 of them analysed, "
                        + WINDOW.toSeconds() + " s",
                "CPU of all, % of a core",
                "a stream"));
        System.out.println("|---".repeat(3) + "|");
        double runners = share(before.runner(), after.runner(), WINDOW);
        System.out.println(Figures.row("runner without any", Figures.number(idle, 1), ""));
        System.out.println(Figures.row("runner", Figures.number(runners, 1), Figures.number(runners / FEW, 2)));
        if (ffmpeg.isEmpty() || !all) {
            System.out.println(Figures.row("ffmpeg: not on this machine, or ended", "", ""));
        } else {
            double compared = share(before.ffmpeg(), after.ffmpeg(), WINDOW);
            System.out.println(Figures.row(
                    FEW + " × `ffmpeg -rtsp_transport tcp -i URL -an -f null -`",
                    Figures.number(compared, 1),
                    Figures.number(compared / FEW, 2)));
        }
    }

    /** One process for each of the first cameras, or none where there is no ffmpeg. */
    private List<ServiceProcess> ffmpeg() {
        List<ServiceProcess> started = new ArrayList<>();
        try {
            for (String url : cameras.subList(0, FEW)) {
                List<String> command = List.of(
                        "ffmpeg",
                        "-nostdin",
                        "-loglevel",
                        "error",
                        "-rtsp_transport",
                        "tcp",
                        "-i",
                        url,
                        "-an",
                        "-f",
                        "null",
                        "-");
                started.add(ServiceProcess.start("ffmpeg", command, Map.of(), data.resolve("logs/ffmpeg.log")));
            }
        } catch (IOException e) {
            System.err.println("no comparison with ffmpeg: " + e.getMessage());
        }
        return started;
    }

    private Meter meter(List<ServiceProcess> ffmpeg) {
        return new Meter(runner.cpuSeconds(), cpu(ffmpeg), playing.cpuSeconds(), cpu(services), Machine.busySeconds());
    }

    private static double cpu(List<ServiceProcess> processes) {
        return processes.stream().mapToDouble(ServiceProcess::cpuSeconds).sum();
    }

    private static double share(double before, double after, Duration window) {
        return (after - before) * 100 / window.toSeconds();
    }

    // --- Many at once
    // -------------------------------------------------------------------------------------------------------

    /** What was seen of so many streams. */
    private record Seen(
            int streams,
            int streaming,
            double rate,
            List<Integer> ages,
            Map<String, Long> dropped,
            Meter used,
            long memory) {}

    private void together(List<String> streams) throws Exception {
        List<Seen> all = new ArrayList<>();
        for (int count : MANY) {
            grow(streams, count);
            pause(SETTLE);
            all.add(watch(streams));
        }
        System.out.println();
        System.out.println(Figures.row(
                "streams at once, " + WINDOW.toSeconds() + " s",
                "streaming",
                "predictions/s of each",
                "frame age when published, ms: p50, p95, max",
                "frames not analysed for a fault",
                "CPU, % of a core: runner",
                "cameras",
                "API, orchestrator, inference",
                "all else",
                "runner MB"));
        System.out.println("|---".repeat(10) + "|");
        for (Seen seen : all) {
            Meter used = seen.used();
            double rest = used.machine() - used.runner() - used.cameras() - used.services();
            System.out.println(Figures.row(
                    seen.streams(),
                    seen.streaming(),
                    Figures.number(seen.rate(), 2),
                    String.join(", ", seen.ages().stream().map(String::valueOf).toList()),
                    seen.dropped().isEmpty() ? "none" : seen.dropped(),
                    percent(used.runner()),
                    percent(used.cameras()),
                    percent(used.services()),
                    percent(rest),
                    seen.memory()));
        }
    }

    private static String percent(double seconds) {
        return Figures.number(share(0, seconds, WINDOW), 0);
    }

    private Seen watch(List<String> streams) throws Exception {
        Map<String, Long> dropsBefore = drops(streams);
        Meter before = meter(List.of());
        double from = now();
        pause(WINDOW);
        Meter after = meter(List.of());
        double to = now();
        Map<String, Long> dropped = drops(streams);
        dropsBefore.forEach((cause, count) -> dropped.merge(cause, -count, Long::sum));
        dropped.values().removeIf(count -> count == 0);
        String results = " FROM scenario_results WHERE stored_at > to_timestamp(" + from
                + ") AND stored_at <= to_timestamp(" + to + ")";
        return new Seen(
                streams.size(),
                streaming(streams),
                real("SELECT count(*)::float8" + results) / (to - from) / streams.size(),
                List.of(age(0.5, results), age(0.95, results), age(1, results)),
                dropped,
                new Meter(
                        after.runner() - before.runner(),
                        0,
                        after.cameras() - before.cameras(),
                        after.services() - before.services(),
                        after.machine() - before.machine()),
                runner.residentMegabytes());
    }

    private int age(double share, String results) throws SQLException {
        return (int) real("SELECT percentile_disc(" + share + ") WITHIN GROUP (ORDER BY age_ms)::float8" + results);
    }

    private Map<String, Long> drops(List<String> streams) throws Exception {
        Map<String, Long> all = new TreeMap<>();
        for (String stream : streams) {
            JsonObject source = get(stream).getJsonObject("source");
            if (source != null) {
                JsonObject dropped = source.getJsonObject("dropped");
                dropped.fieldNames().forEach(cause -> all.merge(cause, dropped.getLong(cause), Long::sum));
            }
        }
        return all;
    }

    private int streaming(List<String> streams) throws Exception {
        int streaming = 0;
        for (String stream : streams) {
            JsonObject source = get(stream).getJsonObject("source");
            if (source != null && source.getString("state").equals("streaming")) {
                streaming++;
            }
        }
        return streaming;
    }

    // --- The platform
    // -------------------------------------------------------------------------------------------------------

    /** So many streams run, each of a camera of its own. */
    private void grow(List<String> streams, int count) throws Exception {
        while (streams.size() < count) {
            streams.add(create(cameras.get(streams.size())));
        }
        Await.value(
                count + " streams are active",
                PATIENCE,
                () -> real("SELECT count(*)::float8 FROM scenarios WHERE status = 'active'"),
                active -> active == count);
    }

    private String create(String url) throws Exception {
        JsonObject body = new JsonObject().put("camera_url", url).put("model", "mock");
        return installation.call("POST", "/api/v1/scenario/init", body, 201).getString("scenario_uuid");
    }

    private void stop(String scenario) throws Exception {
        installation.call("POST", "/api/v1/scenario/" + scenario + "/shutdown", new JsonObject(), 200);
        Await.until(
                scenario + " is inactive",
                PATIENCE,
                () -> real("SELECT count(*)::float8 FROM scenarios WHERE scenario_uuid = '" + scenario
                                + "' AND status = 'inactive'")
                        == 1);
    }

    private JsonObject get(String scenario) throws Exception {
        return installation.call("GET", "/api/v1/scenario/" + scenario, null, 200);
    }

    /** By the clock that results are stored with. */
    private double now() throws SQLException {
        return real("SELECT extract(epoch FROM clock_timestamp())::float8");
    }

    /** The number a query gives; 0 if it gives no row. */
    private double real(String sql) throws SQLException {
        try (PreparedStatement statement = database.prepareStatement(sql);
                ResultSet rows = statement.executeQuery()) {
            return rows.next() ? rows.getDouble(1) : 0;
        }
    }

    private static void pause(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(Math.min(left, TimeUnit.SECONDS.toNanos(1)));
        }
    }

    private static String load() throws IOException {
        return Files.readString(Path.of("/proc/loadavg")).replaceAll("^(\\S+ \\S+ \\S+).*\\s*$", "$1");
    }
}
