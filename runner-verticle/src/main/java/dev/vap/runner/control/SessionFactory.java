package dev.vap.runner.control;

import dev.vap.runner.session.RunningSession;
import dev.vap.shared.protocol.DeployCommand;

/** Makes sessions, which are not started yet. */
@FunctionalInterface
public interface SessionFactory {

    /**
     * @param onChange to be called whenever its state has changed
     */
    RunningSession create(DeployCommand command, Runnable onChange);
}
