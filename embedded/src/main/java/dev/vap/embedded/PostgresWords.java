package dev.vap.embedded;

import java.util.regex.Pattern;

/** Reads what PostgreSQL's programs write, which is English: see {@code LC_ALL} and {@code --locale}. */
final class PostgresWords {
    private static final Pattern COMPLAINT = Pattern.compile("FATAL:|PANIC:|error:|cannot be run");
    /** The time and the process id before each line of the server's log. */
    private static final Pattern PREFIX = Pattern.compile("^\\S+ \\S+ \\S+ \\[\\d+] ");

    private PostgresWords() {}

    static boolean portTaken(String said) {
        return said.contains("could not create any TCP/IP sockets");
    }

    /** Backends of a postmaster killed a moment ago hold its memory until they notice. */
    static boolean predecessorStillDies(String said) {
        return said.contains("pre-existing shared memory block");
    }

    /** The last complaint, or the last line where there is none; without a full stop. */
    static String reason(String said) {
        if (said.contains("cannot be run as root") || said.contains("\"root\" execution")) {
            return "it refuses to run as root, and this system allows no user namespace; start as another user, or give"
                    + " a running server with --database-url";
        }
        String last = said.lines().reduce("", (before, line) -> line);
        String reason = said.lines()
                .filter(line -> COMPLAINT.matcher(line).find())
                .reduce((before, line) -> line)
                .orElse(last);
        return PREFIX.matcher(reason).replaceFirst("").strip();
    }
}
