package dev.vap.standalone.command;

import dev.vap.inference.ModelLoader;
import dev.vap.inference.model.CatalogEntry;
import dev.vap.inference.model.CatalogProblem;
import dev.vap.inference.model.DetectorKind;
import dev.vap.inference.model.DownloadException;
import dev.vap.inference.model.ModelCatalog;
import dev.vap.inference.model.ModelDownload;
import dev.vap.inference.tuning.TuningFile;
import dev.vap.shared.domain.VapException;
import dev.vap.standalone.CommandException;
import dev.vap.standalone.terminal.DownloadBar;
import dev.vap.standalone.terminal.Screen;
import dev.vap.standalone.terminal.Table;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
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
        description = "Lists, fetches, checks and measures the models there are.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            ModelsCommand.ListAll.class,
            ModelsCommand.Pull.class,
            ModelVerifyCommand.class,
            ModelBenchCommand.class
        },
        commandListHeading = "%nCommands:%n")
final class ModelsCommand implements Runnable {

    @Spec
    CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Give a command, such as `vap models list`.");
    }

    @Command(
            name = "list",
            description = "The models there are: built in, offered for download, and files of your own.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class ListAll implements Callable<Integer> {
        private final Context context;

        @Mixin
        ModelOptions folder;

        @Option(names = "--json", description = "print JSON")
        boolean json;

        ListAll(Context context) {
            this.context = context;
        }

        @Override
        public Integer call() {
            ModelLoader loader = ModelOptions.loader(context, folder.settings(context));
            Path directory = loader.catalog().modelDir();
            ModelCatalog.Contents contents = contents(loader.catalog());
            PrintStream out = context.console().out();
            if (json) {
                JsonArray models = new JsonArray();
                contents.entries().forEach(entry -> models.add(json(entry, loader)));
                JsonArray problems = new JsonArray(contents.problems().stream()
                        .map(CatalogProblem::sentence)
                        .toList());
                out.println(new JsonObject()
                        .put("models", models)
                        .put("problems", problems)
                        .encode());
                return 0;
            }
            Table table = new Table("NAME", "DETECTOR", "HEAD", "INPUT", "STATE", "SIZE", "LICENCE", "TUNED");
            for (CatalogEntry entry : contents.entries()) {
                table.row(
                        entry.name(),
                        entry.detector().wire(),
                        entry.spec().head(),
                        input(entry),
                        state(entry),
                        size(entry.bytes()),
                        entry.licence(),
                        tuned(loader, entry).map(ListAll::way).orElse(null));
            }
            table.lines().forEach(out::println);
            contents.problems().forEach(problem -> out.println(problem.sentence()));
            out.println("Models are files NAME.onnx in " + directory + ", and what models.yaml there says of others");
            return 0;
        }

        private static ModelCatalog.Contents contents(ModelCatalog catalog) {
            try {
                return catalog.contents();
            } catch (VapException e) {
                throw new CommandException(e.getMessage(), e);
            }
        }

        private static String state(CatalogEntry entry) {
            if (entry.detector() != DetectorKind.ONNX) {
                return "built in";
            }
            if (entry.problem() != null) {
                return "unusable";
            }
            if (entry.present()) {
                return "ready";
            }
            return entry.url() == null ? "file missing" : "`vap models pull " + entry.name() + "`";
        }

        private static String input(CatalogEntry entry) {
            return entry.spec().width() == null
                    ? null
                    : entry.spec().width() + "x" + entry.spec().height();
        }

        private static Optional<TuningFile.Best> tuned(ModelLoader loader, CatalogEntry entry) {
            boolean network = entry.detector() == DetectorKind.ONNX && entry.present();
            return network ? loader.tunings().remembered(entry, loader.catalog().path(entry)) : Optional.empty();
        }

        private static String way(TuningFile.Best best) {
            String batch = best.batch() > 1 ? ", batches of " + best.batch() : "";
            return best.workers() + "x" + best.intraThreads() + batch
                    + String.format(Locale.ROOT, ", %.0f/s", best.framesPerSecond());
        }

        private static String size(long bytes) {
            return bytes < 0 ? null : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
        }

        private static JsonObject json(CatalogEntry entry, ModelLoader loader) {
            JsonObject tuned = tuned(loader, entry)
                    .map(best -> new JsonObject()
                            .put("workers", best.workers())
                            .put("intra_threads", best.intraThreads())
                            .put("batch", best.batch())
                            .put("optimisation", best.optimisation().name().toLowerCase(Locale.ROOT))
                            .put("frames_per_second", best.framesPerSecond()))
                    .orElse(null);
            return new JsonObject()
                    .put("name", entry.name())
                    .put("detector", entry.detector().wire())
                    .put("head", entry.spec().head())
                    .put("input", input(entry))
                    .put("present", entry.present())
                    .put("problem", entry.problem())
                    .put("tuned", tuned)
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
        ModelOptions folder;

        @Parameters(index = "0", paramLabel = "NAME", description = "see `vap models list`")
        String name;

        Pull(Context context) {
            this.context = context;
        }

        @Override
        public Integer call() {
            Path directory = folder.settings(context).modelDir();
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
