package dev.vap.benchmarks;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Somebody else's pipeline, measured beside VAP: a Python script that takes {@code --model}, {@code --videos},
 * {@code --streams}, {@code --seconds}, {@code --loop}, {@code --threads}, and prints as its last line a JSON object with
 * {@code fps_total}, {@code cpu_ms_per_frame} and {@code pss_mb_peak}.
 */
final class Pipeline {

    private static final long PATIENCE_SECONDS = 120;

    private final Path python;
    private final Path script;
    private final Path model;
    private final Path clip;

    Pipeline(Path python, Path script, Path model, Path clip) {
        this.python = python;
        this.script = script;
        this.model = model;
        this.clip = clip;
    }

    record Run(double framesPerSecond, double cpuMillis, double megabytes) {}

    Run run(int streams, double seconds) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(
                        python.toString(),
                        script.toString(),
                        "--model",
                        model.toString(),
                        "--videos",
                        clip.toString(),
                        "--streams",
                        String.valueOf(streams),
                        "--seconds",
                        String.valueOf(seconds),
                        "--loop",
                        "--threads",
                        "1"))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<String> lines;
        try (var output = process.inputReader(StandardCharsets.UTF_8)) {
            lines = output.lines().toList();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException(script + " has not ended");
            }
        } finally {
            process.destroyForcibly();
        }
        if (lines.isEmpty() || process.exitValue() != 0) {
            throw new IllegalStateException(script + " ended with " + process.exitValue() + ": run it by hand");
        }
        JsonObject last = new JsonObject(lines.get(lines.size() - 1));
        return new Run(last.getDouble("fps_total"), last.getDouble("cpu_ms_per_frame"), last.getDouble("pss_mb_peak"));
    }
}
