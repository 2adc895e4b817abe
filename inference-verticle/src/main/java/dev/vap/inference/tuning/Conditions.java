package dev.vap.inference.tuning;

import dev.vap.inference.model.ModelDownload;
import dev.vap.shared.runtime.Cores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What a measurement holds for.
 *
 * @param cpu the processor's model, as it calls itself
 * @param cores that inference may use
 * @param runtime version of ONNX Runtime
 */
public record Machine(String cpu, int cores, String runtime) {

    private static final String MODEL_NAME = "model name";

    /**
     * @param threads {@code INFERENCE_THREADS}; 0 for all cores there are
     */
    public static int cores(int threads) {
        return threads > 0 ? threads : Cores.available().count();
    }

    /** This one. */
    public static Machine here(int cores, String runtime) {
        return new Machine(cpuModel(Path.of("/proc/cpuinfo")), cores, runtime);
    }

    static String cpuModel(Path cpuInfo) {
        String unnamed = System.getProperty("os.name") + " " + System.getProperty("os.arch");
        try (Stream<String> lines = Files.lines(cpuInfo)) {
            return lines.filter(line -> line.startsWith(MODEL_NAME) && line.contains(":"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip().replaceAll("\\s+", " "))
                    .findFirst()
                    .orElse(unnamed);
        } catch (IOException | RuntimeException e) {
            // Not Linux, or an ARM core that has no name.
            return unnamed;
        }
    }

    /** The key of a measurement: of this file, with this provider, here. */
    public TuningFile.Key key(Path model, String provider) throws IOException {
        return new TuningFile.Key(ModelDownload.sha256(model), provider, cpu, cores, runtime);
    }
}
