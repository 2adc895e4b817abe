package dev.vap.benchmarks;

import static dev.vap.benchmarks.Figures.number;
import static dev.vap.benchmarks.Figures.row;

import dev.vap.standalone.platform.Platform;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * The whole platform in this process, analysing every frame of a clip in a loop, beside the stages alone and, if it is
 * there, a pipeline in Python: frames stored a second, CPU per frame and where it goes, memory. They take turns, so that
 * what else happens on the machine hits them alike; the tables show medians, and where the platform is compared with the
 * others, or the machine's speed shows, all turns one after the other.
 */
public final class PlatformBenchmark {

    /** Threads of less than that per frame are not worth a line. */
    private static final double WORTH_TELLING_MS = 0.01;

    private final PlatformOptions options;
    private final Path clip;
    private final Path modelDir;
    private final double seconds;
    private final int cores = Machine.cores();
    private final Map<String, List<RawLimits.Rate>> stages = new LinkedHashMap<>();
    private final Map<Integer, List<Turn>> turns = new TreeMap<>();

    /**
     * The stages alone, together.
     *
     * @param modelPerSecond of {@code session.run}, as VAP loads the model
     * @param cpuMillis of the detector, decoding and letterboxing, per frame
     * @param framesPerSecond that all cores could do, were there nothing else
     */
    private record Limits(double modelPerSecond, double cpuMillis, double framesPerSecond) {}

