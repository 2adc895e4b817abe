package dev.vap.orchestrator;

import static dev.vap.shared.domain.ScenarioStatus.ACTIVE;
import static dev.vap.shared.domain.ScenarioStatus.INACTIVE;
import static dev.vap.shared.domain.ScenarioStatus.INIT_STARTUP;
import static dev.vap.shared.domain.ScenarioStatus.IN_STARTUP_PROCESSING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.messaging.KafkaConfig;
import dev.vap.shared.protocol.AssignedSet;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.storage.Ids;
import dev.vap.shared.storage.Outbox;
import dev.vap.shared.storage.ScenarioChanges;
import dev.vap.shared.storage.Scenarios;
import dev.vap.shared.storage.Workers;
import dev.vap.testing.Await;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A scenario whose source or options are changed while it exists. */
class UpdateIT extends OrchestratorFixture {

    private static final String WRONG = "rtsp://u:wrong@camera/1";
    private static final String RIGHT = "rtsp://u:right@camera/1";

    private Scenario live() throws Exception {
        return await(scenarios.create(Ids.next(), WRONG, "mock", ScenarioOptions.DEFAULTS));
    }

    private Scenario change(Scenario s, String url) throws Exception {
        return await(scenarios.update(ScenarioRef.of(s.uuid()), url, options -> options));
    }

    private static List<DeployCommand> deployments(FakeRunner runner) {
        return runner.commands.stream()
                .filter(c -> c.kind() == DeployCommand.Kind.DEPLOY)
                .toList();
    }

    @Test
    void aRunningScenarioGoesOnUnderANewEpochWithWhatIsNew() throws Exception {
        FakeRunner runner = runner("r1", 1);
        Scenario s = live();
        Await.until("deployed", LONG, () -> deployments(runner).size() == 1);
        runner.report(s.uuid(), SessionReport.State.RUNNING);
        awaitStatus(s, ACTIVE);
        await(results.store(List.of(result(s, 0), result(s, 41))));
        UUID before = await(workers.newest(s.uuid())).orElseThrow().workerId();

        change(s, RIGHT);
        Await.until("deployed anew", LONG, () -> deployments(runner).size() == 2);
        DeployCommand again = deployments(runner).get(1);
        assertThat(again.epoch()).isEqualTo(2);
        assertThat(again.cameraUrl()).isEqualTo(RIGHT);
        assertThat(again.startFrame()).as("frames are counted on").isEqualTo(42);
        assertThat(again.attempt()).isZero();
        Await.until("the old session is told to stop", LONG, () -> runner.toldToStop.contains(before));
        assertThat(runner.commands)
                .extracting(DeployCommand::epoch, DeployCommand::kind)
                .containsExactly(
                        tuple(1L, DeployCommand.Kind.DEPLOY),
                        tuple(1L, DeployCommand.Kind.SHUTDOWN),
                        tuple(2L, DeployCommand.Kind.DEPLOY));

        // What the old session says now is of an epoch that is over.
        runner.states.put(before, SessionReport.State.STOPPED);
        Await.until("it is forgotten", LONG, () -> !runner.sessions.containsKey(before));
        runner.states.put(again.workerId(), SessionReport.State.RUNNING);
        assertThat(awaitStatus(s, ACTIVE).epoch()).isEqualTo(2);
        List<Scenarios.Event> events = await(scenarios.events(s.uuid(), 100));
        assertThat(events)
                .extracting(Scenarios.Event::to)
                .containsExactly(
                        INIT_STARTUP,
                        IN_STARTUP_PROCESSING,
                        ACTIVE,
                        ACTIVE,
                        IN_STARTUP_PROCESSING,
                        IN_STARTUP_PROCESSING,
                        ACTIVE);
        assertThat(events.subList(3, 5))
                .extracting(Scenarios.Event::actor, Scenarios.Event::reason)
                .containsExactly(tuple("api", "camera_url changed"), tuple("orchestrator", "camera_url changed"));
        assertThat(events.toString()).doesNotContain("right").doesNotContain("wrong");
    }

    private Scenario slow(Scenario s, double fps) throws Exception {
        return await(scenarios.update(ScenarioRef.of(s.uuid()), null, options -> options.withFps(fps)));
    }

