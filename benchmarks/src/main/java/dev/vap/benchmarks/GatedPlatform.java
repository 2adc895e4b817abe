package dev.vap.benchmarks;

import static dev.vap.benchmarks.Figures.number;
import static dev.vap.benchmarks.Figures.row;

import dev.vap.standalone.platform.Platform;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What the gate saves of the whole platform: two streams of one clip in a loop, as fast as they go, with the gate and
 * without, one after the other in one process. Whatever a stream costs beside its frames is in it, but for the JIT compiler,
 * which is done after some minutes.
 */
final class GatedPlatform {

    private static final int STREAMS = 2;
    private static final double WARM_UP_SECONDS = 30;
    private static final double SECONDS = 20;

    private final Path modelDir;
    private final Path data;

    /**
     * @param modelDir with yolox-nano
     * @param data an empty directory
     */
    GatedPlatform(Path modelDir, Path data) {
        this.modelDir = modelDir;
        this.data = data;
    }

    /** Prints a table. */
    void print(Path clip, double fps) throws IOException, InterruptedException {
        try (Platform platform = Platform.start(PlatformOptions.settings(modelDir, data), path -> true)) {
            PlatformLoad without = new PlatformLoad(platform, clip, new JsonObject());
            PlatformLoad with = new PlatformLoad(platform, clip, new JsonObject().put("motion", new JsonObject()));
            with.run(STREAMS, WARM_UP_SECONDS);
            without.run(STREAMS, WARM_UP_SECONDS);
            System.out.println();
            System.out.println(row(
                    "the whole platform, " + STREAMS + " streams",
                    "frames/s",
                    "CPU/frame",
                    "of that sessions",
                    "inference",
                    "streams a core"));
            System.out.println("|---|---|---|---|---|---|");
            double before = print("without", without.run(STREAMS, SECONDS), fps);
            double after = print("with", with.run(STREAMS, SECONDS), fps);
            System.out.println(row("times", "", number(before / after, 1), "", "", ""));
        }
    }

    /** Returns CPU milliseconds a frame. */
    private static double print(String name, PlatformLoad.Seen seen, double fps) {
        double compiler = seen.groups().getOrDefault(ThreadTimes.COMPILER, 0.0);
        double all = seen.cpuMillis() + seen.postgresMillis() - compiler;
        System.out.println(row(
                name,
                number(seen.framesPerSecond(), 0),
                number(all, 2) + " ms",
                number(seen.groups().getOrDefault(ThreadTimes.SESSIONS, 0.0), 2) + " ms",
                number(seen.groups().getOrDefault(ThreadTimes.INFERENCE, 0.0), 2) + " ms",
                number(1000 / (all * fps), 1)));
        return all;
    }
}
