package dev.vap.standalone.command;

import dev.vap.standalone.client.ApiClient;
import dev.vap.standalone.client.ScenarioView;
import dev.vap.standalone.terminal.Table;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code vap scenario …}: a client of the API. */
@Command(
        name = "scenario",
        description = "Creates, shows, changes, stops, starts and deletes scenarios of a running VAP.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            ScenarioCommand.Create.class,
            ScenarioCommand.ListAll.class,
            ScenarioCommand.Show.class,
            ScenarioCommand.Update.class,
            ScenarioCommand.Stop.class,
            ScenarioCommand.Start.class,
            ScenarioCommand.Delete.class
        },
        commandListHeading = "%nCommands:%n")
final class ScenarioCommand implements Runnable {

    @Spec
    CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Give a command, such as `vap scenario list`.");
    }

    /** What all of them have. */
    abstract static class Client implements Callable<Integer> {
        private final Context context;

        @Mixin
        ConnectionOptions connection;

        @Option(names = "--json", description = "print the API's answer as it is")
        boolean json;

        Client(Context context) {
            this.context = context;
        }

        abstract JsonObject ask(ApiClient api) throws InterruptedException;

        abstract List<String> words(JsonObject answer);

        @Override
        public final Integer call() throws InterruptedException {
            JsonObject answer = ask(connection.client(context.environment()));
            PrintStream out = context.console().out();
            if (json) {
                out.println(answer.encode());
            } else {
                words(answer).forEach(out::println);
            }
            return 0;
        }
    }

    /** One that is about one scenario. */
    abstract static class OfOne extends Client {
        @Parameters(index = "0", paramLabel = "ID", description = "number or UUID of the scenario")
        String id;

        OfOne(Context context) {
            super(context);
        }

        @Override
        List<String> words(JsonObject answer) {
            ScenarioView scenario = ScenarioView.of(answer);
            return List.of("scenario " + scenario.id() + " (" + scenario.uuid() + "): " + scenario.status());
        }
    }

    @Command(
            name = "create",
            description = {
                "Starts watching a source.",
                "A file has to lie under the media root of the API; a relative path begins there."
            },
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false)
    static final class Create extends Client {
        @Parameters(
                index = "0",
                paramLabel = "SOURCE",
                description =
                        "rtsp://…, onvif://…, http://… and so on, v4l2:/dev/video0, or a video file under the media"
                                + " root")
        String source;

        @Option(names = "--model", paramLabel = "NAME", description = "see `vap models list` [the platform's default]")
        String model;

        @Mixin
        AnalysisOptions analysis;

        @Option(names = "--probe", description = "look at the source first, and make no scenario if it can't be used")
        boolean probe;

        Create(Context context) {
            super(context);
        }

        @Override
        JsonObject ask(ApiClient api) throws InterruptedException {
            JsonObject options = analysis.toJson();
            JsonObject request = new JsonObject().put("camera_url", source);
            if (model != null) {
                request.put("model", model);
            }
            if (probe) {
                request.put("probe", true);
            }
            return api.create(options.isEmpty() ? request : request.put("options", options));
        }

        @Override
        List<String> words(JsonObject answer) {
            ScenarioView created = ScenarioView.of(answer);
            return List.of(
                    "scenario " + created.id() + " (" + created.uuid() + "): " + created.status(),
                    "See it with `vap scenario show " + created.id() + "`, its results with `vap predictions "
                            + created.id() + " --follow`.");
        }
    }

    @Command(
            name = "list",
            description = "All scenarios, the newest first.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false)
    static final class ListAll extends Client {
        private static final int PAGE = 1000;

        @Option(names = "--limit", paramLabel = "N", defaultValue = "1000", description = "at most so many [1000]")
        int limit;

        @Spec
        CommandSpec spec;

        ListAll(Context context) {
            super(context);
        }

        @Override
        JsonObject ask(ApiClient api) throws InterruptedException {
            if (limit < 1) {
                throw new ParameterException(
                        spec.commandLine(), "Invalid value for option '--limit': give a number of at least 1.");
            }
            JsonObject answer = api.list(Math.min(PAGE, limit), null);
            JsonArray scenarios = answer.getJsonArray("scenarios", new JsonArray());
            while (answer.getString("next") != null && scenarios.size() < limit) {
                answer = api.list(Math.min(PAGE, limit - scenarios.size()), answer.getString("next"));
                scenarios.addAll(answer.getJsonArray("scenarios", new JsonArray()));
            }
            return answer.copy().put("scenarios", scenarios);
        }

        @Override
        List<String> words(JsonObject answer) {
            JsonArray scenarios = answer.getJsonArray("scenarios");
            if (scenarios.isEmpty()) {
                return List.of("There are no scenarios yet: `vap scenario create SOURCE` makes one.");
            }
            Table table = new Table("ID", "STATUS", "MODEL", "SOURCE", "REASON");
            for (int i = 0; i < scenarios.size(); i++) {
                ScenarioView s = ScenarioView.of(scenarios.getJsonObject(i));
                table.row(s.id(), s.status(), s.model(), s.source(), s.reason());
            }
            return table.lines();
        }
    }

    @Command(
            name = "show",
            description = "One scenario, its worker and its source.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Show extends OfOne {
        Show(Context context) {
            super(context);
        }

        @Override
        JsonObject ask(ApiClient api) throws InterruptedException {
            return api.show(id);
        }

        @Override
        List<String> words(JsonObject answer) {
            return ScenarioWords.of(answer);
        }
    }

    @Command(
            name = "update",
            description = {
                "Changes the source or the options of a scenario; one that runs goes on with what is new.",
                "What is not given stays as it is. Mends a wrong password without losing the scenario."
            },
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false)
    static final class Update extends OfOne {
        @Option(names = "--camera-url", paramLabel = "SOURCE", description = "the other source")
        String cameraUrl;

        @Mixin
        AnalysisOptions analysis;

        @Option(
                names = "--reset",
                paramLabel = "NAME",
                split = ",",
                description = "give these options their default again, such as fps,rtsp_transport")
        List<String> reset;

        @Spec
        CommandSpec spec;

        Update(Context context) {
            super(context);
        }

        @Override
        JsonObject ask(ApiClient api) throws InterruptedException {
            JsonObject options = analysis.toJson();
            if (reset != null) {
                reset.forEach(options::putNull);
            }
            JsonObject changes = new JsonObject();
            if (cameraUrl != null) {
                changes.put("camera_url", cameraUrl);
            }
            if (!options.isEmpty()) {
                changes.put("options", options);
            }
            if (changes.isEmpty()) {
                throw new ParameterException(
                        spec.commandLine(), "Give what is to be changed: --camera-url or an option such as --fps.");
            }
            return api.update(id, changes);
        }
    }

    @Command(
            name = "stop",
            description = "Stops a scenario; its results stay.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Stop extends OfOne {
        Stop(Context context) {
            super(context);
        }

        @Override
        JsonObject ask(ApiClient api) throws InterruptedException {
            return api.stop(id);
        }
    }

    @Command(
            name = "start",
            description = "Starts a stopped scenario again; a file goes on behind the last stored frame.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Start extends OfOne {
        Start(Context context) {
            super(context);
        }

        @Override
        JsonObject ask(ApiClient api) throws InterruptedException {
            return api.start(id);
        }
    }

    @Command(
            name = "delete",
            description = "Deletes a scenario and its results.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Delete extends OfOne {
        Delete(Context context) {
            super(context);
        }

        @Override
        JsonObject ask(ApiClient api) throws InterruptedException {
            return api.delete(id);
        }

        @Override
        List<String> words(JsonObject answer) {
            return List.of("scenario " + id + ": deleted");
        }
    }
}
