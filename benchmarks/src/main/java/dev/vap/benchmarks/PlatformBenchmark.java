package dev.vap.benchmarks;

import static dev.vap.benchmarks.Figures.number;
import static dev.vap.benchmarks.Figures.row;

import dev.vap.shared.config.Settings;
import dev.vap.standalone.platform.Platform;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * The whole platform in this process, analysing every frame of a clip in a loop, beside the stages alone and, if it is
 * there, a pipeline in Python: frames stored a second, CPU per frame and where it goes, memory. Rounds of all of them
 * alternate, so that what else happens on the machine hits them alike; the tables show medians.
 */
public final class PlatformBenchmark {

    /** Threads of less than that per frame are not worth a line. */
    private static final double WORTH_TELLING_MS = 0.01;

    private final PlatformOptions options;
    private final Path clip;
    private final Path modelDir;
    private final double seconds;
    private final int cores = Machine.cores();
    private final Map<String, List<RawLimits.Rate>> stages = new TreeMap<>();
    private final Map<Integer, List<Pipeline.Run>> others = new TreeMap<>();
    private final Map<Integer, List<PlatformLoad.Seen>> loads = new TreeMap<>();

    private PlatformBenchmark(PlatformOptions options) {
        this.options = options;
        this.clip = options.clip();
        this.modelDir = options.modelDir();
        this.seconds = options.number("seconds", 8);
    }

    public static void main(String[] args) throws Exception {
        new PlatformBenchmark(PlatformOptions.of(
                        PlatformBenchmark.class,
                        args,
                        "[--streams 1,2,4,8,16,32] [--seconds 8] [--rounds 3] [--warm-up 150]"
                                + " [--python PYTHON --pipeline SCRIPT --pipeline-streams 1,2,4,8]"))
                .run();
        System.exit(0);
    }

    private List<Integer> streams(String option, String fallback) {
        return Arrays.stream(options.get(option, fallback).split(",", -1))
                .map(Integer::parseInt)
                .toList();
    }

    private void run() throws Exception {
        int rounds = (int) options.number("rounds", 3);
        Path model = modelDir.resolve("yolox_nano.onnx").toAbsolutePath();
        Pipeline pipeline = options.find("pipeline")
                .map(script -> new Pipeline(Path.of(options.get("python", "python3")), Path.of(script), model, clip))
                .orElse(null);
        Settings settings = options.settings();
        for (int round = 1; round <= rounds; round++) {
            stages(new RawLimits(model, clip, seconds / 2));
            if (pipeline != null) {
                for (int n : streams("pipeline-streams", "1,2,4,8")) {
                    others.computeIfAbsent(n, k -> new ArrayList<>()).add(pipeline.run(n, seconds));
                }
            }
            try (Platform platform = Platform.start(settings, path -> true)) {
                PlatformLoad load = new PlatformLoad(platform, clip, new JsonObject());
                if (round == 1) {
                    // The JVM compiles for some minutes; a platform that runs for days is measured after that.
                    load.run(4, options.number("warm-up", 150));
                }
                for (int n : streams("streams", "1,2,4,8,16,32")) {
                    PlatformLoad.Seen seen = load.run(n, seconds);
                    loads.computeIfAbsent(n, k -> new ArrayList<>()).add(seen);
                    System.err.printf(Locale.ROOT, "round %d, %d streams: %s%n", round, n, seen);
                }
            }
        }
        print();
    }

    private void stages(RawLimits raw) throws Exception {
        stage("0 `session.run` of the file as it is, " + cores + " threads", raw.model(cores));
        stage("1 `session.run` as VAP loads it, " + cores + " threads", raw.loadedModel(cores));
        stage("2 detector: to floats, `session.run`, boxes, NMS, " + cores + " threads", raw.detector(cores));
        stage("3 decode to BGR, 1 thread", raw.decode());
        stage("4 letterbox, 1 thread", raw.letterbox());
    }

    private void stage(String name, RawLimits.Rate rate) {
        stages.computeIfAbsent(name, k -> new ArrayList<>()).add(rate);
    }

