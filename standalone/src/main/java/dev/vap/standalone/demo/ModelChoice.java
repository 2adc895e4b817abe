package dev.vap.standalone.demo;

import dev.vap.inference.model.CatalogEntry;
import dev.vap.inference.model.DownloadException;
import dev.vap.inference.model.ModelCatalog;
import dev.vap.inference.model.ModelDownload;
import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.shared.domain.VapException;
import dev.vap.standalone.CommandException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which model a demo uses, and from which folder. Never {@code mock} unless asked for by name. */
final class ModelChoice {

    private static final Logger LOG = LoggerFactory.getLogger(ModelChoice.class);
    private static final String PREFERRED = "yolox-nano";

    private final Fetcher fetcher;
    private final Path folder;
    private final boolean fromDataDir;

    /**
     * @param why the preferred model is not used; null if it is
     * @param note which and why, in one line
     */
    record Choice(String model, String why, String note) {

        static Choice of(String model, String note) {
            return new Choice(model, null, note);
        }

        private static Choice builtIn(String model, String finds, String why) {
            return new Choice(
                    model,
                    why,
                    "Model: " + model + " (built in, " + finds + "), since " + PREFERRED + " is not here: " + why);
        }

        /** There are no people in such a clip. */
        Choice forDrawnClip() {
            return why == null ? this : builtIn("motion", "finds what moves", why);
        }
    }

    ModelChoice(Settings settings, Fetcher fetcher) {
        this.fetcher = fetcher;
        Path first = settings.modelDir();
        Path second = settings.get(VapSettings.DATA_DIR).resolve("models");
        this.fromDataDir = !second.equals(first) && !whole(first) && whole(second);
        this.folder = fromDataDir ? second : first;
    }

    /** The folder of models to run with: {@code MODEL_DIR}, unless the preferred model is only in the data directory. */
    Path folder() {
        return folder;
    }

    /**
     * The model of that name, downloaded if need be.
     *
     * @throws CommandException if there is none; says which there are
     */
    static Choice named(String name, Path folder, Fetcher patientFetcher) {
        ModelCatalog catalog = new ModelCatalog(folder);
        try {
            CatalogEntry entry = catalog.find(name).orElseGet(() -> catalog.require(name));
            if (!entry.present() && entry.url() != null) {
                patientFetcher.fetch(item(entry, folder));
                return Choice.of(name, "Model: " + name + ", as asked for, downloaded to " + folder + ".");
            }
            catalog.require(name);
            return Choice.of(name, "Model: " + name + ", as asked for.");
        } catch (VapException | DownloadException e) {
            throw new CommandException(e.getMessage(), e);
        }
    }

    /** The preferred model if it is there or can be had quickly, else a built-in one for real clips. */
    Choice choose() {
        if (whole(folder)) {
            return Choice.of(
                    PREFERRED,
                    "Model: " + PREFERRED + ", from " + folder
                            + (fromDataDir ? " (MODEL_DIR does not hold it)." : "."));
        }
        String why;
        CatalogEntry entry = entry(folder);
        if (Files.exists(folder.resolve(entry.file()))) {
            why = "the file " + entry.file() + " in " + folder + " is damaged or another model: delete it, or run"
                    + " `vap models pull " + PREFERRED + "`.";
        } else {
            try {
                fetcher.fetch(item(entry, folder));
                return Choice.of(PREFERRED, "Model: " + PREFERRED + ", downloaded to " + folder + ".");
            } catch (DownloadException e) {
                LOG.debug("no {}", PREFERRED, e);
                why = e.getMessage();
            }
        }
        return Choice.builtIn("people", "finds people", why);
    }

    private static ModelDownload.Item item(CatalogEntry entry, Path folder) {
        return new ModelDownload.Item(
                entry.name(), entry.url(), entry.sha256(), folder.resolve(entry.file()), entry.bytes());
    }

    private static CatalogEntry entry(Path folder) {
        return new ModelCatalog(folder).find(PREFERRED).orElseThrow();
    }

    private static boolean whole(Path folder) {
        CatalogEntry entry = entry(folder);
        try {
            return entry.present()
                    && ModelDownload.sha256(folder.resolve(entry.file())).equals(entry.sha256());
        } catch (IOException e) {
            LOG.debug("{} in {} can't be read", entry.file(), folder, e);
            return false;
        }
    }
}
