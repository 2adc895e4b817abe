package dev.vap.inference.tuning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.inference.model.CatalogEntry;
import dev.vap.inference.model.DetectorKind;
import dev.vap.inference.model.ModelDownload;
import dev.vap.inference.model.RunSpec;
import dev.vap.inference.model.Tuning;
import dev.vap.inference.model.Tuning.Optimisation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TuningsTest {

    private static final Duration DELAY = Duration.ofMillis(2);
    private static final Conditions HERE = new Conditions("a CPU", 8, "1.28.0");

    @TempDir
    Path directory;

    @Test
    void runsOneThreadOnEachCoreByDefault() {
        assertThat(tunings("cpu", 0).of(RunSpec.UNKNOWN, Optional.empty()))
                .isEqualTo(new Tuning(8, 1, 1, Duration.ZERO, "cpu", false, Optimisation.ALL));
    }

    @Test
    void givesADeviceBatches() {
        assertThat(tunings("cuda:1", 0).of(RunSpec.UNKNOWN, Optional.empty()))
                .isEqualTo(new Tuning(2, 1, 8, DELAY, "cuda:1", false, Optimisation.ALL));
        assertThat(tunings("cuda", 4).of(RunSpec.UNKNOWN, Optional.empty()).maxBatch())
                .isEqualTo(4);
    }

    @Test
    void takesWhatWasMeasured() {
        TuningFile.Best measured = new TuningFile.Best(3, 2, 4, Optimisation.BASIC, 100);

        assertThat(tunings("cpu", 0).of(RunSpec.UNKNOWN, Optional.of(measured)))
                .isEqualTo(new Tuning(3, 2, 4, DELAY, "cpu", false, Optimisation.BASIC));
    }

    @Test
    void theCatalogueCountsMoreThanAMeasurement() {
        TuningFile.Best measured = new TuningFile.Best(3, 2, 4, Optimisation.ALL, 100);
        RunSpec said = new RunSpec("cuda", true, 16, Duration.ofMillis(9), null, 4);

        assertThat(tunings("cpu", 2).of(said, Optional.of(measured)))
                .isEqualTo(new Tuning(2, 4, 16, Duration.ofMillis(9), "cuda", true, Optimisation.ALL));
        assertThat(tunings("cpu", 0)
                        .of(new RunSpec(null, null, null, null, null, 4), Optional.of(measured))
                        .workers())
                .as("measured with 2 threads a run, so 8 cores / 4 threads")
                .isEqualTo(2);
    }

    @Test
    void remembersByTheFileItself() throws IOException {
        Path model = Files.writeString(directory.resolve("own.onnx"), "network");
        TuningFile file = new TuningFile(directory.resolve("tuning.json"));
        TuningFile.Best best = new TuningFile.Best(3, 2, 1, Optimisation.ALL, 100);
        file.remember(HERE.key(ModelDownload.sha256(model), "cpu"), best);
        CatalogEntry entry = new CatalogEntry("own", DetectorKind.ONNX, "own.onnx", null, null, null, 7, true);

        assertThat(tunings("cpu", 0).of(entry, model).workers()).isEqualTo(3);
        assertThat(tunings("cuda", 0).remembered(entry, model)).isEmpty();

        Files.writeString(model, "another network");
        assertThat(tunings("cpu", 0).remembered(entry, model)).isEmpty();
        assertThat(ModelDownload.sha256(model)).hasSize(64);
    }

    @Test
    void knowsTheProcessor() throws IOException {
        Path info = Files.writeString(
                directory.resolve("cpuinfo"),
                "processor\t: 0\nmodel name\t: A  Quick CPU @ 3:1\nmodel name\t: other\n");
        assertThat(Conditions.cpuModel(info)).isEqualTo("A Quick CPU @ 3:1");
        assertThat(Conditions.cpuModel(directory.resolve("none"))).contains(System.getProperty("os.arch"));
    }

    private Tunings tunings(String provider, int maxBatch) {
        return new Tunings(
                new Tunings.Defaults(8, provider, false, maxBatch, DELAY),
                new TuningFile(directory.resolve("tuning.json")),
                new Checksums(directory.resolve("checksums")),
                () -> HERE);
    }
}
