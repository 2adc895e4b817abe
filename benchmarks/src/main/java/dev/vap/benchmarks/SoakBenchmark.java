package dev.vap.benchmarks;

import static dev.vap.benchmarks.Figures.number;
import static dev.vap.benchmarks.Figures.row;

import dev.vap.standalone.platform.Platform;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The whole platform under streams that come and go, for half an hour or as long as wanted: is its memory flat? Ends with 1
 * if that of the last third is more than a few percent above that of the third before.
 */
public final class SoakBenchmark {

    private static final int STREAMS = 8;
    private static final double GROWTH_ALLOWED = 0.03;

    /** A row of the table. */
    private static final int SAMPLES_A_ROW = 6;

    private final double sampleSeconds;
    private final List<Double> jvm = new ArrayList<>();
    private final List<Double> postgres = new ArrayList<>();

    private SoakBenchmark(double sampleSeconds) {
        this.sampleSeconds = sampleSeconds;
    }

    public static void main(String[] args) throws Exception {
        PlatformOptions options = PlatformOptions.of(SoakBenchmark.class, args, "[--minutes 30] [--seconds 20]");
        System.exit(new SoakBenchmark(options.number("seconds", 20)).run(options) ? 0 : 1);
    }

    private boolean run(PlatformOptions options) throws Exception {
        double minutes = options.number("minutes", 30);
        int samples = (int) Math.ceil(minutes * 60 / sampleSeconds);
        try (Platform platform = Platform.start(options.settings(), path -> true)) {
            PlatformLoad load = new PlatformLoad(platform, options.clip(), new JsonObject());
            List<String> ids = new ArrayList<>(load.start(STREAMS));
            System.out.println(row("minutes", "frames/s", "JVM MB", "PostgreSQL MB", "streams begun"));
            System.out.println("|---|---|---|---|---|");
            for (int sample = 1; sample <= samples; sample++) {
                sample(load, ids, sample);
            }
            load.stop(ids);
        }
        boolean jvmIsFlat = isFlat("JVM", jvm);
        boolean postgresIsFlat = isFlat("PostgreSQL", postgres);
        return jvmIsFlat && postgresIsFlat;
    }

    /** One stream goes and another one comes with every sample: what leaks, leaks with them. */
    private void sample(PlatformLoad load, List<String> ids, int sample) throws IOException {
        load.stop(List.of(ids.remove(0)));
        ids.addAll(load.start(1));
        PlatformLoad.Seen seen = load.watch(ids, sampleSeconds);
        jvm.add(seen.jvmMb());
        postgres.add(seen.postgresMb());
        if (sample % SAMPLES_A_ROW == 0) {
            System.out.println(row(
                    number(sample * sampleSeconds / 60, 1),
                    number(seen.framesPerSecond(), 1),
                    number(seen.jvmMb(), 0),
                    number(seen.postgresMb(), 0),
                    STREAMS + sample));
        }
    }

    private static boolean isFlat(String name, List<Double> megabytes) {
        int third = megabytes.size() / 3;
        double before = Figures.percentile(megabytes.subList(third, 2 * third), 0.5);
        double after = Figures.percentile(megabytes.subList(2 * third, megabytes.size()), 0.5);
        double growth = after / before - 1;
        System.out.println(name + ": median of the second third " + number(before, 0) + " MB, of the last third "
                + number(after, 0) + " MB, " + number(100 * growth, 1) + " %");
        return growth <= GROWTH_ALLOWED;
    }
}
