package dev.vap.standalone.command;

import dev.vap.standalone.client.ApiClient;
import dev.vap.standalone.client.MediaUpload;
import dev.vap.standalone.terminal.DownloadBar;
import dev.vap.standalone.terminal.Screen;
import dev.vap.standalone.terminal.Table;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code vap media …}: a client of the API. */
@Command(
        name = "media",
        description = "Files in the media root of a running VAP: lists, uploads and deletes them.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {MediaCommand.ListAll.class, MediaCommand.Upload.class, MediaCommand.Delete.class},
        commandListHeading = "%nCommands:%n")
final class MediaCommand implements Runnable {

    @Spec
    CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Give a command, such as `vap media list`.");
    }

    @Command(
            name = "list",
            description = "Files and unfinished uploads, by name.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class ListAll extends ScenarioCommand.Client {
        ListAll(Context context) {
            super(context);
        }

        @Override
        JsonObject ask(ApiClient api) throws InterruptedException {
            JsonObject answer = api.media(null);
            JsonArray files = answer.getJsonArray("media", new JsonArray());
            while (answer.getString("next") != null) {
                answer = api.media(answer.getString("next"));
                files.addAll(answer.getJsonArray("media", new JsonArray()));
            }
            return new JsonObject().put("media", files);
        }

        @Override
        List<String> words(JsonObject answer) {
            JsonArray files = answer.getJsonArray("media");
            if (files.isEmpty()) {
                return List.of("There are no files yet: `vap media upload FILE` brings one.");
            }
            Table table = new Table("NAME", "BYTES", "RECEIVED", "MODIFIED");
            for (int i = 0; i < files.size(); i++) {
                JsonObject file = files.getJsonObject(i);
                boolean complete = file.getBoolean("complete", false);
                table.row(
                        file.getValue("name"),
                        file.getValue("size"),
                        complete ? "all" : file.getValue("received"),
                        file.getValue("modified"));
            }
            return table.lines();
        }
    }

    @Command(
            name = "upload",
            description = {
                "Brings a video file into the media root.",
                "Goes on where an upload of the same file was cut off, also after another start of this command."
            },
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            sortOptions = false)
    static final class Upload implements Callable<Integer> {
        private final Context context;

        @Parameters(index = "0", paramLabel = "FILE", description = "a file of this machine")
        Path file;

        @Option(names = "--name", paramLabel = "NAME", description = "its name there [that of the file]")
        String name;

        @Option(names = "--json", description = "print the API's answer as it is")
        boolean json;

        @Mixin
        ConnectionOptions connection;

        Upload(Context context) {
            this.context = context;
        }

        @Override
        public Integer call() throws InterruptedException {
            Screen screen = new Screen(context.console(), json, System::nanoTime);
            DownloadBar bar = new DownloadBar(screen, System::nanoTime);
            JsonObject answer;
            try {
                answer = new MediaUpload(
                                connection.client(context.environment()), file, name, bar::show, screen::complain)
                        .run();
            } finally {
                screen.clearBar();
            }
            PrintStream out = context.console().out();
            if (json) {
                out.println(answer.encode());
            } else {
                out.println("uploaded: `vap scenario create '" + answer.getString("camera_url") + "'` analyses it");
            }
            return 0;
        }
    }

    @Command(
            name = "delete",
            description = "Deletes a file, or what there is of an unfinished upload.",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class)
    static final class Delete extends ScenarioCommand.Client {
        @Parameters(index = "0", paramLabel = "NAME", description = "as `vap media list` shows it")
        String name;

        Delete(Context context) {
            super(context);
        }

        @Override
        JsonObject ask(ApiClient api) throws InterruptedException {
            return api.deleteMedia(name);
        }

        @Override
        List<String> words(JsonObject answer) {
            return List.of(name + ": deleted");
        }
    }
}
