package dev.vap.standalone.command;

import dev.vap.inference.model.CatalogEntry;
import dev.vap.inference.model.DetectorKind;
import dev.vap.inference.model.DownloadException;
import dev.vap.inference.model.ModelCatalog;
import dev.vap.inference.model.ModelDownload;
import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.shared.domain.VapException;
import dev.vap.standalone.CommandException;
import dev.vap.standalone.terminal.DownloadBar;
import dev.vap.standalone.terminal.Screen;
import dev.vap.standalone.terminal.Table;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code vap models …}: the models of this machine; needs no running VAP. */
@Command(
        name = "models",
        description = "Lists the models there are, and fetches those that can be downloaded.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {ModelsCommand.ListAll.class, ModelsCommand.Pull.class},
        commandListHeading = "%nCommands:%n")
final class ModelsCommand implements Runnable {

    @Spec
    CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Give a command, such as `vap models list`.");
    }

    /** Where the models are. */
    static final class Folder {
        @Option(
                names = "--model-dir",
                paramLabel = "DIR",
                description = "folder of models (MODEL_DIR) [DATA_DIR/models]")
        String modelDir;

        @Option(names = "--data-dir", paramLabel = "DIR", description = "where VAP keeps its data (DATA_DIR) [~/.vap]")
        String dataDir;

        Path resolve(Map<String, String> environment) {
            Map<String, String> options = new HashMap<>();
            if (modelDir != null) {
                options.put(VapSettings.MODEL_DIR.key(), modelDir);
            }
            if (dataDir != null) {
                options.put(VapSettings.DATA_DIR.key(), dataDir);
            }
            return Settings.load(environment, Optional.empty(), options).modelDir();
        }
    }

    @Command(
            name = "list",
            description = "The models there are: built in, offered for download, and files of your own.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class ListAll implements Callable<Integer> {
        private final Context context;

        @Mixin
        Folder folder;

        @Option(names = "--json", description = "print JSON")
        boolean json;

        ListAll(Context context) {
            this.context = context;
        }

        @Override
        public Integer call() {
            Path directory = folder.resolve(context.environment());
            List<CatalogEntry> entries = entries(directory);
            if (json) {
                JsonArray models = new JsonArray();
                entries.forEach(entry -> models.add(json(entry)));
                context.console()
                        .out()
                        .println(new JsonObject().put("models", models).encode());
                return 0;
            }
            Table table = new Table("NAME", "DETECTOR", "STATE", "SIZE", "LICENCE");
            for (CatalogEntry entry : entries) {
                table.row(entry.name(), entry.detector().wire(), state(entry), size(entry.bytes()), entry.licence());
            }
            table.lines().forEach(context.console().out()::println);
            context.console().out().println("Models are files NAME.onnx in " + directory);
            return 0;
        }

        private static List<CatalogEntry> entries(Path directory) {
            try {
                return new ModelCatalog(directory).entries();
            } catch (VapException e) {
                throw new CommandException(e.getMessage(), e);
            }
        }

        private static String state(CatalogEntry entry) {
            if (entry.detector() != DetectorKind.ONNX) {
                return "built in";
            }
            return entry.present() ? "ready" : "`vap models pull " + entry.name() + "`";
        }

        private static String size(long bytes) {
            return bytes < 0 ? null : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
        }

        private static JsonObject json(CatalogEntry entry) {
            return new JsonObject()
                    .put("name", entry.name())
                    .put("detector", entry.detector().wire())
                    .put("present", entry.present())
                    .put("file", entry.file())
                    .put("url", entry.url() == null ? null : entry.url().toString())
                    .put("sha256", entry.sha256())
                    .put("licence", entry.licence())
                    .put("bytes", entry.bytes() < 0 ? null : entry.bytes());
        }
    }

    @Command(
            name = "pull",
            description = "Fetches a model and checks its SHA-256; one that is there and whole is left alone.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Pull implements Callable<Integer> {
        private static final Duration CONNECT = Duration.ofSeconds(10);
        private static final Duration TOTAL = Duration.ofMinutes(30);

        private final Context context;

        @Mixin
        Folder folder;

        @Parameters(index = "0", paramLabel = "NAME", description = "see `vap models list`")
        String name;

        Pull(Context context) {
            this.context = context;
        }

        @Override
        public Integer call() {
            Path directory = folder.resolve(context.environment());
            ModelCatalog catalog = new ModelCatalog(directory);
            Screen screen = new Screen(context.console(), false, System::nanoTime);
            DownloadBar bar = new DownloadBar(screen, System::nanoTime);
            try {
                CatalogEntry entry = catalog.find(name).orElseGet(() -> catalog.require(name));
                boolean fetched = ModelDownload.pull(entry, directory, bar::show, CONNECT, TOTAL);
                screen.clearBar();
                screen.note(
                        fetched
                                ? name + " is ready: " + catalog.path(entry) + ", SHA-256 checked."
                                : name + " was there already, and is whole: " + catalog.path(entry) + ".");
                return 0;
            } catch (VapException | DownloadException e) {
                throw new CommandException(e.getMessage(), e);
            } finally {
                screen.clearBar();
            }
        }
    }
}
