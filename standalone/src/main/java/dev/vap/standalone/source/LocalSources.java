package dev.vap.standalone.source;

import dev.vap.standalone.CommandException;

/** What looks at sources in this process: the one place where the command line meets the runner's classes for that. */
public final class LocalSources {

    private LocalSources() {}

    public static Prober prober() {
        return request -> {
            throw notHere("probe");
        };
    }

    public static Discoverer discoverer() {
        return request -> {
            throw notHere("discover");
        };
    }

    private static CommandException notHere(String command) {
        return new CommandException(
                "This build can't look at sources by itself: start VAP with `vap up`, then try `vap " + command
                        + " --url http://127.0.0.1:8080`.");
    }
}
