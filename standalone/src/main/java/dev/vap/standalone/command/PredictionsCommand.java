package dev.vap.standalone.command;

import dev.vap.standalone.client.ApiClient;
import dev.vap.standalone.client.EventStream;
import dev.vap.standalone.client.ResultPage;
import dev.vap.standalone.terminal.Console;
import dev.vap.standalone.terminal.FrameLine;
import dev.vap.standalone.terminal.Screen;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code vap predictions ID}. */
@Command(
        name = "predictions",
        description = {
            "What was found: the newest stored results, or those after a frame.",
            "With --follow it goes on with live ones, until Ctrl-C."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class PredictionsCommand implements Callable<Integer> {

    private static final int PAGE = 1000;

    private final Context context;

    @Spec
    CommandSpec spec;

    @Mixin
    ConnectionOptions connection;

    @Parameters(index = "0", paramLabel = "ID", description = "number or UUID of the scenario")
    String id;

    @Option(names = "--follow", description = "go on with live results; a lost connection is taken up again")
    boolean follow;

    @Option(names = "--after", paramLabel = "N", description = "results after this frame, -1 for all [the newest]")
    Long after;

    @Option(names = "--limit", paramLabel = "N", description = "at most so many stored results [100]")
    Integer limit;

    @Option(names = "--json", description = "print the API's answer as it is; with --follow a JSON line a frame")
    boolean json;

    PredictionsCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (limit != null && limit < 1) {
            throw new ParameterException(
                    spec.commandLine(), "Invalid value for option '--limit': give a number of at least 1.");
        }
        ApiClient api = connection.client(context.environment());
        Screen screen = new Screen(context.console(), json, System::nanoTime);
        if (follow) {
            return follow(api, screen);
        }
        stored(api, screen, limit == null ? 100 : limit);
        return 0;
    }

    private void stored(ApiClient api, Screen screen, int wanted) throws InterruptedException {
        Long behind = after;
        int left = wanted;
        boolean any = false;
        while (left > 0) {
            // The newest ones come in one answer; the API tells if that are too many.
            int asked = behind == null ? left : Math.min(PAGE, left);
            JsonObject answer = api.predictionsJson(id, behind, asked);
            List<JsonObject> results = ResultPage.of(answer).results();
            any |= !results.isEmpty();
            screen.lines(json ? List.of(answer.encode()) : words(results));
            left -= results.size();
            if (behind == null || results.size() < asked) {
                break;
            }
            behind = results.get(results.size() - 1).getLong("frame_number");
        }
        if (!any && !json) {
            screen.complain("No results are stored" + (after == null ? " yet." : " after frame " + after + "."));
        }
    }

    private int follow(ApiClient api, Screen screen) throws InterruptedException {
        long from;
        if (after != null) {
            from = after;
        } else {
            List<JsonObject> newest = ResultPage.of(api.predictionsJson(id, null, limit == null ? 10 : limit))
                    .results();
            screen.lines(json ? encoded(newest) : words(newest));
            from = newest.isEmpty() ? -1 : newest.get(newest.size() - 1).getLong("frame_number");
        }
        new EventStream(api, id, new Printer(screen, context.console())).run(from);
        return 0;
    }

    private static List<String> words(List<JsonObject> results) {
        return results.stream().map(r -> FrameLine.compact(r, false)).toList();
    }

    private static List<String> encoded(List<JsonObject> results) {
        return results.stream().map(JsonObject::encode).toList();
    }

    /** Results as they come, everything else on standard error. */
    private final class Printer implements EventStream.Listener {
        private final Screen screen;
        private final Console console;
        private String status = "";

        Printer(Screen screen, Console console) {
            this.screen = screen;
            this.console = console;
        }

        @Override
        public boolean prediction(JsonObject result) {
            screen.lines(List.of(json ? result.encode() : FrameLine.compact(result, false)));
            return !console.out().checkError();
        }

        @Override
        public void status(JsonObject body) {
            String now = body.getString("status", "");
            String reason = body.getString("status_reason", body.getString("reason"));
            if (!now.equals(status)) {
                status = now;
                screen.complain("vap: the scenario is " + now + (reason == null ? "" : " (" + reason + ")"));
            }
        }

        @Override
        public void dropped(JsonObject what) {
            screen.complain("vap: live results were too many for this connection; the stored ones are complete");
        }

        @Override
        public void reconnecting(String reason) {
            screen.complain("vap: " + reason + "; connecting again");
        }
    }
}
