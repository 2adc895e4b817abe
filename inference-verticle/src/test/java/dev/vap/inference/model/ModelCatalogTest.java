package dev.vap.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCatalogTest {

    @TempDir
    Path directory;

    @Test
    void listsTheBuiltInModelsWithoutADirectory() {
        ModelCatalog catalog = new ModelCatalog(directory.resolve("missing"));

        assertThat(catalog.entries())
                .extracting(CatalogEntry::name, CatalogEntry::present)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("yolox-nano", false),
                        org.assertj.core.groups.Tuple.tuple("people", true),
                        org.assertj.core.groups.Tuple.tuple("motion", true),
                        org.assertj.core.groups.Tuple.tuple("mock", true));
    }

    @Test
    void namesSourceAndLicenceOfWhatItOffers() {
        CatalogEntry yolox = new ModelCatalog(directory).find("yolox-nano").orElseThrow();

        assertThat(yolox.url()).hasScheme("https").hasHost("github.com");
        assertThat(yolox.sha256()).hasSize(64);
        assertThat(yolox.licence()).isEqualTo("Apache-2.0");
        assertThat(yolox.bytes()).isEqualTo(3_660_092);
    }

    @Test
    void findsTheUsersOwnFiles() throws IOException {
        Files.writeString(directory.resolve("yolox_nano.onnx"), "x");
        Files.writeString(directory.resolve("b.onnx"), "four");
        Files.writeString(directory.resolve("a-1.2.onnx"), "x");
        Files.writeString(directory.resolve("notes.txt"), "x");
        Files.writeString(directory.resolve("with space.onnx"), "x");
        Files.writeString(directory.resolve("models.onnx"), "x");
        Files.writeString(directory.resolve("people.onnx"), "x");
        Files.createDirectory(directory.resolve("folder.onnx"));

        ModelCatalog catalog = new ModelCatalog(directory);

        assertThat(catalog.entries())
                .extracting(CatalogEntry::name)
                .containsExactly("yolox-nano", "people", "motion", "mock", "a-1.2", "b");
        assertThat(catalog.find("yolox-nano").orElseThrow().present()).isTrue();
        assertThat(catalog.find("people").orElseThrow().detector()).isEqualTo(DetectorKind.PEOPLE);
        assertThat(catalog.find("b").orElseThrow())
                .isEqualTo(new CatalogEntry("b", DetectorKind.ONNX, "b.onnx", null, null, null, 4, true));
        assertThat(catalog.path(catalog.find("b").orElseThrow())).isEqualTo(directory.resolve("b.onnx"));
    }

    @Test
    void tellsOfALabelsFileThatIsMissingAsOfAnyOtherProblem() throws IOException {
        Files.writeString(directory.resolve("doors.onnx"), "x");
        Files.writeString(directory.resolve("models.yaml"), "models:\n  doors:\n    labels: doors.txt\n");
        List<CatalogProblem> told = new ArrayList<>();

        ModelCatalog.Contents contents = new ModelCatalog(directory, told::add).contents();

        assertThat(contents.problems())
                .extracting(CatalogProblem::sentence)
                .containsExactly("models.yaml:2: models.doors.labels: there is no file doors.txt in MODEL_DIR");
        assertThat(told).isEqualTo(contents.problems());
        assertThat(contents.entries().get(4).problem())
                .isEqualTo(contents.problems().get(0).sentence());
    }

    @Test
    void saysWhatThereIsAndHowToGetMore() {
        ModelCatalog catalog = new ModelCatalog(directory);

        assertThatThrownBy(() -> catalog.require("nope"))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_UNKNOWN))
                .hasMessage("There is no model \"nope\": use one of yolox-nano, people, motion, mock, or put nope.onnx"
                        + " into MODEL_DIR.");
        assertThatThrownBy(() -> catalog.require("yolox-nano"))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_UNKNOWN))
                .hasMessage("The file of model \"yolox-nano\" is not there yet: run \"vap models pull yolox-nano\", or"
                        + " put yolox_nano.onnx into MODEL_DIR.");
        assertThatThrownBy(() -> catalog.require("../secret")).isInstanceOf(VapException.class);
    }

    @Test
    void readsTheUsersCatalogues() throws IOException {
        write("models.yaml", "models:\n  zebra: {file: z.onnx}\n  ape: {licence: MIT}\n");
        write("site.models.yaml", "models:\n  camel: {}\n");
        write(".hidden.models.yaml", "models:\n  hidden: {}\n");
        write("other.yaml", "models:\n  other: {}\n");
        write("z.onnx", "12345");
        write("plain.onnx", "x");

        ModelCatalog.Contents contents = new ModelCatalog(directory).contents();

        assertThat(contents.problems()).isEmpty();
        assertThat(contents.entries())
                .extracting(CatalogEntry::name, CatalogEntry::present, CatalogEntry::bytes, CatalogEntry::origin)
                .endsWith(
                        tuple("zebra", true, 5L, "models.yaml:2"),
                        tuple("ape", false, -1L, "models.yaml:3"),
                        tuple("camel", false, -1L, "site.models.yaml:2"),
                        tuple("plain", true, 1L, null));
        assertThat(contents.entries()).hasSize(8);
    }

    @Test
    void tellsOfNamesThatClashAndKeepsTheFirst() throws IOException {
        write("models.yaml", "models:\n  own: {file: first.onnx}\n  people: {}\n  own: {}\n");
        write("b.models.yaml", "models:\n  own: {file: second.onnx}\n");

        ModelCatalog.Contents contents = new ModelCatalog(directory).contents();

        assertThat(contents.problems())
                .extracting(CatalogProblem::sentence)
                .containsExactly(
                        "models.yaml:3: models.people: is the name of a built-in model: give it another one",
                        "models.yaml:4: models.own: is already declared in models.yaml:2, which counts: give it another"
                                + " name",
                        "b.models.yaml:2: models.own: is already declared in models.yaml:2, which counts: give it another"
                                + " name");
        assertThat(contents.entries())
                .filteredOn(entry -> entry.name().equals("own"))
                .singleElement()
                .extracting(CatalogEntry::file)
                .isEqualTo("first.onnx");
    }

    @Test
    void oneBadModelLeavesTheOthersUsable() throws IOException {
        write("models.yaml", "models:\n  bad: {head: yolo}\n  good: {labels: good.txt}\n  deaf: {labels: deaf.txt}\n");
        write("bad.onnx", "x");
        write("good.onnx", "x");
        write("good.txt", "cat");
        write("deaf.onnx", "x");
        ModelCatalog catalog = new ModelCatalog(directory);

        assertThat(catalog.require("good").labelsFile()).isEqualTo("good.txt");
        assertThatThrownBy(() -> catalog.require("bad"))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_UNSUPPORTED))
                .hasMessageStartingWith(
                        "What the catalogue says of model \"bad\" is wrong: models.yaml:2: models.bad.head:"
                                + " must be one of ")
                .hasMessageEndingWith("but is \"yolo\". Correct the file.");
        assertThatThrownBy(() -> catalog.require("deaf"))
                .hasMessage(
                        "What the catalogue says of model \"deaf\" is wrong: models.yaml:4: models.deaf.labels: there is"
                                + " no file deaf.txt in MODEL_DIR. Correct the file.");
    }

    @Test
    void aBrokenFileLeavesTheOtherFilesUsable() throws IOException {
        write("models.yaml", "models: {");
        write("b.models.yaml", "models:\n  own: {}\n");
        write("own.onnx", "x");
        ModelCatalog catalog = new ModelCatalog(directory);

        assertThat(catalog.require("own").origin()).isEqualTo("b.models.yaml:2");
        assertThatThrownBy(() -> catalog.require("lost"))
                .hasMessageEndingWith("Not all of models.yaml could be read: see \"vap models verify\".");
    }

    @Test
    void noticesChangesAndTellsOfAProblemOnce() throws IOException {
        List<String> told = new ArrayList<>();
        ModelCatalog catalog = new ModelCatalog(directory, problem -> told.add(problem.what()));
        write("models.yaml", "models: [");
        catalog.entries();
        catalog.entries();
        assertThat(told).hasSize(1);

        write("models.yaml", "models:\n  own: {}\n");
        assertThat(catalog.find("own")).isPresent();

        Files.delete(directory.resolve("models.yaml"));
        assertThat(catalog.find("own")).isEmpty();
        write("models.yaml", "models: [");
        catalog.entries();
        assertThat(told).hasSize(2);
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(directory.resolve(name), text);
    }
}
