package dev.vap.standalone.command;

import dev.vap.inference.ModelLoader;
import dev.vap.inference.model.CatalogEntry;
import dev.vap.inference.model.ModelDownload;
import dev.vap.inference.model.Provider;
import dev.vap.inference.model.Tuning;
import dev.vap.inference.onnx.OnnxRuntime;
import dev.vap.inference.tuning.Bench;
import dev.vap.inference.tuning.Candidate;
import dev.vap.inference.tuning.Conditions;
import dev.vap.inference.tuning.Sample;
import dev.vap.inference.tuning.TuningFile;
import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.shared.domain.VapException;
import dev.vap.standalone.CommandException;
import dev.vap.standalone.terminal.Table;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code vap models bench}. */
@Command(
        name = "bench",
        description =
                "Measures how a model runs best on this machine, and remembers it for the services that start here from"
                        + " now on.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class ModelBenchCommand implements Callable<Integer> {

    private static final int LEAST = 3;
    private static final int MOST = 3600;

    private final Context context;

    @Spec
    CommandSpec spec;

    @Mixin
    ModelOptions options;

    @Option(names = "--seconds", paramLabel = "N", description = "time to take, from 3 to 3600 [30]")
    int seconds = 30;

    @Option(
            names = "--provider",
            paramLabel = "NAME",
            description = "measure on cpu, cuda... [as the catalogue or INFERENCE_PROVIDER has it]")
    String provider;

    @Option(names = "--dry-run", description = "measure and tell, but do not remember")
    boolean dryRun;

    @Option(names = "--forget", description = "measure nothing: forget what was measured of this model")
    boolean forget;

    @Option(names = "--json", description = "print JSON")
    boolean json;

    @Parameters(index = "0", paramLabel = "NAME", description = "see `vap models list`")
    String name;

    ModelBenchCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        if (seconds < LEAST || seconds > MOST) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Invalid value for option '--seconds': give a number from " + LEAST + " to " + MOST + ".");
        }
        Settings settings = options.settings(
                context, provider == null ? Map.of() : Map.of(VapSettings.INFERENCE_PROVIDER.key(), provider));
        ModelLoader loader = ModelOptions.loader(context, settings);
        try {
            CatalogEntry entry = loader.requireNetwork(name);
            Path file = loader.catalog().path(entry);
            TuningFile remembered = ModelLoader.tuningFile(settings);
            return forget ? forget(remembered, file) : measure(settings, loader, entry, file, remembered);
        } catch (VapException e) {
            throw new CommandException(e.getMessage(), e);
        } catch (IOException e) {
            throw new CommandException("What was measured can't be kept: " + e.getMessage() + "; check DATA_DIR.", e);
        }
    }

    private int forget(TuningFile remembered, Path file) throws IOException {
        int gone = remembered.forget(ModelDownload.sha256(file));
        context.console()
                .out()
                .println(
                        gone == 0
                                ? "Nothing was measured of " + name + "."
                                : "Forgotten: " + name + " is run as before.");
        return 0;
    }

    private int measure(Settings settings, ModelLoader loader, CatalogEntry entry, Path file, TuningFile remembered)
            throws IOException {
        int cores = ModelLoader.cores(settings);
        Tuning base = loader.tunings().of(entry, file);
        String on = provider == null ? base.provider() : provider;
        // Without fallback: else the CPU would be measured and remembered as something else.
        Tuning measured = new Tuning(1, 1, 1, Duration.ZERO, on, false);
        boolean device = Provider.parse(on).map(Provider.Choice::isDevice).orElse(false);
        Bench bench = new Bench(tuning -> loader.load(name, tuning), measured, cores, device);
        PrintStream err = context.console().err();
        err.println("Measuring " + name + " on " + on + " with " + cores + (cores == 1 ? " core" : " cores") + " for "
                + seconds + " s; other work on this machine falsifies it.");
        Bench.Outcome outcome = bench.run(Duration.ofSeconds(seconds), candidate -> {});
        boolean keep = !dryRun;
        if (keep) {
            remembered.remember(
                    Conditions.here(cores, OnnxRuntime.version()).key(ModelDownload.sha256(file), on),
                    outcome.remembered());
        }
        PrintStream out = context.console().out();
        if (json) {
            out.println(json(on, cores, outcome, keep).encode());
        } else {
            table(outcome).lines().forEach(out::println);
            out.println(sentence(outcome.best(), keep, on.equals(base.provider()) ? "" : " run it on " + on + " and"));
        }
        return 0;
    }

    private static Table table(Bench.Outcome outcome) {
        Table table =
                new Table("WORKERS", "THREADS", "BATCH", "OPTIMISATION", "FRAMES/S", "P50 MS", "CPU MS/FRAME", "BEST");
        outcome.results()
                .forEach((candidate, sample) -> table.row(
                        candidate.workers(),
                        candidate.intraThreads(),
                        candidate.batch(),
                        candidate.optimisation().name().toLowerCase(Locale.ROOT),
                        number(sample.framesPerSecond()),
                        number(sample.p50Millis()),
                        Double.isNaN(sample.cpuMillis()) ? null : number(sample.cpuMillis()),
                        candidate.equals(outcome.best()) ? "yes" : null));
        return table;
    }

    /**
     * @param which services, if not all
     */
    private String sentence(Candidate best, boolean kept, String which) {
        String way = best.workers() + (best.workers() == 1 ? " run" : " runs") + " at once, "
                + best.intraThreads() + (best.intraThreads() == 1 ? " thread" : " threads") + " each, "
                + (best.batch() == 1 ? "no batches" : "batches of " + best.batch());
        return kept
                ? "Remembered for " + name + ": " + way + ". Services that" + which
                        + " start from now on use it; --forget undoes it."
                : "Best for " + name + ": " + way + ".";
    }

    private JsonObject json(String on, int cores, Bench.Outcome outcome, boolean kept) {
        JsonArray results = new JsonArray();
        outcome.results().forEach((candidate, sample) -> results.add(json(candidate, sample)));
        return new JsonObject()
                .put("name", name)
                .put("provider", on)
                .put("cores", cores)
                .put("results", results)
                .put("best", json(outcome.best(), outcome.results().get(outcome.best())))
                .put("remembered", kept);
    }

    private static JsonObject json(Candidate candidate, Sample sample) {
        return new JsonObject()
                .put("workers", candidate.workers())
                .put("intra_threads", candidate.intraThreads())
                .put("batch", candidate.batch())
                .put("optimisation", candidate.optimisation().name().toLowerCase(Locale.ROOT))
                .put("frames_per_second", sample.framesPerSecond())
                .put("p50_ms", sample.p50Millis())
                .put("cpu_ms_per_frame", Double.isNaN(sample.cpuMillis()) ? null : sample.cpuMillis());
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
