package dev.vap.inference.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
}
