package dev.vap.runner.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.runner.Deployments;
import dev.vap.runner.session.RunningSession;
import dev.vap.runner.session.SessionOutcome;
import dev.vap.runner.time.FakeTimers;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.AssignedSet;
import dev.vap.shared.protocol.AssignedSet.Held;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.Heartbeat;
import dev.vap.shared.protocol.HeartbeatReply;
import dev.vap.shared.protocol.RetryMessage;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.protocol.SessionReport.State;
import dev.vap.shared.storage.Ids;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AssignmentsTest {

    private static final int CAPACITY = 2;
    private static final Duration GRACE = Duration.ofSeconds(2);
    private static final Duration REPEAT = Duration.ofMillis(500);

    private final FakeTimers timers = new FakeTimers();
    private final List<FakeSession> sessions = new ArrayList<>();
    private final List<RetryMessage> failures = new ArrayList<>();
    private int changes;
    private final Map<UUID, State> known = new HashMap<>();
    private final RunnerIdentity identity =
            new RunnerIdentity(Deployments.RUNNER, Deployments.INSTANCE, "box", 4711, CAPACITY);
    private final Assignments assignments =
            new Assignments(identity, GRACE, REPEAT, timers, this::session, failures::add, () -> changes++);

    private final Deployments one = Deployments.of("a.mp4");
    private final Deployments two = Deployments.of("b.mp4");

    @Test
    void startsWhatIsDeployedHereOnce() {
        accept(one, one, one.withRunner("another"), two.withRunner("another"));
        assertThat(sessions).hasSize(1);
        assertThat(sessions.get(0).started).isTrue();
        assertThat(states(one)).containsExactly(State.RUNNING);
        assertThat(assignments.running()).isEqualTo(1);
    }

    @Test
    void letsASessionGoOnWithNewerOptionsOnly() {
        accept(one, one.update(slow(5), 2), one.update(slow(3), 1), one.update(slow(5), 2), one.update(slow(7), 4));
        FakeSession session = sessions.get(0);
        assertThat(session.changes).containsExactly(slow(5), slow(7));
        assertThat(session.stopReason).isNull();
        assertThat(sessions).hasSize(1);
    }

    @Test
    void leavesOptionsForWhichTheSourceIsOpenedAnewToTheNextWorker() {
        accept(one, one.update(ScenarioOptions.builder().loop(true).build(), 2));
        assertThat(sessions.get(0).changes).isEmpty();
    }

    @Test
    void startsAWorkerThatWaitedWithTheNewestOptions() {
        Deployments second = one.next();
        accept(one, second, second.update(slow(5), 2));
        assertThat(sessions.get(0).changes).as("it has to go anyway").isEmpty();
        sessions.get(0).end(SessionOutcome.stopped("replaced"));
        assertThat(sessions.get(1).command.options()).isEqualTo(slow(5));
        assertThat(sessions.get(1).command.epoch()).isEqualTo(2);
    }

    @Test
    void ignoresOptionsForWorkersItDoesNotHave() {
        accept(one.update(slow(5), 2));
        assertThat(sessions).isEmpty();
        accept(one);
        sessions.get(0).end(SessionOutcome.finished());
        accept(one.update(slow(5), 2));
        assertThat(sessions.get(0).changes).isEmpty();
        assertThat(states(one)).containsExactly(State.FINISHED);
    }

    @Test
    void findsOptionsThatItMissedInTheAssignedSet() {
        accept(one, two);
        Held changed = new Held(
                one.command().workerId(),
                one.command().scenario(),
                one.command().epoch(),
                true,
                slow(5),
                3);
        AssignedSet set = new AssignedSet(
                Deployments.INSTANCE,
                List.of(changed, two.held(true)),
                List.of(two.update(slow(2), 9).command()));
        assignments.reconcile(set);
        assignments.reconcile(set);
        assertThat(sessions.get(0).changes).containsExactly(slow(5));
        assertThat(sessions.get(1).changes).containsExactly(slow(2));
    }

    @Test
    void tellsTheSessionThatSomebodyWatches() {
        accept(one);
        assignments.watch(one.command().scenario(), Duration.ofSeconds(3));
        assertThat(sessions.get(0).watched).isEqualTo(Duration.ofSeconds(3));
        assertThatThrownBy(() -> assignments.watch(two.command().scenario(), Duration.ofSeconds(3)))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_RUNNING));
    }

    private static ScenarioOptions slow(double fps) {
        return ScenarioOptions.builder().fps(fps).build();
    }

    @Test
    void ignoresAnOlderEpoch() {
        Deployments newer = one.next();
        accept(newer, one);
        assertThat(sessions).singleElement().satisfies(s -> assertThat(s.command)
                .isEqualTo(newer.command()));
        assertThat(states(newer, one)).containsExactly(State.RUNNING, null);
    }

    @Test
    void endsTheOlderSessionBeforeItStartsTheNewerOne() {
        Deployments newer = one.next();
        accept(one, newer);
        assertThat(sessions).hasSize(1);
        assertThat(sessions.get(0).stopReason).isEqualTo("replaced by epoch 2");
        assertThat(states(one, newer)).containsExactly(State.STOPPING, State.STARTING);
        sessions.get(0).end(SessionOutcome.stopped("replaced"));
        assertThat(sessions).hasSize(2);
        assertThat(states(one, newer)).containsExactly(State.STOPPED, State.RUNNING);
    }

    @Test
    void startsOnlyTheNewestOfSeveralThatWait() {
        Deployments second = one.next();
        Deployments third = second.next();
        accept(one, second, third);
        sessions.get(0).end(SessionOutcome.stopped("replaced"));
        assertThat(sessions).extracting(s -> s.command.epoch()).containsExactly(1L, 3L);
        assertThat(states(one, second, third)).containsExactly(State.STOPPED, State.STOPPED, State.RUNNING);
    }

    @Test
    void doesNotWaitForEverForASessionThatDoesNotEnd() {
        Deployments newer = one.next();
        accept(one, newer);
        timers.advance(Duration.ofSeconds(6));
        assertThat(sessions).hasSize(2);
        sessions.get(0).end(SessionOutcome.stopped("at last"));
        assertThat(sessions).hasSize(2);
        assertThat(states(one, newer)).containsExactly(State.STOPPED, State.RUNNING);
    }

    @Test
    void replacesASessionEvenWhenFull() {
        accept(one, two, one.next());
        sessions.get(0).end(SessionOutcome.stopped("replaced"));
        assertThat(sessions).hasSize(3);
        assertThat(failures).isEmpty();
    }

    @Test
    void refusesMoreThanItsCapacity() {
        Deployments three = Deployments.of("c.mp4");
        accept(one, two, three);
        assertThat(sessions).hasSize(2);
        assertThat(states(one, two, three)).containsExactly(State.RUNNING, State.RUNNING, State.FAILED);
        assertThat(failures).singleElement().satisfies(f -> {
            assertThat(f.retryable()).isTrue();
            assertThat(f.reason()).isEqualTo("The runner is full: 2 of 2 sessions.");
            assertThat(f.workerId()).isEqualTo(three.command().workerId());
        });
    }

    @Test
    void stopsOnRequestAndReportsItUntilForgotten() {
        accept(one, one.shutdown(), one.shutdown());
        assertThat(sessions.get(0).stopReason).isEqualTo("stopped on request");
        sessions.get(0).end(SessionOutcome.stopped("stopped on request"));
        assertThat(states(one)).containsExactly(State.STOPPED);
        assertThat(toldAgain()).containsExactly(one.command().workerId());
        assignments.apply(
                new HeartbeatReply(List.of(), List.of(), Map.of(one.command().workerId(), State.STOPPED)));
        assertThat(toldAgain()).containsExactly(one.command().workerId());
        forget(one);
        assertThat(toldAgain()).isEmpty();
        accept(one);
        assertThat(sessions).hasSize(1);
    }

    @Test
    void doesNotStartWhatWasShutDownBefore() {
        accept(one.shutdown(), one);
        assertThat(sessions).isEmpty();
        assertThat(states(one)).containsExactly(State.STOPPED);
    }

    @Test
    void doesNotStopANewerEpochForAnOlderShutdown() {
        accept(one.next());
        accept(one.shutdown());
        assertThat(sessions.get(0).stopReason).isNull();
    }

    @Test
    void stopsStaleWorkersNamedInAnAnswer() {
        accept(one, two);
        assignments.apply(new HeartbeatReply(List.of(two.command().workerId()), List.of(), Map.of()));
        assertThat(sessions.get(0).stopReason).isNull();
        assertThat(sessions.get(1).stopReason).isNotNull();
    }

    @Test
    void doesNotForgetWhatStillRuns() {
        accept(one);
        forget(one);
        assertThat(states(one)).containsExactly(State.RUNNING);
        assertThat(assignments.running()).isEqualTo(1);
    }

    @Test
    void startsWhatTheAssignedSetHasAndStopsWhatItHasNot() {
        accept(one);
        timers.advance(GRACE);
        reconcile(List.of(two.held(false)), two);
        assertThat(sessions).hasSize(2);
        assertThat(sessions.get(0).stopReason).isNotNull();
        assertThat(sessions.get(1).stopReason).isNull();
    }

    @Test
    void sparesAYoungSessionThatTheAssignedSetMayNotKnowYet() {
        accept(one);
        reconcile(List.of());
        assertThat(sessions.get(0).stopReason).isNull();
    }

    @Test
    void stopsWhatIsListedAsShutDown() {
        accept(one);
        reconcile(List.of(one.held(true)), one.shutdown());
        assertThat(sessions.get(0).stopReason).isEqualTo("stopped on request");
    }

    @Test
    void keepsWhatIsHeld() {
        accept(one);
        timers.advance(GRACE);
        reconcile(List.of(one.held(true)));
        assertThat(sessions.get(0).stopReason).isNull();
        assertThat(states(one)).containsExactly(State.RUNNING);
    }

    @Test
    void reportsAsStoppedWhatItShouldHaveAndHasNot() {
        reconcile(List.of(one.held(true), two.held(false)));
        Heartbeat heartbeat = assignments.heartbeat();
        assertThat(heartbeat.changed()).singleElement().satisfies(r -> {
            assertThat(r.workerId()).isEqualTo(one.command().workerId());
            assertThat(r.scenario()).isEqualTo(one.command().scenario());
            assertThat(r.epoch()).isEqualTo(1);
            assertThat(r.state()).isEqualTo(State.STOPPED);
            assertThat(r.reason()).isEqualTo("was not running");
        });
        // Said is said: a command that comes late must not start it behind the orchestrator's back.
        accept(one);
        assertThat(sessions).isEmpty();
    }

    @Test
    void saysNothingOfAnOlderAssignmentThatAnOldSetStillHolds() {
        accept(one.next());
        reconcile(List.of(one.held(true)), one);
        assertThat(sessions).hasSize(1);
        assertThat(states(one)).containsExactly((State) null);
    }

    @Test
    void reportsTheEndOnceMoreWhenASetAsksForAWorkerThatIsForgotten() {
        accept(one);
        sessions.get(0).end(SessionOutcome.finished());
        forget(one);
        reconcile(List.of(one.held(false)), one);
        assertThat(sessions).hasSize(1);
        assertThat(states(one)).containsExactly(State.STOPPED);
    }

    @Test
    void ignoresWhatIsMeantForAProcessThatHadItsIdBefore() {
        Deployments forAnother = one.withInstance(Ids.next());
        accept(forAnother, forAnother.shutdown());
        accept(two);
        timers.advance(GRACE);
        assignments.reconcile(new AssignedSet(Ids.next(), List.of(one.held(true)), List.of()));
        assertThat(states(one, two)).containsExactly(null, State.RUNNING);
        reconcile(List.of(two.held(true)), forAnother);
        assertThat(sessions).hasSize(1);
        assertThat(states(one)).containsExactly((State) null);
    }

    @Test
    void wantsTheAssignedSetUntilItCameAndAgainWhenMessagesMayBeMissing() {
        assertThat(assignments.heartbeat().wantsSet()).isTrue();
        assignments.reconcile(new AssignedSet(Ids.next(), List.of(), List.of()));
        assertThat(assignments.heartbeat().wantsSet()).isTrue();
        reconcile(List.of());
        assertThat(assignments.heartbeat().wantsSet()).isFalse();
        int before = changes;
        assignments.mayHaveMissed();
        assertThat(assignments.heartbeat().wantsSet()).isTrue();
        assertThat(changes).isEqualTo(before + 1);
    }

    @Test
    void countsInTotalAndDigestWhatRunsOrIsToRun() {
        Deployments newer = one.next();
        accept(one, two, newer);
        // The first one is being stopped; its successor waits.
        Heartbeat heartbeat = assignments.heartbeat();
        assertThat(heartbeat.total()).isEqualTo(2);
        assertThat(heartbeat.digest())
                .isEqualTo(Heartbeat.digest(
                        List.of(two.command().workerId(), newer.command().workerId())));
        sessions.get(0).end(SessionOutcome.stopped("replaced"));
        sessions.get(1).end(SessionOutcome.finished());
        accept(newer.shutdown());
        assertThat(assignments.heartbeat().total()).isZero();
        assertThat(assignments.heartbeat().digest()).isZero();
        assertThat(assignments.running()).isEqualTo(1);
        sessions.get(2).end(SessionOutcome.stopped("stopped"));
        assertThat(assignments.running()).isZero();
    }

    @Test
    void tellsOfAFailureWhetherItMayBeTriedAgain() {
        accept(one);
        sessions.get(0).end(SessionOutcome.failed("The file a.mp4 does not exist.", false));
        assertThat(failures).singleElement().satisfies(f -> {
            assertThat(f.retryable()).isFalse();
            assertThat(f.reason()).isEqualTo("The file a.mp4 does not exist.");
            assertThat(f.epoch()).isEqualTo(1);
        });
        assertThat(states(one)).containsExactly(State.FAILED);
    }

    @Test
    void takesNothingNewWhileDraining() {
        accept(one);
        Future<Void> drained = assignments.drain();
        accept(two);
        assertThat(failures).singleElement().satisfies(f -> assertThat(f.reason())
                .contains("shutting down"));
        assertThat(drained.isComplete()).isFalse();
        sessions.get(0).end(SessionOutcome.stopped("draining"));
        assertThat(drained.succeeded()).isTrue();
        assertThat(states(one, two)).containsExactly(State.STOPPED, State.FAILED);
    }

    @Test
    void stopsAWorkerThatWaitsForItsPredecessor() {
        Deployments newer = one.next();
        accept(one, newer, newer.shutdown());
        sessions.get(0).end(SessionOutcome.stopped("replaced"));
        assertThat(sessions).hasSize(1);
        assertThat(states(one, newer)).containsExactly(State.STOPPED, State.STOPPED);
    }

    private void accept(Deployments... commands) {
        for (Deployments command : commands) {
            assignments.accept(command.command());
        }
    }

    private void reconcile(List<Held> held, Deployments... commands) {
        List<DeployCommand> all =
                Arrays.stream(commands).map(Deployments::command).toList();
        assignments.reconcile(new AssignedSet(Deployments.INSTANCE, held, all));
    }

    private void forget(Deployments... commands) {
        List<UUID> ids =
                Arrays.stream(commands).map(c -> c.command().workerId()).toList();
        assignments.apply(new HeartbeatReply(List.of(), ids, Map.of()));
    }

    /** The states as whoever reads all heartbeats knows them. */
    private List<State> states(Deployments... commands) {
        Heartbeat heartbeat = assignments.heartbeat();
        heartbeat.sessions().forEach(r -> known.put(r.workerId(), r.state()));
        return Arrays.stream(commands)
                .map(c -> known.get(c.command().workerId()))
                .toList();
    }

    /** What a heartbeat tells after everything in flight had time to be answered. */
    private List<UUID> toldAgain() {
        timers.advance(REPEAT);
        return assignments.heartbeat().changed().stream()
                .map(SessionReport::workerId)
                .toList();
    }

    private RunningSession session(DeployCommand command, Runnable onChange) {
        FakeSession session = new FakeSession(command, onChange);
        sessions.add(session);
        return session;
    }
}
