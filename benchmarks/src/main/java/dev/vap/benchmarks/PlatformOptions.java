package dev.vap.benchmarks;

import dev.vap.shared.config.Settings;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a benchmark of the whole platform is told: models, a clip, where to keep data, and options of its own. */
final class PlatformOptions {

    private static final String MODEL_DIR = "model-dir";
    private static final String VIDEO = "video";
    private static final String DATA_DIR = "data-dir";

    private final Map<String, String> values;

    private PlatformOptions(Map<String, String> values) {
        this.values = values;
    }

    /**
     * Ends the process with 2 if what every such benchmark needs is missing.
     *
     * @param further options for the line that says how it is called
     */
    static PlatformOptions of(Class<?> benchmark, String[] args, String further) {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i + 1 < args.length; i += 2) {
            values.put(args[i].replaceFirst("^--", ""), args[i + 1]);
        }
        if (!values.keySet().containsAll(List.of(MODEL_DIR, VIDEO, DATA_DIR))) {
            System.err.println(benchmark.getSimpleName() + " --" + MODEL_DIR + " DIR --" + VIDEO + " CLIP --" + DATA_DIR
                    + " DIR " + further);
            System.exit(2);
        }
        return new PlatformOptions(values);
    }

    Optional<String> find(String name) {
        return Optional.ofNullable(values.get(name));
    }

    String get(String name, String fallback) {
        return values.getOrDefault(name, fallback);
    }

    double number(String name, double fallback) {
        return find(name).map(Double::parseDouble).orElse(fallback);
    }

    Path clip() {
        return Path.of(values.get(VIDEO)).toAbsolutePath();
    }

    Path modelDir() {
        return Path.of(values.get(MODEL_DIR));
    }

    /** Of a platform with room for all streams of a benchmark, on a free port. */
    Settings settings() {
        return settings(modelDir(), Path.of(values.get(DATA_DIR)));
    }

    /** The same for a benchmark that is told in another way. */
    static Settings settings(Path modelDir, Path dataDir) {
        return Settings.of(Map.of(
                "DATA_DIR",
                dataDir.toString(),
                "MODEL_DIR",
                modelDir.toString(),
                "MAX_WORKERS",
                "64",
                "LOG_LEVEL",
                "WARN",
                "HTTP_PORT",
                "0"));
    }
}
