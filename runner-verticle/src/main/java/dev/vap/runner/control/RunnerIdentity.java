package dev.vap.runner.control;

import dev.vap.shared.protocol.DeployCommand;
import java.util.UUID;

/**
 * Who this runner is to the others.
 *
 * @param runnerId unique in the cluster at any one time
 * @param instance of this process; the same id with another one is another runner
 * @param host for people
 * @param capacity sessions at once
 */
public record RunnerIdentity(String runnerId, UUID instance, String host, long pid, int capacity) {

    /** Not so for a command to a process that had the id before. */
    boolean isMeantBy(DeployCommand command) {
        return command.runnerId().equals(runnerId) && command.instance().equals(instance);
    }
}
