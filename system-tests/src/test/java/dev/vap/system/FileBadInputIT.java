package dev.vap.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vap.testing.Await;
import dev.vap.testing.Ports;
import dev.vap.testing.ServiceProcess;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Processes that were set up wrongly, or on a machine that was. */
class FileBadInputIT {

    private static final JsonObject REALTIME = new JsonObject().put("realtime", true);

    @RegisterExtension
    static final Cluster CLUSTER = Clusters.FILES;

    @Test
    void theSecondRunnerOfOneNameSaysSoAndLeaves() throws Exception {
        ServiceProcess first = CLUSTER.exactlyRunners(1).get(0);
        List<String> files = CLUSTER.createFiles(1, "short.mp4", REALTIME);
        CLUSTER.awaitResults(files, 1);
        Fault fault = Fault.of(CLUSTER.store(), files);
        ServiceProcess second = CLUSTER.startSpecialRunner(Map.of("RUNNER_ID", first.name()));
        Await.until("the second one has left", Cluster.SOON, () -> !second.alive());
        assertThat(second.exitCode()).hasValue(1);
        assertThat(second.lines()).anyMatch(line -> line.contains("Another process is running under this RUNNER_ID"));
        assertThat(first.alive()).isTrue();
        CLUSTER.invariants().sameEpochs(fault);
        CLUSTER.awaitStatus(files, "inactive", Cluster.SOON);
        CLUSTER.invariants().oneOwner(files);
        CLUSTER.invariants().everyFrameOnce(files, Clusters.SHORT);
    }

    @Test
    void runnersWhoseClocksAreAnHourOffWorkLikeOthers() throws Exception {
        Optional<Path> library = faketime();
        assumeTrue(
                library.isPresent(),
                "needs libfaketime (Debian package faketime) to set a process's clock wrong: skipped");
        CLUSTER.exactlyRunners(0);
        List<ServiceProcess> wrong = Stream.of("+1h", "-1h")
                .map(offset -> CLUSTER.startSpecialRunner(wrongClock(library.orElseThrow(), offset)))
                .toList();
        CLUSTER.awaitUp(wrong);
        List<String> files = CLUSTER.createFiles(4, "short.mp4", REALTIME);
        Fault start = Fault.of(CLUSTER.store(), files);
        CLUSTER.awaitResults(files, 1);
        List<String> offsets = CLUSTER
                .store()
                .rows(
                        "SELECT DISTINCT round(extract(epoch FROM timestamp - stored_at) / 3600)::int AS hours"
                                + " FROM scenario_results WHERE scenario_uuid = ANY(?::uuid[]) ORDER BY 1",
                        files)
                .stream()
                .map(row -> row.getInteger("hours").toString())
                .toList();
        // Else the clocks were not wrong at all.
        assertThat(offsets).containsExactly("-1", "1");
        CLUSTER.awaitStatus(files, "inactive", Cluster.SOON);
        CLUSTER.invariants().oneOwner(files);
        CLUSTER.invariants().everyFrameOnce(files, Clusters.SHORT);
        assertThat(start.epochsNow().values())
                .as("epochs: nobody was taken for lost")
                .containsOnly(1L);
        Measured.print("two runners with clocks an hour ahead and an hour behind: 4 files, each in one piece");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "100000"})
    void anImpossibleNumberOfWorkersIsRefusedInOneSentence(String workers) throws Exception {
        ServiceProcess runner = lone("refused-" + workers, Service.RUNNER, Map.of("MAX_WORKERS", workers));
        Await.until("it has ended", Cluster.SOON, () -> !runner.alive());
        assertThat(runner.exitCode()).hasValue(2);
        Await.until("it has said why", Cluster.SOON, () -> !runner.lines().isEmpty());
        assertThat(runner.lines()).singleElement().satisfies(line -> assertThat(line)
                .startsWith("vap runner: MAX_WORKERS")
                .contains(workers)
                .contains("10000"));
        Measured.print(
                "MAX_WORKERS=%s: exit code 2, \"%s\"", workers, runner.lines().get(0));
    }

    @Test
    void aMemberListThatNamesNobodyWhoAnswersMakesAClusterOfOneThatSaysSo() throws Exception {
        ServiceProcess alone =
                lone("alone", Service.ORCHESTRATOR, Map.of("CLUSTER_NAME", "alone", "CLUSTER_MEMBERS", "127.0.0.1:1"));
        try {
            CLUSTER.awaitUp(List.of(alone));
            assertThat(alone.lines())
                    .anyMatch(line -> line.contains("no other member of the cluster \"alone\" answers at 127.0.0.1:1:"
                            + " this process is alone for now"));
        } finally {
            alone.terminate();
        }
    }

    private static Map<String, String> wrongClock(Path library, String offset) {
        return Map.of(
                "LD_PRELOAD",
                library.toString(),
                "FAKETIME",
                offset,
                "FAKETIME_DONT_FAKE_MONOTONIC",
                "1",
                // What it mends for other programs, it breaks in a JVM: timed waits return at once.
                "FAKETIME_FORCE_MONOTONIC_FIX",
                "0",
                "NO_FAKE_STAT",
                "1");
    }

    /** A process with the cluster's settings that is not one of its members. */
    private static ServiceProcess lone(String name, Service service, Map<String, String> different) throws IOException {
        Map<String, String> environment = new LinkedHashMap<>(CLUSTER.environment());
        environment.put("CLUSTER_PORT", String.valueOf(Ports.take()));
        environment.put("EVENT_BUS_PORT", String.valueOf(Ports.take()));
        environment.putAll(different);
        return ServiceProcess.start(
                name, ServiceProcess.java(256, "-jar", service.jar().toString()), environment, CLUSTER.log(name));
    }

    private static Optional<Path> faketime() throws IOException {
        for (Path folder : List.of(Path.of("/usr/lib"), Path.of("/usr/lib64"), Path.of("/usr/local/lib"))) {
            if (Files.isDirectory(folder)) {
                try (Stream<Path> found =
                        Files.find(folder, 3, (path, attributes) -> path.endsWith("faketime/libfaketime.so.1"))) {
                    Optional<Path> library = found.findFirst();
                    if (library.isPresent()) {
                        return library;
                    }
                }
            }
        }
        return Optional.empty();
    }
}
