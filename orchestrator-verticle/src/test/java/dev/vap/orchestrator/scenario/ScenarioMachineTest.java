package dev.vap.orchestrator.scenario;

import static dev.vap.shared.domain.ScenarioStatus.ACTIVE;
import static dev.vap.shared.domain.ScenarioStatus.INACTIVE;
import static dev.vap.shared.domain.ScenarioStatus.INIT_SHUTDOWN;
import static dev.vap.shared.domain.ScenarioStatus.INIT_STARTUP;
import static dev.vap.shared.domain.ScenarioStatus.IN_SHUTDOWN_PROCESSING;
import static dev.vap.shared.domain.ScenarioStatus.IN_STARTUP_PROCESSING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.ScenarioStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ScenarioMachineTest {

    private static final long EPOCH = 3;

    private final ScenarioMachine machine =
            new ScenarioMachine(5, 3, (attempt, random) -> Duration.ofSeconds(attempt), new Random(1));

    /** One trigger of each kind, in the current epoch. */
    private static final Map<String, Trigger> TRIGGERS = new LinkedHashMap<>();

    static {
        TRIGGERS.put("runner chosen", new Trigger.RunnerChosen("r1"));
        TRIGGERS.put("no capacity", new Trigger.NoCapacity("waiting"));
        TRIGGERS.put("first frame", new Trigger.FirstFrame(EPOCH, 4711));
        TRIGGERS.put("end of file", new Trigger.EndOfFile(EPOCH));
        TRIGGERS.put("failed, retryable", new Trigger.SessionFailed(EPOCH, "refused", true));
        TRIGGERS.put("failed for good", new Trigger.SessionFailed(EPOCH, "no video", false));
        TRIGGERS.put("runner lost", new Trigger.RunnerLost(EPOCH, "r1", 1));
        TRIGGERS.put("runner lost again and again", new Trigger.RunnerLost(EPOCH, "r1", 3));
        TRIGGERS.put("session stopped", new Trigger.SessionStopped(EPOCH, "r1"));
        TRIGGERS.put("updated", new Trigger.Updated(EPOCH, "options changed", false));
        TRIGGERS.put("updated live", new Trigger.Updated(EPOCH, "options changed", true));
        TRIGGERS.put("begin shutdown", new Trigger.BeginShutdown());
        TRIGGERS.put("stop overdue", new Trigger.StopOverdue(EPOCH));
    }

    /** What each trigger leads to; "-" is a refusal, "=" leaves the status as it is. Columns: statuses in their order. */
    private static final Map<String, List<String>> WITH_WORKER = Map.ofEntries(
            Map.entry("runner chosen", row("in_startup_processing", "-", "-", "-", "-", "-")),
            Map.entry("no capacity", row("=", "-", "-", "-", "-", "-")),
            Map.entry("first frame", row("-", "active", "=", "=", "=", "-")),
            Map.entry("end of file", row("-", "init_shutdown", "init_shutdown", "=", "inactive", "-")),
            Map.entry(
                    "failed, retryable",
                    row("-", "in_startup_processing", "in_startup_processing", "=", "inactive", "-")),
            Map.entry("failed for good", row("-", "init_shutdown", "init_shutdown", "=", "inactive", "-")),
            Map.entry("runner lost", row("-", "in_startup_processing", "in_startup_processing", "=", "inactive", "-")),
            Map.entry("runner lost again and again", row("-", "init_shutdown", "init_shutdown", "=", "inactive", "-")),
            Map.entry(
                    "session stopped",
                    row("-", "in_startup_processing", "in_startup_processing", "=", "inactive", "-")),
            Map.entry("updated", row("=", "in_startup_processing", "in_startup_processing", "=", "=", "=")),
            Map.entry("updated live", row("=", "=", "=", "=", "=", "=")),
            Map.entry("begin shutdown", row("-", "-", "-", "in_shutdown_processing", "=", "-")),
            Map.entry("stop overdue", row("-", "-", "-", "-", "inactive", "-")));

    /** Without a live worker nothing that a worker says is believed. */
    private static final Map<String, List<String>> WITHOUT_WORKER = Map.ofEntries(
            Map.entry("runner chosen", row("in_startup_processing", "in_startup_processing", "-", "-", "-", "-")),
            Map.entry("no capacity", row("=", "=", "-", "-", "-", "-")),
            Map.entry("first frame", row("-", "-", "-", "-", "-", "-")),
            Map.entry("end of file", row("-", "-", "-", "-", "-", "-")),
            Map.entry("failed, retryable", row("-", "-", "-", "-", "-", "-")),
            Map.entry("failed for good", row("-", "-", "-", "-", "-", "-")),
            Map.entry("runner lost", row("-", "-", "-", "-", "-", "-")),
            Map.entry("runner lost again and again", row("-", "-", "-", "-", "-", "-")),
            Map.entry("session stopped", row("-", "-", "-", "-", "-", "-")),
            Map.entry("updated", row("=", "in_startup_processing", "in_startup_processing", "=", "=", "=")),
            Map.entry("updated live", row("=", "in_startup_processing", "in_startup_processing", "=", "=", "=")),
            Map.entry("begin shutdown", row("-", "-", "-", "in_shutdown_processing", "inactive", "-")),
            Map.entry("stop overdue", row("-", "-", "-", "-", "-", "-")));

    @TestFactory
    List<DynamicTest> everyStatusMeetsEveryTrigger() {
        List<DynamicTest> tests = new ArrayList<>();
        for (boolean worker : new boolean[] {true, false}) {
            for (Map.Entry<String, Trigger> trigger : TRIGGERS.entrySet()) {
                List<String> row = (worker ? WITH_WORKER : WITHOUT_WORKER).get(trigger.getKey());
                int column = 0;
                for (ScenarioStatus status : ScenarioStatus.values()) {
                    String expected = row.get(column++);
                    String name = status.wire() + (worker ? " with" : " without") + " a worker: " + trigger.getKey();
                    tests.add(DynamicTest.dynamicTest(
                            name, () -> assertLeadsTo(state(status, worker), trigger.getValue(), expected)));
                }
            }
        }
        return tests;
    }

    private void assertLeadsTo(ScenarioMachine.State state, Trigger trigger, String expected) {
        Decision d = machine.decide(state, trigger);
        String outcome = d.rejected() ? "-" : d.next() == null ? "=" : d.next().wire();
        assertThat(outcome).isEqualTo(expected);
        if (d.next() != null) {
            assertThat(state.status().mayBecome(d.next())).isTrue();
        }
        if (d.rejected()) {
            assertThat(d.effects()).isEmpty();
        }
    }

    @Test
    void anotherEpochIsNotBelieved() {
        for (Trigger trigger : List.of(
                new Trigger.FirstFrame(EPOCH - 1, 4711),
                new Trigger.EndOfFile(EPOCH - 1),
                new Trigger.SessionFailed(EPOCH - 1, "x", true),
                new Trigger.RunnerLost(EPOCH - 1, "r1", 1),
                new Trigger.SessionStopped(EPOCH - 1, "r1"),
                new Trigger.Updated(EPOCH - 1, "options changed", true),
                new Trigger.StopOverdue(EPOCH - 1))) {
            for (ScenarioStatus status : ScenarioStatus.values()) {
                assertThat(machine.decide(state(status, true), trigger).rejected())
                        .isTrue();
            }
        }
        assertThat(machine.decide(state(ACTIVE, true), new Trigger.EndOfFile(2)).rejection())
                .isEqualTo("Epoch 2 of scenario 7 is over; it is active in epoch 3");
    }

    @Test
    void anAssignmentOpensANewEpoch() {
        Decision d = machine.decide(state(INIT_STARTUP, false), new Trigger.RunnerChosen("r2"));
        assertThat(d.newEpoch()).isTrue();
        assertThat(d.effects()).containsExactly(new Effect.Assign("r2"));
    }

    @Test
    void aFailureIsTriedAgainLaterAndLater() {
        Decision d = machine.decide(
                new ScenarioMachine.State(7, ACTIVE, null, EPOCH, 2, true),
                new Trigger.SessionFailed(EPOCH, "connection refused", true));
        assertThat(d.next()).isEqualTo(IN_STARTUP_PROCESSING);
        assertThat(d.attempt()).isEqualTo(3);
        assertThat(d.delay()).isEqualTo(Duration.ofSeconds(3));
        assertThat(d.reason()).isEqualTo("attempt 3 of 5 failed, next in 3 s: connection refused");
        assertThat(d.effects()).containsExactly(new Effect.EndWorker(Effect.End.FAILED, "connection refused"));
    }

    @Test
    void givesUpAfterTheLastAttempt() {
        Decision d = machine.decide(
                new ScenarioMachine.State(7, ACTIVE, null, EPOCH, 4, true),
                new Trigger.SessionFailed(EPOCH, "401 Unauthorized", true));
        assertThat(d.next()).isEqualTo(INIT_SHUTDOWN);
        assertThat(d.reason()).isEqualTo("gave up after 5 attempts: 401 Unauthorized");
    }

    @Test
    void aFrameMakesEarlierFailuresForgotten() {
        Decision d = machine.decide(
                new ScenarioMachine.State(7, IN_STARTUP_PROCESSING, "x", EPOCH, 4, true),
                new Trigger.FirstFrame(EPOCH, 4711));
        assertThat(d.attempt()).isZero();
        assertThat(d.effects()).containsExactly(new Effect.WorkerRuns(4711));
    }

    @Test
    void aPoisonousStreamIsQuarantined() {
        Decision d = machine.decide(state(ACTIVE, true), new Trigger.RunnerLost(EPOCH, "r1", 3));
        assertThat(d.next()).isEqualTo(INIT_SHUTDOWN);
        assertThat(d.reason()).startsWith("quarantined: 3 runners died");
    }

    @Test
    void anUpdateDismissesTheWorkerAndForgetsEarlierFailures() {
        Decision d = machine.decide(
                new ScenarioMachine.State(7, ACTIVE, null, EPOCH, 3, true),
                new Trigger.Updated(EPOCH, "camera_url changed", false));
        assertThat(d.next()).isEqualTo(IN_STARTUP_PROCESSING);
        assertThat(d.reason()).isEqualTo("camera_url changed");
        assertThat(d.newEpoch()).as("the assignment opens it").isFalse();
        assertThat(d.attempt()).isZero();
        assertThat(d.delay()).isZero();
        assertThat(d.effects()).containsExactly(new Effect.DismissWorker("camera_url changed"));
    }

    @Test
    void aWorkerGoesOnWithWhatItCanTakeAsItRuns() {
        Trigger update = new Trigger.Updated(EPOCH, "options changed", true);
        for (ScenarioStatus status : List.of(IN_STARTUP_PROCESSING, ACTIVE)) {
            Decision d = machine.decide(state(status, true), update);
            assertThat(d.effects()).containsExactly(new Effect.TellRunnerOfOptions());
            assertThat(d.next()).isNull();
            assertThat(d.newEpoch()).isFalse();
            assertThat(d.reason()).isNull();
        }
        assertThat(machine.decide(state(INIT_SHUTDOWN, true), update).effects())
                .as("what goes down needs no options")
                .isEmpty();
    }

    @Test
    void anUpdateEndsTheWaitForTheNextAttempt() {
        Decision d = machine.decide(
                new ScenarioMachine.State(
                        7, IN_STARTUP_PROCESSING, "attempt 3 of 5 failed, next in 9 s: 401", EPOCH, 3, false),
                new Trigger.Updated(EPOCH, "camera_url changed", false));
        assertThat(d.attempt()).isZero();
        assertThat(d.delay()).isZero();
        assertThat(d.effects()).isEmpty();
    }

    @Test
    void theReasonOfAStopStaysToTheEnd() {
        ScenarioMachine.State down =
                new ScenarioMachine.State(7, IN_SHUTDOWN_PROCESSING, "stopped by user", EPOCH, 0, true);
        assertThat(machine.decide(down, new Trigger.SessionStopped(EPOCH, "r1")).reason())
                .isEqualTo("stopped by user");
        assertThat(machine.decide(down, new Trigger.StopOverdue(EPOCH)).next()).isEqualTo(INACTIVE);
    }

    private static ScenarioMachine.State state(ScenarioStatus status, boolean worker) {
        return new ScenarioMachine.State(7, status, "why", EPOCH, 0, worker);
    }

    private static List<String> row(String... outcomes) {
        return List.of(outcomes);
    }
}
