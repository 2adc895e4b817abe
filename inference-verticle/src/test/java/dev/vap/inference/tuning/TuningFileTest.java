package dev.vap.inference.tuning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.inference.model.Tuning.Optimisation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TuningFileTest {

    private static final TuningFile.Key KEY =
            new TuningFile.Key("ab12", "cuda:1", "A \"quick\" CPU \\ 3 GHz", 8, "1.28.0");
    private static final TuningFile.Best BEST = new TuningFile.Best(4, 2, 1, Optimisation.EXTENDED, 123.4);

    @TempDir
    Path directory;

    @Test
    void remembersAcrossProcesses() throws IOException {
        Path file = directory.resolve("data/tuning.json");
        new TuningFile(file).remember(KEY, BEST);
        TuningFile.Key other = new TuningFile.Key("cd34", "cpu", "CPU", 2, "1.28.0");
        new TuningFile(file).remember(other, new TuningFile.Best(2, 1, 1, Optimisation.ALL, 130));

        assertThat(new TuningFile(file).find(KEY)).contains(BEST);
        assertThat(new TuningFile(file).all()).hasSize(2);
        try (Stream<Path> files = Files.list(file.getParent())) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void holdsForOneMachineFileProviderAndRuntimeOnly() throws IOException {
        TuningFile file = new TuningFile(directory.resolve("tuning.json"));
        file.remember(KEY, BEST);

        assertThat(file.find(new TuningFile.Key("ab13", "cuda:1", KEY.cpu(), 8, "1.28.0")))
                .isEmpty();
        assertThat(file.find(new TuningFile.Key("ab12", "cpu", KEY.cpu(), 8, "1.28.0")))
                .isEmpty();
        assertThat(file.find(new TuningFile.Key("ab12", "cuda:1", "other", 8, "1.28.0")))
                .isEmpty();
        assertThat(file.find(new TuningFile.Key("ab12", "cuda:1", KEY.cpu(), 4, "1.28.0")))
                .isEmpty();
        assertThat(file.find(new TuningFile.Key("ab12", "cuda:1", KEY.cpu(), 8, "1.30.0")))
                .isEmpty();
    }

    @Test
    void replacesAndForgets() throws IOException {
        TuningFile file = new TuningFile(directory.resolve("tuning.json"));
        file.remember(KEY, BEST);
        TuningFile.Best better = new TuningFile.Best(8, 1, 4, Optimisation.ALL, 200);
        file.remember(KEY, better);
        assertThat(file.all()).containsOnlyKeys(KEY).containsValue(better);

        assertThat(file.forget("other")).isZero();
        assertThat(file.forget("ab12")).isEqualTo(1);
        assertThat(file.all()).isEmpty();
    }

    @Test
    void takesADamagedFileForAnEmptyOne() throws IOException {
        Path file = directory.resolve("tuning.json");
        for (String text : new String[] {
            "", "{", "[]", "{\"measured\": 3}", "{\"measured\": [1, {}, {\"sha256\": \"x\", \"workers\": \"many\"}]}"
        }) {
            Files.writeString(file, text);
            assertThat(new TuningFile(file).all()).as(text).isEmpty();
        }
        new TuningFile(file).remember(KEY, BEST);
        assertThat(new TuningFile(file).find(KEY)).contains(BEST);
    }
}