    @Test
    void aWorkerIsToldOfOptionsThatItCanTakeAsItRunsAndStaysWhatItIs() throws Exception {
        FakeRunner runner = runner("r1", 1);
        Scenario s = running(runner);
        DeployCommand first = deployments(runner).get(0);

        slow(s, 5);
        Await.until("it is told", LONG, () -> runner.commands.size() == 2);
        slow(s, 3);
        Await.until("it is told again", LONG, () -> runner.commands.size() == 3);
        assertThat(runner.commands.subList(1, 3))
                .extracting(DeployCommand::kind, DeployCommand::workerId, DeployCommand::epoch, c -> c.options()
                        .fps())
                .containsExactly(
                        tuple(DeployCommand.Kind.UPDATE, first.workerId(), 1L, 5.0),
                        tuple(DeployCommand.Kind.UPDATE, first.workerId(), 1L, 3.0));
        assertThat(runner.commands)
                .extracting(DeployCommand::revision)
                .isSorted()
                .doesNotHaveDuplicates();
        Scenario now = now(s);
        assertThat(now.status()).isEqualTo(ACTIVE);
        assertThat(now.epoch()).isEqualTo(1);
        assertThat(await(workers.newest(s.uuid())).orElseThrow().status()).isEqualTo(Workers.Status.RUNNING);
        assertThat(runner.toldToStop).isEmpty();
        assertThat(await(scenarios.events(s.uuid(), 100)))
                .extracting(Scenarios.Event::to)
                .containsExactly(INIT_STARTUP, IN_STARTUP_PROCESSING, ACTIVE, ACTIVE, ACTIVE);

        await(scenarios.update(ScenarioRef.of(s.uuid()), null, options -> options.toBuilder()
                .loop(true)
                .build()));
        Await.until("deployed anew", LONG, () -> deployments(runner).size() == 2);
        assertThat(deployments(runner).get(1).options().fps()).isEqualTo(3.0);
        assertThat(deployments(runner).get(1).epoch()).isEqualTo(2);
    }

    @Test
    void aRunnerThatMissedOptionsFindsThemInItsAssignedSet() throws Exception {
        FakeRunner runner = runner("r1", 2);
        Scenario s = running(runner);
        Scenario other = running(runner);
        runner.deaf = true;
        Scenario changed = slow(s, 5);
        runner.wantsSet = true;
        AssignedSet set = Await.value(
                "the set",
                LONG,
                () -> runner.lastSet,
                x -> x != null && !x.held().isEmpty());
        assertThat(set.held())
                .filteredOn(h -> h.scenario().equals(s.uuid()))
                .singleElement()
                .satisfies(h -> {
                    assertThat(h.options()).isEqualTo(changed.options());
                    assertThat(h.revision()).isEqualTo(changed.version());
                });
        assertThat(set.held())
                .filteredOn(h -> h.scenario().equals(other.uuid()))
                .singleElement()
                .satisfies(h -> assertThat(h.options()).isNull());
    }

    @Test
    void aRunnerOfAnOlderVersionGetsANewWorkerInstead() throws Exception {
        FakeRunner runner = runner("r1", 1);
        runner.changesLive = false;
        Await.until("its lease says so", LONG, runner::hasRenewedTwice);
        Scenario s = running(runner);
        slow(s, 5);
        Await.until("deployed anew", LONG, () -> deployments(runner).size() == 2);
        assertThat(deployments(runner).get(1).options().fps()).isEqualTo(5.0);
        assertThat(deployments(runner).get(1).epoch()).isEqualTo(2);
        assertThat(runner.commands).extracting(DeployCommand::kind).doesNotContain(DeployCommand.Kind.UPDATE);
    }

