package dev.vap.orchestrator;

import static dev.vap.shared.domain.ScenarioStatus.ACTIVE;
import static dev.vap.shared.domain.ScenarioStatus.INACTIVE;
import static dev.vap.shared.domain.ScenarioStatus.INIT_STARTUP;
import static dev.vap.shared.domain.ScenarioStatus.IN_STARTUP_PROCESSING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.protocol.Protocol;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.storage.Ids;
import dev.vap.shared.storage.Workers;
import dev.vap.testing.Await;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Every scenario has one owner, whoever dies, comes back, or is more than one. */
class OwnershipIT extends OrchestratorFixture {

    @Test
    void aScenarioWhoseRunnersDieThreeTimesIsQuarantined() throws Exception {
        Scenario s = create();
        for (int death = 1; death <= 3; death++) {
            FakeRunner runner = runner("r" + death, 1);
            Await.until("deployed", LONG, () -> runner.sessions.size() == 1);
            runner.report(s.uuid(), SessionReport.State.RUNNING);
            awaitStatus(s, ACTIVE);
            runner.silent = true;
            if (death < 3) {
                awaitStatus(s, IN_STARTUP_PROCESSING);
            }
        }
        assertThat(awaitStatus(s, INACTIVE).statusReason())
                .isEqualTo("quarantined: 3 runners died while running it; check the source, then start it again");

        // Whoever starts it again has looked at it: it is not quarantined at the first loss.
        await(scenarios.requestStart(ScenarioRef.of(s.uuid())));
        FakeRunner next = runner("r4", 1);
        Await.until("deployed", LONG, () -> next.sessions.size() == 1);
        next.report(s.uuid(), SessionReport.State.RUNNING);
        awaitStatus(s, ACTIVE);
        next.silent = true;
        assertThat(awaitStatus(s, IN_STARTUP_PROCESSING).epoch()).isEqualTo(4);
    }

    @Test
    void aSourceThatKillsItsRunnersBeforeTheyCanSayAWordIsQuarantinedToo() throws Exception {
        Scenario s = create();
        for (int death = 1; death <= 3; death++) {
            FakeRunner runner = runner("r" + death, 1);
            runner.deaf = true;
            long epoch = death;
            Await.value("assigned", LONG, () -> now(s), x -> x.epoch() == epoch);
            runner.silent = true;
            Await.value("lost", LONG, () -> await(workers.newest(s.uuid())).orElseThrow(), w -> !w.status()
                    .isLive());
        }
        assertThat(awaitStatus(s, INACTIVE).statusReason()).startsWith("quarantined");
    }

    @Test
    void aRunnerThatDrainsIsNotGivenBackWhatItHandsOver() throws Exception {
        FakeRunner leaving = runner("a-leaving", 4);
        Scenario s = running(leaving);
        FakeRunner staying = runner("b-staying", 1);
        leaving.draining = true;
        leaving.report(s.uuid(), SessionReport.State.STOPPED);
        Await.until("handed over", LONG, () -> staying.sessions.size() == 1);
        assertThat(leaving.commands).hasSize(1);
        assertThat(staying.commands.get(0).epoch()).isEqualTo(2);
    }

    @Test
    void anotherProcessUnderTheSameIdInheritsNothing() throws Exception {
        FakeRunner before = runner("r1", 4);
        Scenario s = running(before);
        before.silent = true;
        FakeRunner after = new FakeRunner(context.vertx(), settings, database, "r1", 4);
        fleet.add(after);
        Await.until("it has the lease", LONG, () -> await(after.ready().map(true)) && after.hasLease);
        Await.until("deployed anew", LONG, () -> after.sessions.size() == 1);
        assertThat(after.commands.get(0).epoch()).isEqualTo(2);
        assertThat(after.commands.get(0).instance()).isEqualTo(after.instance);
        Await.value(
                "the new worker", LONG, () -> await(workers.newest(s.uuid())).orElseThrow(), w -> w.instance()
                        .equals(after.instance));
    }

    @Test
    void whoeverWaitsIsNotOvertaken() throws Exception {
        FakeRunner runner = runner("r1", 1);
        Scenario holder = running(runner);
        Scenario first = create();
        awaitReason(first, "waiting for capacity: 1 runner, 1/1 workers");
        // The place becomes free at the moment in which somebody else asks for one.
        Future<Scenario> stop = scenarios.requestStop(ScenarioRef.of(holder.uuid()));
        Scenario second = create();
        await(stop);
        Await.until("told to stop", LONG, () -> !runner.toldToStop.isEmpty());
        runner.report(holder.uuid(), SessionReport.State.STOPPED);
        awaitStatus(first, IN_STARTUP_PROCESSING);
        assertThat(now(second).status()).isEqualTo(INIT_STARTUP);
    }

    @Test
    void aRunnerThatCantReadTheseMessagesGetsNothing() throws Exception {
        FakeRunner old = new FakeRunner(context.vertx(), settings, database, "old", 4);
        old.protocol = Protocol.VERSION - 1;
        fleet.add(old);
        await(old.ready());
        Scenario s = create();
        awaitReason(s, "waiting for capacity: no runner is up; 1 too old for this cluster, update them");
        FakeRunner current = runner("new", 1);
        Await.until("deployed", LONG, () -> current.sessions.size() == 1);
        assertThat(old.commands).isEmpty();
    }

    @Test
    void aRunnerThatHoldsWhatItShouldNotIsToldSo() throws Exception {
        FakeRunner runner = runner("r1", 4);
        Scenario s = running(runner);
        Workers.Worker worker = await(workers.newest(s.uuid())).orElseThrow();
        await(database.inTransaction(tx -> workers.changeAll(
                tx,
                List.of(new Workers.StatusChange(
                        worker.workerId(), Workers.Status.STOPPED, "by the test", null, -1)))));
        Await.until("told", LONG, () -> runner.toldToStop.contains(worker.workerId()));
    }

    @Test
    void severalOrchestratorsPlaceABurstOnce() throws Exception {
        await(context.vertx().deployVerticle(new OrchestratorVerticle(context)));
        FakeRunner a = runner("a", 150);
        FakeRunner b = runner("b", 150);
        List<Future<Scenario>> created = IntStream.range(0, 200)
                .mapToObj(i -> scenarios.create(Ids.next(), "rtsp://camera/" + i, "mock", ScenarioOptions.DEFAULTS))
                .toList();
        List<Scenario> all = new ArrayList<>();
        for (Future<Scenario> future : created) {
            all.add(await(future));
        }
        Await.until("all deployed", LONG, () -> a.sessions.size() + b.sessions.size() == 200);
        assertThat(a.sessions).hasSize(100);
        all.forEach(s -> {
            a.report(s.uuid(), SessionReport.State.RUNNING);
            b.report(s.uuid(), SessionReport.State.RUNNING);
        });
        for (Scenario s : all) {
            Scenario active = awaitStatus(s, ACTIVE);
            assertThat(active.epoch()).isEqualTo(1);
        }
    }
}
