package dev.vap.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** PostgreSQL refuses to run as root. In a user namespace of its own it sees another user, where the system allows one. */
final class UserNamespace {
    private static final List<String> ENTER = List.of("unshare", "-U");
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private UserNamespace() {}

    /** What to put before a command; empty for anybody but root, and where it does not help. */
    static List<String> prefix(CommandRunner runner) throws InterruptedException {
        return isRoot() && works(runner) ? ENTER : List.of();
    }

    private static boolean isRoot() {
        try {
            return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            // No Linux.
            return false;
        }
    }

    private static boolean works(CommandRunner runner) throws InterruptedException {
        try {
            return runner.run(ENTER, List.of("true"), DEADLINE) == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
