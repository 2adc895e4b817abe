package dev.vap.runner.control;

import dev.vap.runner.session.RunningSession;
import dev.vap.runner.session.SessionOutcome;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.protocol.SessionReport.State;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Runs at once, and ends when the test says so. */
final class FakeSession implements RunningSession {

    final DeployCommand command;
    private final Runnable onChange;
    private final Promise<SessionOutcome> ended = Promise.promise();
    boolean started;
    String stopReason;
    final List<ScenarioOptions> changes = new ArrayList<>();
    Duration watched;
    private State state = State.STARTING;

    FakeSession(DeployCommand command, Runnable onChange) {
        this.command = command;
        this.onChange = onChange;
    }

    void become(State next) {
        state = next;
        onChange.run();
    }

    void end(SessionOutcome outcome) {
        become(outcome.state());
        ended.complete(outcome);
    }

    @Override
    public void start() {
        started = true;
        become(State.RUNNING);
    }

    @Override
    public void stop(String reason) {
        stopReason = reason;
        become(State.STOPPING);
    }

    @Override
    public void change(ScenarioOptions options) {
        changes.add(options);
    }

    @Override
    public void watch(Duration ttl) {
        watched = ttl;
    }

    @Override
    public State state() {
        return state;
    }

    @Override
    public SessionReport report() {
        return Reports.without(new Slot(command, 0), state, stopReason);
    }

    @Override
    public Future<SessionOutcome> ended() {
        return ended.future();
    }
}
