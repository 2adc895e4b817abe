package dev.vap.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
class CommandRunnerTest {
    private static final List<String> SHELL = List.of("sh", "-c");

    @TempDir
    Path temporary;

    @Test
    void returnsTheExitCodeAndKeepsTheLastLines() throws Exception {
        CommandRunner runner = new CommandRunner(temporary.resolve("log"));

        int code = runner.run(
                SHELL, List.of("for i in $(seq 1 30); do echo $i; done; echo no >&2; exit 3"), Duration.ofSeconds(30));

        assertThat(code).isEqualTo(3);
        assertThat(runner.outputTail()).startsWith("12\n").endsWith("\n30\nno");
    }

    @Test
    void killsAProgramThatDoesNotEnd() {
        CommandRunner runner = new CommandRunner(temporary.resolve("log"));

        assertThatThrownBy(() -> runner.run(SHELL, List.of("sleep 600; true"), Duration.ofMillis(200)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("No end within 0 s");
    }

    @Test
    void letsAProgramEndBeforeItThrowsAnInterrupt() throws Exception {
        CommandRunner runner = new CommandRunner(temporary.resolve("log"));
        Path done = temporary.resolve("done");
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> runner.run(SHELL, List.of("sleep 0.3; touch " + done), Duration.ofSeconds(30)))
                .isInstanceOf(InterruptedException.class);
        assertThat(done).exists();
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void hidesTheSettingsOfTheUsersOwnPostgres() throws Exception {
        CommandRunner runner = new CommandRunner(temporary.resolve("log"));

        runner.run(SHELL, List.of("env"), Duration.ofSeconds(30));

        assertThat(Files.readAllLines(temporary.resolve("log")))
                .contains("LC_ALL=C")
                .noneMatch(line -> line.startsWith("PG"));
    }
}
