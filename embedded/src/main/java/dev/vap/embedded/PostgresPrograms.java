package dev.vap.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Runs PostgreSQL's own programs, as root too where the system allows that. */
final class PostgresPrograms {
    private final PostgresBinaries binaries;
    private final CommandRunner runner;
    private final List<String> prefix;

    /** @param output replaced by what each program writes */
    PostgresPrograms(PostgresBinaries binaries, Path output) throws InterruptedException {
        this.binaries = binaries;
        this.runner = new CommandRunner(output);
        this.prefix = UserNamespace.prefix(runner);
    }

    int majorVersion() throws IOException {
        return binaries.majorVersion();
    }

    /**
     * Returns the exit code.
     *
     * @throws IOException if the program could not be started, or was killed because it did not end in time
     */
    int run(String program, List<String> arguments, Duration deadline) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(prefix);
        command.add(binaries.program(program).toString());
        return runner.run(command, arguments, deadline);
    }

    /** The last lines the latest program wrote. */
    String outputTail() {
        return runner.outputTail();
    }
}
