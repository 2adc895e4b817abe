package dev.vap.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.testing.Await;
import dev.vap.testing.ServiceProcess;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Processes that analyse frames, and end while they do. */
class FileInferenceIT {

    private static final JsonObject REALTIME = new JsonObject().put("realtime", true);

    @RegisterExtension
    static final Cluster CLUSTER = Clusters.FILES;

    @Test
    void framesGoToAnotherProcessWhenOneIsKilled() throws Exception {
        CLUSTER.exactlyRunners(2);
        List<String> files = CLUSTER.createFiles(4, "short.mp4", REALTIME);
        CLUSTER.awaitResults(files, 5);
        Fault fault = Fault.of(CLUSTER.store(), files);

        CLUSTER.process("inference-1").kill();

        Collection<Double> again = fault.awaitResults(Cluster.SOON);
        CLUSTER.awaitStatus(files, "inactive", Cluster.SOON);
        CLUSTER.invariants().sameEpochs(fault);
        CLUSTER.invariants().everyFrameOnce(files, Clusters.SHORT);
        Measured.print("one of two inference processes killed under 4 files: next result %s", Measured.spread(again));
    }

    @Test
    void aProcessThatCrashesInNativeCodeIsStartedAgainAndNoFrameIsLost() throws Exception {
        CLUSTER.exactlyRunners(1);
        CLUSTER.process("inference-2").terminate();
        CLUSTER.process("inference-1").terminate();
        Path crash = CLUSTER.log("inference-crash-%p").toAbsolutePath();
        ServiceProcess supervised = CLUSTER.start(
                "inference-1",
                Map.of("SUPERVISE", "true", "JAVA_TOOL_OPTIONS", "-XX:-CreateCoredumpOnCrash -XX:ErrorFile=" + crash));
        try {
            CLUSTER.awaitUp(List.of(supervised));
            List<String> files = CLUSTER.createFiles(2, "short.mp4", REALTIME);
            CLUSTER.awaitResults(files, 5);
            Fault fault = Fault.of(CLUSTER.store(), files);

            crash(supervised);

            Await.until("it is started again", Cluster.SOON, () -> supervised.printed("it is started again"));
            Collection<Double> again = fault.awaitResults(Cluster.SOON);
            CLUSTER.awaitStatus(files, "inactive", Duration.ofMinutes(1));
            assertThat(supervised.alive()).isTrue();
            CLUSTER.invariants().sameEpochs(fault);
            CLUSTER.invariants().everyFrameOnce(files, Clusters.SHORT);
            Measured.print(
                    "the only inference process crashed under 2 files and was started again: next result %s",
                    Measured.spread(again));
        } finally {
            supervised.terminate();
        }
    }

    /** As a fault in native code would. */
    private static void crash(ServiceProcess supervised) throws IOException, InterruptedException {
        ProcessHandle child = ProcessHandle.of(supervised.pid())
                .orElseThrow()
                .children()
                .findFirst()
                .orElseThrow();
        int sent = new ProcessBuilder("kill", "-SEGV", String.valueOf(child.pid()))
                .start()
                .waitFor();
        assertThat(sent).isZero();
    }
}
