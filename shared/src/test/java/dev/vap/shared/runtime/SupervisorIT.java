package dev.vap.shared.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.testing.Await;
import dev.vap.testing.ServiceProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupervisorIT {

    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private ServiceProcess supervisor;

    @AfterEach
    void end() {
        supervisor.terminate();
    }

    @Test
    void whatDiesIsStartedAgainUntilItEndsInOrder() throws Exception {
        start("70", "1", "0");

        Await.until("it has ended", SOON, () -> !supervisor.alive());

        assertThat(supervisor.exitCode()).hasValue(0);
        assertThat(lives()).hasSize(3);
        Await.until("its last words", SOON, () -> supervisor.printed("life 3"));
        assertThat(supervisor.lines()).anyMatch(line -> line.contains("test died (exit code 70): it is started again"));
    }

    @Test
    void aWrongConfigurationIsNotTriedAgain() throws Exception {
        start("2");

        Await.until("it has ended", SOON, () -> !supervisor.alive());

        assertThat(supervisor.exitCode()).hasValue(2);
        assertThat(lives()).hasSize(1);
    }

    @Test
    void aCrashInNativeCodeIsMended() throws Exception {
        start("wait", "wait");
        long first = awaitLife(1);

        // As a segmentation fault: the JVM writes its crash report and aborts.
        new ProcessBuilder("kill", "-SEGV", String.valueOf(first)).start().waitFor();

        long second = awaitLife(2);
        assertThat(second).isNotEqualTo(first);
        // That the JVM exits with 1 is due to its leaving no core dump behind.
        Await.until("it said why", SOON, () -> supervisor.printed("test died (exit code 1): it is started again"));
        assertThat(supervisor.alive()).isTrue();
    }

    @Test
    void aStopIsPassedOn() throws Exception {
        start("wait");
        long child = awaitLife(1);

        supervisor.terminate();

        assertThat(supervisor.exitCode()).hasValue(143);
        assertThat(ProcessHandle.of(child).filter(ProcessHandle::isAlive)).isEmpty();
    }

    @Test
    void aChildWhoseParentIsGoneEnds() throws Exception {
        start("wait");
        ProcessHandle child = ProcessHandle.of(awaitLife(1)).orElseThrow();

        supervisor.kill();

        Await.until("the child has ended", SOON, () -> !child.isAlive());
    }

    private void start(String... endings) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + directory.resolve("crash-%p.log"),
                "-cp",
                System.getProperty("java.class.path"),
                SupervisedMain.class.getName(),
                directory.resolve("lives").toString()));
        arguments.addAll(List.of(endings));
        supervisor = ServiceProcess.start(
                "supervisor",
                ServiceProcess.java(64, arguments.toArray(String[]::new)),
                Map.of(),
                directory.resolve("log"));
    }

    private long awaitLife(int number) {
        Await.until("life " + number, SOON, () -> lives().size() == number && supervisor.printed("life " + number));
        return Long.parseLong(lives().get(number - 1));
    }

    private List<String> lives() {
        try {
            return Files.exists(directory.resolve("lives"))
                    ? Files.readAllLines(directory.resolve("lives"))
                    : List.of();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
