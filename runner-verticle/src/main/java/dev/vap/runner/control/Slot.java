package dev.vap.runner.control;

import dev.vap.runner.session.RunningSession;
import dev.vap.shared.protocol.AssignedSet.Held;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.protocol.SessionReport.State;
import java.util.UUID;

/** A worker of this runner. Confined to the runner's context. */
final class Slot {

    enum Phase {
        /** Not in the roster yet. */
        NEW,
        /** Runs, or is to run as soon as the session before it has ended. */
        LIVE,
        /** Its session was told to stop. */
        STOPPING,
        /** Its end is to be reported. */
        ENDED
    }

    final UUID scenario;
    final UUID workerId;
    final long epoch;
    /** With the newest options known. Null of a worker that is known by its id only, and never runs. */
    DeployCommand command;

    final long since;
    Phase phase = Phase.NEW;
    /** Null while it waits, and after its end. */
    RunningSession session;

    /** The last report; null before the end. */
    SessionReport end;

    /** The state that was last put up for reporting, and when it is due to be told: for the first time, or again. */
    State announced;

    long due;

    Slot(DeployCommand command, long since) {
        this.scenario = command.scenario();
        this.workerId = command.workerId();
        this.epoch = command.epoch();
        this.command = command;
        this.since = since;
    }

    Slot(Held held, long since) {
        this.scenario = held.scenario();
        this.workerId = held.workerId();
        this.epoch = held.epoch();
        this.command = null;
        this.since = since;
    }

    boolean hasEnded() {
        return phase == Phase.ENDED;
    }

    State state() {
        if (end != null) {
            return end.state();
        }
        return session == null ? State.STARTING : session.state();
    }

    SessionReport report() {
        if (end != null) {
            return end;
        }
        return session == null
                ? Reports.without(this, State.STARTING, "waiting for the session before it")
                : session.report();
    }
}
