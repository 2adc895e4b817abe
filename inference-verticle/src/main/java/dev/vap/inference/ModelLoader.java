package dev.vap.inference;

import dev.vap.inference.model.CatalogEntry;
import dev.vap.inference.model.MockModel;
import dev.vap.inference.model.Model;
import dev.vap.inference.model.ModelCatalog;
import dev.vap.inference.model.ModelDownload;
import dev.vap.inference.model.ModelSpec;
import dev.vap.inference.model.Tuning;
import dev.vap.inference.onnx.OnnxModel;
import dev.vap.inference.onnx.OnnxRuntime;
import dev.vap.inference.tuning.Checksums;
import dev.vap.inference.tuning.Conditions;
import dev.vap.inference.tuning.TuningFile;
import dev.vap.inference.tuning.Tunings;
import dev.vap.inference.vision.MotionModel;
import dev.vap.inference.vision.PeopleModel;
import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.InputSpec;
import dev.vap.shared.protocol.ModelInfo;
import dev.vap.shared.runtime.Cores;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From the name of a model to a model in memory. Blocks; thread-safe. */
public final class ModelLoader {

    private static final Logger LOG = LoggerFactory.getLogger(ModelLoader.class);

    /** In the data directory. */
    private static final String TUNING = "tuning.json";

    /** Likewise. */
    private static final String CHECKSUMS = "checksums";

    private final ModelCatalog catalog;
    private final Tunings tunings;

    ModelLoader(ModelCatalog catalog, Tunings tunings) {
        this.catalog = catalog;
        this.tunings = tunings;
    }

    /** As these settings have it; logs what is wrong in the catalogue's files when it is first seen. */
    static ModelLoader of(Settings settings) {
        ModelCatalog catalog = new ModelCatalog(
                settings.modelDir(), problem -> LOG.warn("in the catalogue of models: {}", problem.sentence()));
        return of(settings, catalog);
    }

    /** As these settings have it, but with that catalogue. */
    public static ModelLoader of(Settings settings, ModelCatalog catalog) {
        int cores = cores(settings);
        Tunings.Defaults defaults = new Tunings.Defaults(
                cores,
                settings.get(VapSettings.INFERENCE_PROVIDER),
                settings.get(VapSettings.INFERENCE_PROVIDER_FALLBACK),
                settings.get(VapSettings.INFERENCE_MAX_BATCH),
                settings.get(VapSettings.INFERENCE_MAX_DELAY));
        Checksums checksums = new Checksums(settings.get(VapSettings.DATA_DIR).resolve(CHECKSUMS));
        Tunings tunings = new Tunings(
                defaults, tuningFile(settings), checksums, () -> Conditions.here(cores, OnnxRuntime.version()));
        return new ModelLoader(catalog, tunings);
    }

    /** That inference may use: {@code INFERENCE_THREADS}, or all there are. */
    public static int cores(Settings settings) {
        int threads = settings.get(VapSettings.INFERENCE_THREADS);
        return threads > 0 ? threads : Cores.available().count();
    }

    /** Where measurements are remembered. */
    public static TuningFile tuningFile(Settings settings) {
        return new TuningFile(settings.get(VapSettings.DATA_DIR).resolve(TUNING));
    }

    public ModelCatalog catalog() {
        return catalog;
    }

    public Tunings tunings() {
        return tunings;
    }

    /**
     * @return the caller's to close
     * @throws VapException with a {@code model_*} code and a sentence that says what to do
     */
    public Model load(String name) {
        CatalogEntry entry = catalog.require(name);
        return switch (entry.detector()) {
            case ONNX -> {
                Path file = verified(entry);
                yield onnx(entry, file, tunings.of(entry, file));
            }
            case PEOPLE -> new PeopleModel();
            case MOTION -> new MotionModel(System::nanoTime);
            case MOCK -> new MockModel();
        };
    }

    /**
     * The same of a network, but run in another way.
     *
     * @throws VapException {@code model_unsupported} if it is no network, else as {@link #load(String)}
     */
    public Model load(String name, Tuning tuning) {
        CatalogEntry entry = requireNetwork(name);
        return onnx(entry, verified(entry), tuning);
    }

    /**
     * The entry of a model that is an ONNX file, and there.
     *
     * @throws VapException {@code model_unsupported} if it is another detector, else as {@link ModelCatalog#require}
     */
    public CatalogEntry requireNetwork(String name) {
        CatalogEntry entry = catalog.require(name);
        if (entry.file() == null) {
            throw new VapException(
                    ErrorCode.MODEL_UNSUPPORTED,
                    "The model " + name + " is built in and runs on one thread: there is nothing to choose.");
        }
        return entry;
    }

    /** What can be said of a model without loading it. */
    public ModelInfo describe(CatalogEntry entry) {
        return switch (entry.detector()) {
            case ONNX -> describeNetwork(entry);
            case PEOPLE -> PeopleModel.INFO;
            case MOTION -> MotionModel.INFO;
            case MOCK -> MockModel.INFO;
        };
    }

    private ModelInfo describeNetwork(CatalogEntry entry) {
        String problem = null;
        if (entry.problem() != null) {
            problem = catalog.wrong(entry);
        } else if (!entry.present()) {
            problem = catalog.missing(entry);
        }
        ModelSpec said = entry.spec();
        boolean knownInput = said.width() != null && said.height() != null && said.fit() != null;
        return new ModelInfo(
                entry.name(),
                entry.detector().wire(),
                problem == null,
                problem,
                knownInput ? new InputSpec(said.width(), said.height(), said.fit(), InputSpec.Pixels.BGR) : null,
                said.labels() == null ? List.of() : said.labels(),
                new ModelInfo.Details(null, said.head(), entry.licence(), null, 0, 0));
    }

    private Model onnx(CatalogEntry entry, Path file, Tuning tuning) {
        return OnnxModel.load(entry.name(), entry.licence(), file, catalog.spec(entry), tuning);
    }

    private Path verified(CatalogEntry entry) {
        Path file = catalog.path(entry);
        if (entry.sha256() == null) {
            return file;
        }
        try {
            String actual = ModelDownload.sha256(file);
            if (!actual.equals(entry.sha256())) {
                throw new VapException(
                        ErrorCode.MODEL_CORRUPT,
                        entry.file() + " is not the model " + entry.name() + ": SHA-256 " + actual + ", expected "
                                + entry.sha256() + ". " + advice(entry));
            }
            return file;
        } catch (IOException e) {
            throw new VapException(
                    ErrorCode.MODEL_UNKNOWN, entry.file() + " can't be read: check the file and its rights.", e);
        }
    }

    private static String advice(CatalogEntry entry) {
        if (entry.url() == null) {
            return "Correct \"sha256\" in " + entry.origin() + ", or put the right file into MODEL_DIR.";
        }
        return "Run \"vap models pull " + entry.name() + "\"; if it is a model of your own, give it another name.";
    }
}
