package dev.vap.orchestrator;

import static dev.vap.shared.domain.ScenarioStatus.ACTIVE;
import static dev.vap.shared.domain.ScenarioStatus.INACTIVE;
import static dev.vap.shared.domain.ScenarioStatus.INIT_SHUTDOWN;
import static dev.vap.shared.domain.ScenarioStatus.INIT_STARTUP;
import static dev.vap.shared.domain.ScenarioStatus.IN_SHUTDOWN_PROCESSING;
import static dev.vap.shared.domain.ScenarioStatus.IN_STARTUP_PROCESSING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.messaging.KafkaConfig;
import dev.vap.shared.messaging.KafkaPublisher;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.storage.Workers;
import dev.vap.testing.Await;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class OrchestratorIT extends OrchestratorFixture {

    @Test
    void drivesAScenarioThroughAllSixStatuses() throws Exception {
        FakeRunner runner = runner("r1", 4);
        Scenario s = create();
        awaitStatus(s, IN_STARTUP_PROCESSING);
        Await.until("deployed", LONG, () -> runner.sessions.size() == 1);
        runner.report(s.uuid(), SessionReport.State.RUNNING);
        awaitStatus(s, ACTIVE);
        assertThat(await(workers.newest(s.uuid())).orElseThrow().status()).isEqualTo(Workers.Status.RUNNING);

        await(scenarios.requestStop(ScenarioRef.of(s.uuid())));
        awaitStatus(s, IN_SHUTDOWN_PROCESSING);
        Await.until("told to stop", LONG, () -> !runner.toldToStop.isEmpty());
        runner.report(s.uuid(), SessionReport.State.STOPPED);
        Scenario end = awaitStatus(s, INACTIVE);

        assertThat(end.statusReason()).isEqualTo("stopped by user");
        assertThat(history(s))
                .containsExactly(
                        INIT_STARTUP, IN_STARTUP_PROCESSING, ACTIVE, INIT_SHUTDOWN, IN_SHUTDOWN_PROCESSING, INACTIVE);
        Await.until("forgotten", LONG, () -> runner.sessions.isEmpty());
    }

    @Test
    void theEndOfAFileEndsTheScenarioWithItsReason() throws Exception {
        FakeRunner runner = runner("r1", 4);
        Scenario s = running(runner);
        runner.report(s.uuid(), SessionReport.State.FINISHED);
        assertThat(awaitStatus(s, INACTIVE).statusReason()).isEqualTo("end of file");
        assertThat(await(workers.newest(s.uuid())).orElseThrow().lastFrame()).isEqualTo(9);
        assertThat(history(s))
                .containsExactly(
                        INIT_STARTUP, IN_STARTUP_PROCESSING, ACTIVE, INIT_SHUTDOWN, IN_SHUTDOWN_PROCESSING, INACTIVE);
    }

    @Test
    void waitsForCapacityInWordsAndStartsInTheOrderAskedFor() throws Exception {
        Scenario first = create();
        awaitReason(first, "waiting for capacity: no runner is up");
        Scenario second = create();
        FakeRunner runner = runner("r1", 1);
        awaitStatus(first, IN_STARTUP_PROCESSING);
        awaitReason(second, "waiting for capacity: 1 runner, 1/1 workers");
        Await.until("deployed", LONG, () -> runner.sessions.size() == 1);
        runner.report(first.uuid(), SessionReport.State.FINISHED);
        awaitStatus(first, INACTIVE);
        awaitStatus(second, IN_STARTUP_PROCESSING);
    }

    @Test
    void placesOnTheRunnerWithTheLowestShareInUse() throws Exception {
        FakeRunner big = runner("big", 8);
        FakeRunner small = runner("small", 2);
        for (int i = 0; i < 5; i++) {
            create();
        }
        Await.until("all placed", LONG, () -> big.sessions.size() + small.sessions.size() == 5);
        assertThat(big.sessions).hasSize(4);
        assertThat(small.sessions).hasSize(1);
    }

    @Test
    void aStopDuringStartUpWorks() throws Exception {
        FakeRunner runner = runner("r1", 4);
        Scenario s = create();
        Await.until("deployed", LONG, () -> runner.sessions.size() == 1);
        await(scenarios.requestStop(ScenarioRef.of(s.uuid())));
        Await.until("told to stop", LONG, () -> !runner.toldToStop.isEmpty());
        runner.report(s.uuid(), SessionReport.State.STOPPED);
        awaitStatus(s, INACTIVE);
        assertThat(history(s)).doesNotContain(ACTIVE);
    }

    @Test
    void aStopBeforeAnyRunnerWasFoundWorks() throws Exception {
        Scenario s = create();
        await(scenarios.requestStop(ScenarioRef.of(s.uuid())));
        awaitStatus(s, INACTIVE);
    }

    @Test
    void aStopThatNobodyConfirmsEndsAtItsDeadline() throws Exception {
        FakeRunner runner = runner("r1", 4);
        Scenario s = running(runner);
        await(scenarios.requestStop(ScenarioRef.of(s.uuid())));
        awaitStatus(s, INACTIVE);
        Workers.Worker worker = await(workers.newest(s.uuid())).orElseThrow();
        assertThat(worker.status()).isEqualTo(Workers.Status.STOPPED);
        assertThat(worker.reason()).isEqualTo("the runner did not confirm the stop in time");
    }

    @Test
    void aFailureThatCantBeHelpedEndsTheScenarioAtOnce() throws Exception {
        FakeRunner runner = runner("r1", 4);
        Scenario s = running(runner);
        await(runner.fail(s.uuid(), "The file x.mp4 has no video stream.", false));
        assertThat(awaitStatus(s, INACTIVE).statusReason()).isEqualTo("The file x.mp4 has no video stream.");
    }

    @Test
    void aFailureIsTriedAgainInANewEpochUntilGivenUp() throws Exception {
        FakeRunner runner = runner("r1", 4);
        Scenario s = create();
        Await.until("deployed", LONG, () -> runner.sessions.size() == 1);
        await(runner.fail(s.uuid(), "connection refused", true));
        Await.until("deployed again", LONG, () -> runner.commands.size() == 2);
        assertThat(runner.commands).extracting(DeployCommand::epoch).containsExactly(1L, 2L);
        assertThat(runner.commands.get(1).attempt()).isEqualTo(1);
        Await.until("the failed one is forgotten", LONG, () -> runner.sessions.size() == 1);
        await(runner.fail(s.uuid(), "connection refused", true));
        assertThat(awaitStatus(s, INACTIVE).statusReason()).isEqualTo("gave up after 2 attempts: connection refused");
    }

    @Test
    void scenariosOfALostRunnerGoOnElsewhereAtTheFirstFrameNotStored() throws Exception {
        FakeRunner lost = runner("r1", 4);
        Scenario s = running(lost);
        await(results.store(List.of(result(s, 0), result(s, 1), result(s, 2))));
        FakeRunner other = runner("r2", 4);
        lost.silent = true;
        Await.until("moved", LONG, () -> other.sessions.size() == 1);
        DeployCommand moved = other.commands.get(0);
        assertThat(moved.epoch()).isEqualTo(2);
        assertThat(moved.startFrame()).isEqualTo(3);
        other.report(s.uuid(), SessionReport.State.RUNNING);
        awaitStatus(s, ACTIVE);
        lost.silent = false;
        Await.until("the zombie is told", LONG, () -> !lost.toldToStop.isEmpty());
    }

    @Test
    void aRunnerThatMissedItsMessageIsToldAgain() throws Exception {
        FakeRunner runner = runner("r1", 4);
        runner.deaf = true;
        create();
        Await.until("told by the assigned set", LONG, () -> runner.sessions.size() == 1);
    }

    @Test
    void aPoisonMessageBlocksNothing() throws Exception {
        FakeRunner runner = runner("r1", 4);
        KafkaConfig kafka = KafkaConfig.from(settings);
        KafkaPublisher publisher = new KafkaPublisher(context.vertx(), kafka, "poison", 10, Duration.ofSeconds(5));
        for (int i = 0; i < 4; i++) {
            await(publisher.send(kafka.topics().initScenario(), "k" + i, "{\"v\":1,\"command\":\"fly\"}"));
        }
        create();
        Await.until("deployed", LONG, () -> runner.sessions.size() == 1);
        await(publisher.close(Duration.ofSeconds(1)));
    }
}
