package dev.vap.orchestrator.control;

import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.AssignedSet;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.storage.Workers;
import dev.vap.shared.storage.Workers.Assignment;
import dev.vap.shared.storage.Workers.Status;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
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
        // The other way round, what begins between the two would be held as confirmed without the runner knowing of it.
        return workers.held(runnerId, instance).compose(held -> workers.unconfirmed(
                        runnerId, instance, AssignedSet.MAX_COMMANDS)
                .map(unconfirmed -> {
                    AssignedSet set = new AssignedSet(
                            instance,
                            held,
                            unconfirmed.stream().map(AssignedSets::command).toList());
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
