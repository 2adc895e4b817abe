package dev.vap.inference;

import dev.vap.inference.model.CatalogEntry;
import dev.vap.inference.model.MockModel;
import dev.vap.inference.model.Model;
import dev.vap.inference.model.ModelCatalog;
import dev.vap.inference.model.ModelDownload;
import dev.vap.inference.onnx.OnnxModel;
import dev.vap.inference.vision.MotionModel;
import dev.vap.inference.vision.PeopleModel;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.ModelInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** From the name of a model to a model in memory. Blocks; thread-safe. */
final class ModelLoader {

    private final ModelCatalog catalog;

    ModelLoader(ModelCatalog catalog) {
        this.catalog = catalog;
    }

    ModelCatalog catalog() {
        return catalog;
    }

    /**
     * @return the caller's to close
     * @throws VapException with a {@code model_*} code and a sentence that says what to do
     */
    Model load(String name) {
        CatalogEntry entry = catalog.require(name);
        return switch (entry.detector()) {
            case ONNX -> onnx(entry);
            case PEOPLE -> new PeopleModel();
            case MOTION -> new MotionModel(System::nanoTime);
            case MOCK -> new MockModel();
        };
    }

    /** What can be said of a model without loading it. */
    ModelInfo describe(CatalogEntry entry) {
        return switch (entry.detector()) {
            case ONNX ->
                new ModelInfo(
                        entry.name(),
                        entry.detector().wire(),
                        entry.present(),
                        entry.present() ? null : catalog.missing(entry),
                        null,
                        List.of());
            case PEOPLE -> PeopleModel.INFO;
            case MOTION -> MotionModel.INFO;
            case MOCK -> MockModel.INFO;
        };
    }

    private Model onnx(CatalogEntry entry) {
        Path file = catalog.path(entry);
        if (entry.sha256() != null) {
            verify(entry, file);
        }
        return OnnxModel.load(entry.name(), file);
    }

    private static void verify(CatalogEntry entry, Path file) {
        try {
            String actual = ModelDownload.sha256(file);
            if (!actual.equals(entry.sha256())) {
                throw new VapException(
                        ErrorCode.MODEL_CORRUPT,
                        entry.file() + " is not the model " + entry.name() + ": SHA-256 " + actual + ", expected "
                                + entry.sha256() + ". Run \"vap models pull " + entry.name()
                                + "\"; if it is a model of your own, give it another name.");
            }
        } catch (IOException e) {
            throw new VapException(
                    ErrorCode.MODEL_UNKNOWN, entry.file() + " can't be read: check the file and its rights.", e);
        }
    }
}
