package dev.vap.orchestrator.control;

import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.AssignedSet;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.storage.Workers;
import dev.vap.shared.storage.Workers.Assignment;
import dev.vap.shared.storage.Workers.Status;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Tells a runner's process what it should be running, when it asks or seems not to know. Confined to one context. */
public final class AssignedSets {

    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final Vertx vertx;
    private final LongSupplier nanos;
    private final Workers workers;
    private final Map<UUID, Long> sentNanos = new HashMap<>();

    /**
     * @param nanos a monotonic clock
     */
    public AssignedSets(Vertx vertx, LongSupplier nanos, Workers workers) {
        this.vertx = vertx;
        this.nanos = nanos;
        this.workers = workers;
    }

    /** The same, but not before a while has passed since the last one: a set of thousands keeps its runner busy. */
    public Future<Void> repeat(String runnerId, UUID instance) {
        Long last = sentNanos.get(instance);
        return last != null && nanos.getAsLong() - last < PAUSE_NANOS
                ? Future.succeededFuture()
                : send(runnerId, instance);
    }

    /** Completes once it is on its way; whether it arrives shows in the runner's next heartbeats. */
    public Future<Void> send(String runnerId, UUID instance) {
        long now = nanos.getAsLong();
        sentNanos.values().removeIf(sent -> now - sent > PAUSE_NANOS);
        sentNanos.put(instance, now);
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
