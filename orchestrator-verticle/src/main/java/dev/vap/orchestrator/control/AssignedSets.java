package dev.vap.orchestrator.control;

import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.AssignedSet;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.storage.Workers;
import dev.vap.shared.storage.Workers.Assignment;
import dev.vap.shared.storage.Workers.Status;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.UUID;

/** Tells a runner's process what it should be running, when it asks or seems not to know. */
public final class AssignedSets {

    private final Vertx vertx;
    private final Workers workers;

    public AssignedSets(Vertx vertx, Workers workers) {
        this.vertx = vertx;
        this.workers = workers;
    }

    /** Completes once it is on its way; whether it arrives shows in the runner's next heartbeats. */
    public Future<Void> send(String runnerId, UUID instance) {
        // What begins between the two is in neither; what ends there is held, unknown to the runner, and rejected when
        // it
        // tells so. The other way round, what begins would be held without its command.
        return workers.held(runnerId, instance)
                .compose(held -> workers.unconfirmed(runnerId, instance, AssignedSet.MAX_COMMANDS)
                        .map(unconfirmed -> {
                            List<DeployCommand> commands = unconfirmed.stream()
                                    .filter(a -> held.containsKey(a.worker().workerId()))
                                    .map(AssignedSets::command)
                                    .toList();
                            AssignedSet set = new AssignedSet(instance, held.keySet(), commands);
                            vertx.eventBus().send(Addresses.runnerSync(runnerId), set.toJson());
                            return null;
                        }));
    }

    private static DeployCommand command(Assignment a) {
        return Draft.command(
                a.worker().status() == Status.STOPPING ? DeployCommand.Kind.SHUTDOWN : DeployCommand.Kind.DEPLOY,
                a.scenario(),
                new Draft.Place(
                        a.worker().runnerId(), a.worker().instance(), a.worker().startFrame()),
                a.worker().workerId());
    }
}
