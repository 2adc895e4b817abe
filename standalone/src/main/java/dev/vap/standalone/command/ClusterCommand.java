package dev.vap.standalone.command;

import dev.vap.standalone.client.ApiClient;
import dev.vap.standalone.client.ApiException;
import dev.vap.standalone.terminal.Screen;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code vap cluster}: a client of the API. */
@Command(
        name = "cluster",
        description = {
            "Who is in the cluster, who does what, and how the runners are.",
            "With --watch it is shown anew every second, until Ctrl-C."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class ClusterCommand implements Callable<Integer> {

    private static final long REDRAW_MILLIS = 1_000;

    /** To the top left corner, and nothing below. */
    private static final String CLEAR = "\u001b[H\u001b[2J";

    private final Context context;

    @Mixin
    ConnectionOptions connection;

    @Option(names = "--sessions", description = "list the sessions as well, up to 100 of each runner")
    boolean sessions;

    @Option(names = "--watch", description = "show it anew every second")
    boolean watch;

    @Option(names = "--json", description = "print the API's answer as it is")
    boolean json;

    ClusterCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InterruptedException {
        ApiClient api = connection.client(context.environment());
        Screen screen = new Screen(context.console(), json, System::nanoTime);
        screen.lines(shown(api.cluster(sessions), ""));
        while (watch && !screen.broken()) {
            TimeUnit.MILLISECONDS.sleep(REDRAW_MILLIS);
            try {
                screen.lines(shown(api.cluster(sessions), before()));
            } catch (ApiException e) {
                // An API that is killed comes back, or another one behind the same address takes over.
                if (!e.retryable()) {
                    throw e;
                }
                screen.complain("vap: " + e.getMessage());
            }
        }
        return 0;
    }

    private List<String> shown(JsonObject answer, String before) {
        if (json) {
            return List.of(answer.encode());
        }
        List<String> lines = new ArrayList<>(ClusterWords.of(answer));
        lines.set(0, before + lines.get(0));
        return lines;
    }

    /** What parts one picture from the one before it. */
    private String before() {
        return context.console().outTerminal() ? CLEAR : System.lineSeparator();
    }
}
