package dev.vap.inference.tuning;

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
public record Conditions(String cpu, int cores, String runtime) {

    private static final String MODEL_NAME = "model name";

    /** Those of this machine. */
    public static Conditions here(int cores, String runtime) {
        return new Conditions(cpuModel(Path.of("/proc/cpuinfo")), cores, runtime);
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

    /** The key of a measurement: of the file with this SHA-256, with this provider, here. */
    public TuningFile.Key key(String sha256, String provider) {
        return new TuningFile.Key(sha256, provider, cpu, cores, runtime);
    }
}
