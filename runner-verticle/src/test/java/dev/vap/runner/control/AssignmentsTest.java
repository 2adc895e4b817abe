package dev.vap.runner.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.Deployments;
import dev.vap.runner.session.RunningSession;
import dev.vap.runner.session.SessionOutcome;
import dev.vap.runner.time.FakeTimers;
import dev.vap.shared.protocol.AssignedSet;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.HeartbeatReply;
import dev.vap.shared.protocol.RetryMessage;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.protocol.SessionReport.State;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AssignmentsTest {

    private static final int CAPACITY = 2;
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final FakeTimers timers = new FakeTimers();
    private final List<FakeSession> sessions = new ArrayList<>();
    private final List<RetryMessage> failures = new ArrayList<>();
    private final Assignments assignments =
            new Assignments(Deployments.RUNNER, CAPACITY, GRACE, timers, this::session, failures::add, () -> {});

    private final Deployments one = Deployments.of("a.mp4");
    private final Deployments two = Deployments.of("b.mp4");

    @Test
    void startsWhatIsDeployedHereOnce() {
        accept(one, one, one.withRunner("another"), two.withRunner("another"));
        assertThat(sessions).hasSize(1);
        assertThat(sessions.get(0).started).isTrue();
        assertThat(states()).containsExactly(State.RUNNING);
        assertThat(assignments.running()).isEqualTo(1);
    }

    @Test
    void ignoresAnOlderEpoch() {
        Deployments newer = one.next();
        accept(newer, one);
        assertThat(sessions).singleElement().satisfies(s -> assertThat(s.command)
                .isEqualTo(newer.command()));
        assertThat(states()).containsExactly(State.RUNNING);
    }

    @Test
    void endsTheOlderSessionBeforeItStartsTheNewerOne() {
        Deployments newer = one.next();
        accept(one, newer);
        assertThat(sessions).hasSize(1);
        assertThat(sessions.get(0).stopReason).isEqualTo("replaced by epoch 2");
        assertThat(states()).containsExactly(State.RUNNING, State.STARTING);
        sessions.get(0).end(SessionOutcome.stopped("replaced"));
        assertThat(sessions).hasSize(2);
        assertThat(states()).containsExactly(State.STOPPED, State.RUNNING);
    }

    @Test
    void startsOnlyTheNewestOfSeveralThatWait() {
        Deployments second = one.next();
        Deployments third = second.next();
        accept(one, second, third);
        sessions.get(0).end(SessionOutcome.stopped("replaced"));
        assertThat(sessions).extracting(s -> s.command.epoch()).containsExactly(1L, 3L);
        assertThat(states()).containsExactly(State.STOPPED, State.STOPPED, State.RUNNING);
    }

    @Test
    void doesNotWaitForEverForASessionThatDoesNotEnd() {
        accept(one, one.next());
        timers.advance(Duration.ofSeconds(6));
        assertThat(sessions).hasSize(2);
        sessions.get(0).end(SessionOutcome.stopped("at last"));
        assertThat(sessions).hasSize(2);
        assertThat(states()).containsExactly(State.STOPPED, State.RUNNING);
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
        assertThat(states()).containsExactly(State.RUNNING, State.RUNNING, State.FAILED);
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
        assertThat(states()).containsExactly(State.STOPPED);
        assignments.apply(new HeartbeatReply(List.of(), List.of(one.command().workerId())));
        assertThat(states()).isEmpty();
        accept(one);
        assertThat(sessions).hasSize(1);
    }

    @Test
    void doesNotStartWhatWasShutDownBefore() {
        accept(one.shutdown(), one);
        assertThat(sessions).isEmpty();
        assertThat(states()).containsExactly(State.STOPPED);
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
        assignments.apply(new HeartbeatReply(List.of(two.command().workerId()), List.of()));
        assertThat(sessions.get(0).stopReason).isNull();
        assertThat(sessions.get(1).stopReason).isNotNull();
    }

    @Test
    void doesNotForgetWhatStillRuns() {
        accept(one);
        assignments.apply(new HeartbeatReply(List.of(), List.of(one.command().workerId())));
        assertThat(states()).containsExactly(State.RUNNING);
    }

    @Test
    void startsWhatTheAssignedSetHasAndStopsWhatItHasNot() {
        accept(one);
        timers.advance(GRACE);
        assignments.reconcile(new AssignedSet(List.of(two.command())));
        assertThat(sessions).hasSize(2);
        assertThat(sessions.get(0).stopReason).isNotNull();
        assertThat(sessions.get(1).stopReason).isNull();
    }

    @Test
    void sparesAYoungSessionThatTheAssignedSetMayNotKnowYet() {
        accept(one);
        assignments.reconcile(new AssignedSet(List.of()));
        assertThat(sessions.get(0).stopReason).isNull();
    }

    @Test
    void stopsWhatIsListedAsShutDown() {
        accept(one);
        assignments.reconcile(new AssignedSet(List.of(one.shutdown().command())));
        assertThat(sessions.get(0).stopReason).isNotNull();
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
        assertThat(states()).containsExactly(State.FAILED);
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
        assertThat(states()).containsExactly(State.STOPPED, State.FAILED);
    }

    @Test
    void stopsAWorkerThatWaitsForItsPredecessor() {
        Deployments newer = one.next();
        accept(one, newer, newer.shutdown());
        sessions.get(0).end(SessionOutcome.stopped("replaced"));
        assertThat(sessions).hasSize(1);
        assertThat(states()).containsExactly(State.STOPPED, State.STOPPED);
    }

    @Test
    void keepsABoundedNumberOfEndsNobodyNotes() {
        for (int i = 0; i < 5_000; i++) {
            accept(Deployments.of("x.mp4"));
            sessions.get(i).end(SessionOutcome.finished());
        }
        assertThat(assignments.reports()).hasSize(4_096 + CAPACITY);
        assertThat(assignments.running()).isZero();
    }

    private void accept(Deployments... commands) {
        for (Deployments command : commands) {
            assignments.accept(command.command());
        }
    }

    private List<State> states() {
        return assignments.reports().stream().map(SessionReport::state).toList();
    }

    private RunningSession session(DeployCommand command, Runnable onChange) {
        FakeSession session = new FakeSession(command);
        sessions.add(session);
        return session;
    }

    private static final class FakeSession implements RunningSession {
        final DeployCommand command;
        final Promise<SessionOutcome> ended = Promise.promise();
        boolean started;
        String stopReason;
        State state = State.RUNNING;

        FakeSession(DeployCommand command) {
            this.command = command;
        }

        void end(SessionOutcome outcome) {
            state = outcome.state();
            ended.complete(outcome);
        }

        @Override
        public void start() {
            started = true;
        }

        @Override
        public void stop(String reason) {
            stopReason = reason;
        }

        @Override
        public SessionReport report() {
            return Reports.without(command, state, stopReason);
        }

        @Override
        public Future<SessionOutcome> ended() {
            return ended.future();
        }
    }
}
