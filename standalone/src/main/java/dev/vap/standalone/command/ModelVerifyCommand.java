package dev.vap.standalone.command;

import dev.vap.inference.ModelLoader;
import dev.vap.inference.model.CatalogEntry;
import dev.vap.inference.model.CatalogProblem;
import dev.vap.inference.model.Model;
import dev.vap.inference.model.ModelCatalog;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.InputSpec;
import dev.vap.shared.protocol.ModelInfo;
import dev.vap.standalone.CommandException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vap models verify}. */
@Command(
        name = "verify",
        description = "Reads the catalogue, checks the SHA-256 of models, loads each and runs it once. Ends with 1 if"
                + " anything is wrong.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class ModelVerifyCommand implements Callable<Integer> {

    private final Context context;

    @Mixin
    ModelOptions options;

    @Option(names = "--json", description = "print JSON")
    boolean json;

    @Parameters(arity = "0..*", paramLabel = "NAME", description = "default: all whose file is there")
    List<String> names = new ArrayList<>();

    ModelVerifyCommand(Context context) {
        this.context = context;
    }

    /**
     * What came out of it.
     *
     * @param problem null if it works
     * @param info null if it does not
     */
    private record Verdict(String name, String problem, ModelInfo info) {

        String line() {
            if (problem != null) {
                return name + ": " + problem;
            }
            InputSpec input = info.input();
            String size = input == null ? "" : ", " + input.width() + "x" + input.height();
            String head = info.details() == null || info.details().head() == null
                    ? ""
                    : ", " + info.details().head() + " on " + info.details().provider();
            return name + ": works (" + info.detector() + head + size + ", "
                    + info.labels().size() + " labels)";
        }

        JsonObject json() {
            JsonObject out = new JsonObject().put("name", name).put("ok", problem == null);
            return problem == null ? out.put("model", info.toJson()) : out.put("problem", problem);
        }
    }

    @Override
    public Integer call() {
        ModelLoader loader = ModelOptions.loader(context, options.settings(context));
        ModelCatalog.Contents contents = contents(loader);
        List<CatalogProblem> problems = names.isEmpty() ? contents.problems() : List.of();
        List<Verdict> verdicts = new ArrayList<>();
        PrintStream out = context.console().out();
        if (!json) {
            problems.forEach(problem -> out.println(problem.sentence()));
        }
        for (String name : names.isEmpty() ? all(contents) : names) {
            Verdict verdict = verify(loader, name);
            verdicts.add(verdict);
            if (!json) {
                out.println(verdict.line());
            }
        }
        if (json) {
            JsonArray models =
                    new JsonArray(verdicts.stream().map(Verdict::json).toList());
            JsonArray sentences = new JsonArray(
                    problems.stream().map(CatalogProblem::sentence).toList());
            out.println(new JsonObject()
                    .put("models", models)
                    .put("problems", sentences)
                    .encode());
        }
        boolean good = problems.isEmpty() && verdicts.stream().allMatch(v -> v.problem() == null);
        return good ? 0 : 1;
    }

    private static ModelCatalog.Contents contents(ModelLoader loader) {
        try {
            return loader.catalog().contents();
        } catch (VapException e) {
            throw new CommandException(e.getMessage(), e);
        }
    }

    /** A model that nobody has fetched yet is nothing wrong; one with a problem of its own was named already. */
    private static List<String> all(ModelCatalog.Contents contents) {
        return contents.entries().stream()
                .filter(entry -> entry.problem() == null)
                .filter(CatalogEntry::present)
                .map(CatalogEntry::name)
                .toList();
    }

    private static Verdict verify(ModelLoader loader, String name) {
        try (Model model = loader.load(name)) {
            model.newDetector().close();
            return new Verdict(name, null, model.info());
        } catch (VapException e) {
            return new Verdict(name, e.getMessage(), null);
        } catch (RuntimeException e) {
            return new Verdict(name, "It can't be loaded (" + e + ").", null);
        }
    }
}
