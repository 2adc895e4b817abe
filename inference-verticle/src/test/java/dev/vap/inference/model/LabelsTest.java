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
import java.util.Optional;
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
                .hasMessage(
                        "own.labels.txt has 1 label, but the model has 2 classes: give \"labels: [...]\" in models.yaml,"
                                + " one for each class, or check its \"head: ...\".");
    }

    @Test
    void refusesNamesOfTheModelItselfThatDoNotFit() {
        assertThatThrownBy(() -> find(2, Map.of("names", "{0: 'only one'}")))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_UNSUPPORTED))
                .hasMessageStartingWith("The model's metadata has 1 label, but the model has 2 classes");
    }

    @Test
    void theCatalogueWinsOverAll() throws IOException {
        Files.writeString(directory.resolve("own.labels.txt"), "helmet\nvest\n");
        Path model = directory.resolve("own.onnx");
        Optional<Labels.Known> known = Labels.known(List.of("a", "b"), model, Map.of("names", "['c', 'd']"));

        assertThat(Labels.of(2, known, model)).containsExactly("a", "b");
        assertThat(Labels.of(-1, known, model)).containsExactly("a", "b");
        assertThatThrownBy(() -> Labels.of(3, known, model)).hasMessageStartingWith("The catalogue has 2 labels");
    }

    @Test
    void needsLabelsWhereTheHeadDoesNotCountThem() {
        assertThatThrownBy(() -> find(-1, Map.of()))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_UNSUPPORTED))
                .hasMessage(
                        "own.onnx does not say what its classes are: add \"labels: [...]\" to its entry in models.yaml, or"
                                + " put own.labels.txt beside it, one label a line.");
    }

    @Test
    void refusesMoreClassesThanCanBe() {
        assertThatThrownBy(() -> find(1_000_000, Map.of()))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_UNSUPPORTED))
                .hasMessage(
                        "own.onnx has 1000000 classes, and may have 100000: check its \"head: ...\" in models.yaml.");
    }

    @Test
    void refusesALabelsFileThatIsNone() throws IOException {
        Files.write(directory.resolve("own.labels.txt"), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});

        assertThatThrownBy(() -> find(2, Map.of()))
                .hasMessage("The labels file own.labels.txt is no text in UTF-8: give one label a line.");
    }

    private List<String> find(int classes, Map<String, String> metadata) {
        Path model = directory.resolve("own.onnx");
        return Labels.of(classes, Labels.known(null, model, metadata), model);
    }
}
