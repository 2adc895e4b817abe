package dev.vap.benchmarks;

import static dev.vap.benchmarks.Figures.number;
import static dev.vap.benchmarks.Figures.row;

import dev.vap.standalone.platform.Platform;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The whole platform under streams that come and go, for half an hour or as long as wanted: is its memory flat? Ends with 1
 * if that of the last third is more than a few percent above that of the third before, as it is on the way or once all
 * garbage is gone, which is tried after each third. PostgreSQL's is shown, not judged: it grows until its shared buffers are
 * filled with results.
 */
public final class SoakBenchmark {

    private static final int STREAMS = 8;
    private static final double GROWTH_ALLOWED = 0.03;
    private static final int PARTS = 3;

    /** A row of the table. */
    private static final int SAMPLES_A_ROW = 6;

    private final double sampleSeconds;
    private final List<Double> jvm = new ArrayList<>();
    private final List<Double> collected = new ArrayList<>();

    private SoakBenchmark(double sampleSeconds) {
        this.sampleSeconds = sampleSeconds;
    }

    public static void main(String[] args) throws Exception {
        PlatformOptions options = PlatformOptions.of(SoakBenchmark.class, args, "[--minutes 30] [--seconds 20]");
        System.exit(new SoakBenchmark(options.number("seconds", 20)).run(options) ? 0 : 1);
    }

    private boolean run(PlatformOptions options) throws Exception {
        double minutes = options.number("minutes", 30);
        int part = (int) Math.ceil(minutes * 60 / sampleSeconds / PARTS);
        try (Platform platform = Platform.start(options.settings(), path -> true)) {
            PlatformLoad load = new PlatformLoad(platform, options.clip(), new JsonObject());
            List<String> ids = new ArrayList<>(load.start(STREAMS));
            System.out.println(row("minutes", "frames/s", "JVM MB", "PostgreSQL MB", "streams begun"));
            System.out.println("|---|---|---|---|---|");
            for (int sample = 1; sample <= PARTS * part; sample++) {
                sample(load, ids, sample);
                if (sample % part == 0) {
                    collected.add(Machine.settledMb());
                }
            }
            load.stop(ids);
        }
        boolean jvmIsFlat = isFlat("JVM, median", thirds(jvm));
        boolean collectedIsFlat = isFlat("JVM, collected at the end", collected);
        return jvmIsFlat && collectedIsFlat;
    }

    /** One stream goes and another one comes with every sample: what leaks, leaks with them. */
    private void sample(PlatformLoad load, List<String> ids, int sample) throws IOException {
        load.stop(List.of(ids.remove(0)));
        ids.addAll(load.start(1));
        PlatformLoad.Seen seen = load.watch(ids, sampleSeconds);
        jvm.add(seen.jvmMb());
        if (sample % SAMPLES_A_ROW == 0) {
            System.out.println(row(
                    number(sample * sampleSeconds / 60, 1),
                    number(seen.framesPerSecond(), 1),
                    number(seen.jvmMb(), 0),
                    number(seen.postgresMb(), 0),
                    STREAMS + sample));
        }
    }

    /** The median of each third. */
    private static List<Double> thirds(List<Double> megabytes) {
        int part = megabytes.size() / PARTS;
        return IntStream.range(0, PARTS)
                .mapToObj(i -> Figures.percentile(megabytes.subList(i * part, (i + 1) * part), 0.5))
                .toList();
    }

    private static boolean isFlat(String name, List<Double> thirds) {
        double growth = thirds.get(2) / thirds.get(1) - 1;
        System.out.println(name + " of each third: "
                + thirds.stream().map(mb -> number(mb, 0)).collect(Collectors.joining(", ")) + " MB, growth "
                + number(100 * growth, 1) + " %");
        return growth <= GROWTH_ALLOWED;
    }
}