    @Test
    void aMendedPasswordIsTriedAtOnceAlthoughTheNextAttemptIsFarAway() throws Exception {
        Scenario s = live();
        awaitReason(s, "waiting for capacity: no runner is up");
        Scenario waiting = now(s);
        ScenarioChanges changes = new ScenarioChanges(
                new Outbox(database, KafkaConfig.from(settings).topics()));
        ScenarioChanges.Step failed =
                new ScenarioChanges.Step(INIT_STARTUP, IN_STARTUP_PROCESSING, "attempt 3 of 5 failed", 1);
        await(database.inTransaction(tx -> changes.apply(
                tx,
                List.of(new ScenarioChanges.Change(
                        waiting, List.of(failed), failed.reason(), 1, 3, Duration.ofHours(1), false, "test")))));
        FakeRunner runner = runner("r1", 1);

        change(s, RIGHT);
        Await.until("deployed", LONG, () -> !deployments(runner).isEmpty());
        assertThat(deployments(runner).get(0).cameraUrl()).isEqualTo(RIGHT);
        assertThat(deployments(runner).get(0).epoch()).isEqualTo(2);
        assertThat(deployments(runner).get(0).attempt()).isZero();
    }

    @Test
    void onlyTheWorkerThatHasTheOldOnesIsReplaced() throws Exception {
        FakeRunner first = runner("r1", 1);
        Scenario s = live();
        Await.until("deployed", LONG, () -> deployments(first).size() == 1);
        first.report(s.uuid(), SessionReport.State.RUNNING);
        awaitStatus(s, ACTIVE);

        // Three in a row: whatever runs in the end has the last of them, and no worker is replaced that has it already.
        change(s, RIGHT + "?a");
        change(s, RIGHT + "?b");
        change(s, RIGHT + "?c");
        Await.until("deployed with the last one", LONG, () -> deployments(first).stream()
                .anyMatch(c -> c.cameraUrl().endsWith("?c")));
        DeployCommand last = deployments(first).get(deployments(first).size() - 1);
        assertThat(last.cameraUrl()).endsWith("?c");
        first.report(s.uuid(), SessionReport.State.RUNNING);
        Scenario now =
                Await.value("settled", LONG, () -> now(s), x -> x.status() == ACTIVE && x.epoch() == last.epoch());
        assertThat(await(workers.newest(s.uuid())).orElseThrow().status()).isEqualTo(Workers.Status.RUNNING);
        assertThat(now.cameraUrl()).endsWith("?c");
    }

    @Test
    void whatIsNotRunningOnlyKeepsWhatIsNew() throws Exception {
        Scenario s = live();
        change(s, RIGHT);
        await(scenarios.requestStop(ScenarioRef.of(s.uuid())));
        awaitStatus(s, INACTIVE);
        change(s, RIGHT + "/2");
        assertThat(now(s).status()).isEqualTo(INACTIVE);

        FakeRunner runner = runner("r1", 1);
        await(scenarios.requestStart(ScenarioRef.of(s.uuid())));
        Await.until("deployed", LONG, () -> deployments(runner).size() == 1);
        assertThat(deployments(runner).get(0).cameraUrl()).isEqualTo(RIGHT + "/2");
        assertThat(deployments(runner).get(0).epoch()).isEqualTo(1);
    }

    @Test
    void aScenarioThatIsBeingStoppedIsNotStartedAgain() throws Exception {
        FakeRunner runner = runner("r1", 1);
        Scenario s = live();
        Await.until("deployed", LONG, () -> deployments(runner).size() == 1);
        await(scenarios.requestStop(ScenarioRef.of(s.uuid())));
        change(s, RIGHT);
        Await.until("told to stop", LONG, () -> !runner.toldToStop.isEmpty());
        runner.report(s.uuid(), SessionReport.State.STOPPED);
        Scenario end = awaitStatus(s, INACTIVE);
        assertThat(end.cameraUrl()).isEqualTo(RIGHT);
        assertThat(end.statusReason()).isEqualTo("stopped by user");
        assertThat(deployments(runner)).hasSize(1);
    }

    @Test
    void whoeverWaitsDoesNotTakeThePlaceOfAChangedScenario() throws Exception {
        FakeRunner runner = runner("r1", 1);
        Scenario s = live();
        Await.until("deployed", LONG, () -> deployments(runner).size() == 1);
        Scenario waiting = create();
        awaitReason(waiting, "waiting for capacity: 1 runner, 1/1 workers");
        change(s, RIGHT);
        Await.until("deployed anew", LONG, () -> deployments(runner).size() == 2);
        assertThat(deployments(runner).get(1).scenario()).isEqualTo(s.uuid());
        assertThat(now(waiting).status()).isEqualTo(INIT_STARTUP);
    }
}