    /**
     * What was measured in quick succession: these machines change their speed within minutes, so only within a turn can one
     * be compared with the other.
     *
     * @param other null if there was none
     */
    private record Turn(Limits limits, Pipeline.Run other, PlatformLoad.Seen seen) {}

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
        List<Integer> inPipeline = streams("pipeline-streams", "1,2,4,8");
        // The JVM compiles for some minutes; a platform that runs for days is measured after that.
        platform(4, options.number("warm-up", 150));
        for (int round = 1; round <= rounds; round++) {
            for (int n : streams("streams", "1,2,4,8,16,32")) {
                Limits limits = stages(new RawLimits(model, clip, seconds / 4));
                Pipeline.Run other = pipeline != null && inPipeline.contains(n) ? pipeline.run(n, seconds) : null;
                PlatformLoad.Seen seen = platform(n, seconds);
                turns.computeIfAbsent(n, k -> new ArrayList<>()).add(new Turn(limits, other, seen));
                System.err.printf(Locale.ROOT, "round %d, %d streams: %s %s %s%n", round, n, limits, other, seen);
            }
        }
        print();
    }

    /** One of its own for each time, so that nothing else runs beside the others. */
    private PlatformLoad.Seen platform(int streams, double time) throws Exception {
        try (Platform platform = Platform.start(options.settings(), path -> true)) {
            return new PlatformLoad(platform, clip, new JsonObject()).run(streams, time);
        }
    }

    private Limits stages(RawLimits raw) throws Exception {
        stage("`session.run` of the file as it is, " + cores + " threads", raw.model(cores));
        RawLimits.Rate model = stage("`session.run` as VAP loads it, " + cores + " threads", raw.loadedModel(cores));
        double cpu = stage("detector: to floats, `session.run`, boxes, NMS, " + cores + " threads", raw.detector(cores))
                        .cpuMillis()
                + stage("decode to BGR, 1 thread", raw.decode()).cpuMillis()
                + stage("letterbox, 1 thread", raw.letterbox()).cpuMillis();
        return new Limits(model.framesPerSecond(), cpu, cores * 1000 / cpu);
    }

    private RawLimits.Rate stage(String name, RawLimits.Rate rate) {
        stages.computeIfAbsent(name, k -> new ArrayList<>()).add(rate);
        return rate;
    }

    /** Of an even number the lower one of the two in the middle. */
    private static <T> T median(List<T> list, ToDoubleFunction<T> by) {
        return list.stream().sorted(Comparator.comparingDouble(by)).toList().get((list.size() - 1) / 2);
    }

    private void print() {
        System.out.println(row("stage alone", "frames/s", "CPU ms a frame"));
        System.out.println("|---|---|---|");
        stages.forEach((name, rates) -> {
            RawLimits.Rate rate = median(rates, RawLimits.Rate::framesPerSecond);
            System.out.println(row(name, number(rate.framesPerSecond(), 1), number(rate.cpuMillis(), 2)));
        });
        Limits limits =
                median(turns.values().stream().flatMap(List::stream).toList(), t -> t.limits.framesPerSecond).limits;
        System.out.println(row(
                "**limit**: cores / CPU of detector, decode and letterbox",
                number(limits.framesPerSecond, 0),
                number(limits.cpuMillis, 2)));
        System.out.println();
        printPipeline();
        printPlatform();
        printGroups();
    }

    private void printPipeline() {
        System.out.println(row("Python pipeline, streams", "frames/s", "CPU ms a frame", "PSS MB"));
        System.out.println("|---|---|---|---|");
        turns.forEach((streams, list) -> {
            List<Pipeline.Run> runs =
                    list.stream().map(Turn::other).filter(Objects::nonNull).toList();
            if (!runs.isEmpty()) {
                Pipeline.Run run = median(runs, Pipeline.Run::framesPerSecond);
                System.out.println(row(
                        streams,
                        number(run.framesPerSecond(), 1),
                        number(run.cpuMillis(), 1),
                        number(run.megabytes(), 0)));
            }
        });
        System.out.println();
    }

    private void printPlatform() {
        System.out.println(row(
                "VAP, streams",
                "frames/s stored",
                "of `session.run` as VAP loads it",
                "of the limit",
                "of Python",
                "spread of streams",
                "CPU ms a frame, JVM + PostgreSQL",
                "of it overhead",
                "JVM MB, collected",
                "PostgreSQL MB",
                "others, cores"));
        System.out.println("|---|---|---|---|---|---|---|---|---|---|---|");
        turns.forEach((streams, list) -> {
            PlatformLoad.Seen seen = median(list, turn -> turn.seen.framesPerSecond()).seen;
            boolean pipeline = list.get(0).other != null;
            System.out.println(row(
                    streams,
                    inTurns(list, 0, turn -> turn.seen.framesPerSecond()),
                    percents(list, turn -> turn.seen.framesPerSecond() / turn.limits.modelPerSecond),
                    percents(list, turn -> turn.seen.framesPerSecond() / turn.limits.framesPerSecond),
                    pipeline ? percents(list, turn -> turn.seen.framesPerSecond() / turn.other.framesPerSecond()) : "",
                    percents(list, turn -> turn.seen.spread()),
                    number(seen.cpuMillis(), 1) + " + " + number(seen.postgresMillis(), 2),
                    inTurns(list, 2, turn -> turn.seen.overheadMillis()),
                    inTurns(list, 0, turn -> turn.seen.jvmMb()),
                    number(seen.postgresMb(), 0),
                    number(seen.others(), 2)));
        });
        System.out.println();
    }

    private static String percents(List<Turn> list, ToDoubleFunction<Turn> share) {
        return inTurns(list, 0, turn -> 100 * share.applyAsDouble(turn)) + " %";
    }

    private static String inTurns(List<Turn> list, int digits, ToDoubleFunction<Turn> figure) {
        return list.stream()
                .map(turn -> number(figure.applyAsDouble(turn), digits))
                .collect(Collectors.joining(", "));
    }

    /** Of the most streams that fill the machine without crowding it. */
    private void printGroups() {
        int streams = turns.containsKey(8) ? 8 : turns.keySet().iterator().next();
        PlatformLoad.Seen seen = median(turns.get(streams), turn -> turn.seen.framesPerSecond()).seen;
        System.out.println(row("threads, " + streams + " streams", "CPU ms a frame"));
        System.out.println("|---|---|");
        seen.groups().entrySet().stream()
                .filter(e -> e.getValue() >= WORTH_TELLING_MS)
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .forEach(e -> System.out.println(row(e.getKey(), number(e.getValue(), 2))));
        System.out.println(row("PostgreSQL's processes", number(seen.postgresMillis(), 2)));
    }
}