    private static <T> T median(List<T> list, ToDoubleFunction<T> by) {
        return list.stream().sorted(Comparator.comparingDouble(by)).toList().get(list.size() / 2);
    }

    private void print() {
        System.out.println(row("stage alone", "frames/s", "CPU ms a frame"));
        System.out.println("|---|---|---|");
        double perFrame = 0;
        double model = 0;
        for (Map.Entry<String, List<RawLimits.Rate>> stage : stages.entrySet()) {
            RawLimits.Rate rate = median(stage.getValue(), RawLimits.Rate::framesPerSecond);
            String name = stage.getKey().substring(2);
            System.out.println(row(name, number(rate.framesPerSecond(), 1), number(rate.cpuMillis(), 2)));
            if (name.startsWith("`session.run`")) {
                // Of the two, the later: what VAP loads.
                model = rate.framesPerSecond();
            } else {
                perFrame += rate.cpuMillis();
            }
        }
        double limit = cores * 1000 / perFrame;
        System.out.println(
                row("**limit**: cores / CPU of detector, decode and letterbox", number(limit, 0), number(perFrame, 2)));
        System.out.println();
        printPipeline();
        printPlatform(model, limit);
        printGroups();
    }

    private void printPipeline() {
        if (others.isEmpty()) {
            return;
        }
        System.out.println(row("Python pipeline, streams", "frames/s", "CPU ms a frame", "PSS MB"));
        System.out.println("|---|---|---|---|");
        others.forEach((streams, list) -> {
            Pipeline.Run run = median(list, Pipeline.Run::framesPerSecond);
            System.out.println(row(
                    streams, number(run.framesPerSecond(), 1), number(run.cpuMillis(), 1), number(run.megabytes(), 0)));
        });
        System.out.println();
    }

    private void printPlatform(double model, double limit) {
        System.out.println(row(
                "VAP, streams",
                "frames/s stored",
                "of `session.run` as VAP loads it",
                "of the limit",
                "of Python",
                "spread of streams",
                "CPU ms a frame, JVM + PostgreSQL",
                "of it overhead",
                "JVM MB",
                "PostgreSQL MB",
                "others, cores"));
        System.out.println("|---|---|---|---|---|---|---|---|---|---|---|");
        loads.forEach((streams, list) -> {
            PlatformLoad.Seen seen = median(list, PlatformLoad.Seen::framesPerSecond);
            String ofPython = others.containsKey(streams)
                    ? percent(seen.framesPerSecond()
                            / median(others.get(streams), Pipeline.Run::framesPerSecond)
                                    .framesPerSecond())
                    : "";
            System.out.println(row(
                    streams,
                    number(seen.framesPerSecond(), 1),
                    percent(seen.framesPerSecond() / model),
                    percent(seen.framesPerSecond() / limit),
                    ofPython,
                    percent(seen.spread()),
                    number(seen.cpuMillis(), 1) + " + " + number(seen.postgresMillis(), 2),
                    number(seen.overheadMillis(), 2),
                    number(seen.jvmMb(), 0),
                    number(seen.postgresMb(), 0),
                    number(seen.others(), 2)));
        });
        System.out.println();
    }

    private static String percent(double share) {
        return number(100 * share, 0) + " %";
    }

    /** Of the most streams that fill the machine without crowding it. */
    private void printGroups() {
        int streams = loads.containsKey(8) ? 8 : loads.keySet().iterator().next();
        PlatformLoad.Seen seen = median(loads.get(streams), PlatformLoad.Seen::framesPerSecond);
        System.out.println(row("threads, " + streams + " streams", "CPU ms a frame"));
        System.out.println("|---|---|");
        seen.groups().entrySet().stream()
                .filter(e -> e.getValue() >= WORTH_TELLING_MS)
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .forEach(e -> System.out.println(row(e.getKey(), number(e.getValue(), 2))));
        System.out.println(row("PostgreSQL's processes", number(seen.postgresMillis(), 2)));
    }
}
