package dev.vap.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabelsTest {

    @TempDir
    Path directory;

    @Test
    void eightyClassesAreCocos() {
        assertThat(find(80, Map.of()))
                .hasSize(80)
                .startsWith("person", "bicycle")
                .endsWith("toothbrush");
    }

    @Test
    void readsNamesAsYoloExportersWriteThem() {
        assertThat(find(2, Map.of("names", "{0: 'cat', 1: \"dog's house\"}"))).containsExactly("cat", "dog's house");
        assertThat(find(2, Map.of("names", "{\"1\": \"b\", \"0\": \"a\"}"))).containsExactly("a", "b");
        assertThat(find(2, Map.of("names", "['cat', 'it\\'s']"))).containsExactly("cat", "it's");
    }

    @Test
    void numbersClassesWithoutNames() {
        assertThat(find(3, Map.of())).containsExactly("class_0", "class_1", "class_2");
        assertThat(find(2, Map.of("names", "{0: 'only one'}"))).containsExactly("class_0", "class_1");
        assertThat(find(2, Map.of("names", "{0: 'a', 5: 'b'}"))).containsExactly("class_0", "class_1");
    }

    @Test
    void aFileBesideTheModelWins() throws IOException {
        Files.writeString(directory.resolve("own.labels.txt"), "helmet\n vest \n\n");

        assertThat(find(2, Map.of("names", "['a', 'b']"))).containsExactly("helmet", "vest");
    }

    @Test
    void refusesAFileThatDoesNotFit() throws IOException {
        Files.writeString(directory.resolve("own.labels.txt"), "helmet\n");

        assertThatThrownBy(() -> find(2, Map.of()))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_UNSUPPORTED))
                .hasMessage("own.labels.txt has 1 labels, but the model has 2 classes.");
    }

    private List<String> find(int classes, Map<String, String> metadata) {
        return Labels.find(classes, directory.resolve("own.onnx"), metadata);
    }
}
