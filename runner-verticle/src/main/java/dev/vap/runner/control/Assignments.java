package dev.vap.runner.control;

import dev.vap.runner.session.RunningSession;
import dev.vap.runner.session.SessionOutcome;
import dev.vap.runner.time.Timers;
import dev.vap.shared.protocol.AssignedSet;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.DeployCommand.Kind;
import dev.vap.shared.protocol.HeartbeatReply;
import dev.vap.shared.protocol.RetryMessage;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.protocol.SessionReport.State;
import dev.vap.shared.storage.Ids;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which workers this runner has, and what becomes of them. Commands may come twice, late, or in the wrong order; the epoch
 * decides: an older one than the newest known of its scenario is ignored, a newer one first ends the session before it.
 * Nothing is started twice. The end of every worker is reported until the orchestrator says that it has noted it.
 *
 * <p>Confined to the runner's context, except {@link #running()}.
 */
public final class Assignments {

    private static final Logger LOG = LoggerFactory.getLogger(Assignments.class);

    /** Scenarios whose newest epoch is remembered after their workers are gone. */
    private static final int MAX_EPOCHS = 10_000;

    /** Ends that nobody has noted. Only reached when commands go on coming while no heartbeat is answered. */
    private static final int MAX_ENDS = 4_096;

    /** A session that can't be ended (a native call that hangs) holds its successor up for so long at most. */
    private static final Duration PREDECESSOR_PATIENCE = Duration.ofSeconds(5);

    private final String runnerId;
    private final int capacity;
    private final Duration syncGrace;
    private final Timers timers;
    private final SessionFactory factory;
    private final Consumer<RetryMessage> failures;
    private final Runnable onChange;
    private final Map<UUID, Slot> byWorker = new LinkedHashMap<>();
    private final Map<UUID, Slot> current = new HashMap<>();
    private final Map<UUID, Slot> successors = new HashMap<>();
    private final Map<UUID, Long> epochs = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<UUID, Long> eldest) {
            return size() > MAX_EPOCHS;
        }
    };
    private boolean draining;
    private volatile int running;

    /** A worker: waiting for its predecessor (no session, no end), running (a session), or ended. */
    private static final class Slot {
        final DeployCommand command;
        final long since;
        RunningSession session;
        boolean stopping;
        SessionReport end;

        Slot(DeployCommand command, long since) {
            this.command = command;
            this.since = since;
        }
    }

    /**
     * @param capacity sessions at once
     * @param syncGrace a worker younger than this is not stopped for missing in an assigned set, which may be older
     * @param failures told of every session that failed or was refused
     * @param onChange told whenever a report has changed its state
     */
    public Assignments(
            String runnerId,
            int capacity,
            Duration syncGrace,
            Timers timers,
            SessionFactory factory,
            Consumer<RetryMessage> failures,
            Runnable onChange) {
        this.runnerId = runnerId;
        this.capacity = capacity;
        this.syncGrace = syncGrace;
        this.timers = timers;
        this.factory = factory;
        this.failures = failures;
        this.onChange = onChange;
    }

    /** Carries out one command; those for other runners are ignored. */
    public void accept(DeployCommand command) {
        if (!command.runnerId().equals(runnerId)) {
            return;
        }
        Slot known = byWorker.get(command.workerId());
        if (command.kind() == Kind.SHUTDOWN) {
            shutdown(command, known);
        } else if (known == null) {
            deploy(command);
        }
    }

    /** Starts what is listed and missing, and stops what is not listed. */
    public void reconcile(AssignedSet set) {
        Set<UUID> listed = new HashSet<>();
        listed.addAll(set.held());
        set.commands().forEach(this::accept);
        long now = timers.nanos();
        for (Slot slot : List.copyOf(byWorker.values())) {
            boolean young = now - slot.since < syncGrace.toNanos();
            if (slot.end == null && !young && !listed.contains(slot.command.workerId())) {
                stop(slot, "not assigned to this runner any more");
            }
        }
    }

    /** Does what the orchestrator answered to a heartbeat. */
    public void apply(HeartbeatReply reply) {
        for (UUID worker : reply.stop()) {
            Slot slot = byWorker.get(worker);
            if (slot != null && slot.end == null) {
                stop(slot, "stopped by the orchestrator");
            }
        }
        for (UUID worker : reply.forget()) {
            Slot slot = byWorker.get(worker);
            if (slot != null && slot.end != null) {
                byWorker.remove(worker);
            }
        }
    }

    /** Stops every session; new ones may be started. */
    public void stopAll(String reason) {
        for (Slot slot : List.copyOf(byWorker.values())) {
            if (slot.end == null) {
                stop(slot, reason);
            }
        }
    }

    /** Takes nothing new and stops every session; completes once all have ended. Harmless when repeated. */
    public Future<Void> drain() {
        draining = true;
        List<Future<?>> ends = new ArrayList<>();
        for (Slot slot : byWorker.values()) {
            if (slot.session != null) {
                ends.add(slot.session.ended());
            }
        }
        stopAll("the runner is shutting down");
        return Future.join(ends).mapEmpty();
    }

    public boolean isDraining() {
        return draining;
    }

    /** One report per worker that was not forgotten, oldest first. */
    public List<SessionReport> reports() {
        List<SessionReport> reports = new ArrayList<>(byWorker.size());
        for (Slot slot : byWorker.values()) {
            reports.add(
                    slot.end != null
                            ? slot.end
                            : slot.session != null
                                    ? slot.session.report()
                                    : Reports.without(
                                            slot.command, State.STARTING, "waiting for the session before it"));
        }
        return reports;
    }

    /** Sessions that run, or wait to, or are being stopped. Safe for any thread. */
    public int running() {
        return running;
    }

    private void shutdown(DeployCommand command, Slot known) {
        long newest = epochs.getOrDefault(command.scenario(), -1L);
        if (command.epoch() > newest) {
            epochs.put(command.scenario(), command.epoch());
        }
        Slot holder = successors.getOrDefault(command.scenario(), current.get(command.scenario()));
        if (known != null) {
            if (known.end == null) {
                stop(known, "stopped on request");
            }
        } else {
            // It overtook its deployment, which the epoch will keep out, or comes for the second time: confirm it.
            end(new Slot(command, timers.nanos()), State.STOPPED, "was not running");
        }
        if (holder != null && !holder.equals(known) && holder.end == null && holder.command.epoch() < command.epoch()) {
            stop(holder, "a newer assignment was stopped");
        }
    }

    private void deploy(DeployCommand command) {
        Long newest = epochs.get(command.scenario());
        if (newest != null && command.epoch() <= newest) {
            LOG.debug("ignored: {}; the newest epoch known is {}", command, newest);
            return;
        }
        epochs.put(command.scenario(), command.epoch());
        Slot slot = new Slot(command, timers.nanos());
        Slot before = current.get(command.scenario());
        boolean replaces = before != null && before.end == null;
        if (draining) {
            refuse(slot, "The runner is shutting down.");
        } else if (!replaces && active() >= capacity) {
            refuse(slot, "The runner is full: " + capacity + " of " + capacity + " sessions.");
        } else {
            byWorker.put(command.workerId(), slot);
            if (replaces) {
                await(slot, before);
            } else {
                start(slot);
            }
        }
        // Whatever became of the new one: the old epoch has lost.
        if (replaces) {
            stop(before, "replaced by epoch " + command.epoch());
        }
        changed();
    }

    private void await(Slot slot, Slot before) {
        Slot earlier = successors.put(slot.command.scenario(), slot);
        if (earlier != null) {
            end(earlier, State.STOPPED, "replaced by epoch " + slot.command.epoch());
        }
        timers.after(PREDECESSOR_PATIENCE, () -> startSuccessor(before.command.scenario(), slot));
    }

    private void startSuccessor(UUID scenario, Slot expected) {
        Slot slot = successors.get(scenario);
        if (slot != null && (expected == null || slot.equals(expected))) {
            successors.remove(scenario);
            start(slot);
        }
    }

    private void start(Slot slot) {
        current.put(slot.command.scenario(), slot);
        slot.session = factory.create(slot.command, this::changed);
        slot.session.ended().onSuccess(outcome -> ended(slot, outcome));
        slot.session.start();
        changed();
    }

    private void ended(Slot slot, SessionOutcome outcome) {
        slot.end = slot.session.report();
        slot.session = null;
        if (outcome.state() == State.FAILED) {
            tell(slot.command, outcome.reason(), outcome.retryable());
        }
        current.remove(slot.command.scenario(), slot);
        startSuccessor(slot.command.scenario(), null);
        forgetOldest();
        changed();
    }

    private void stop(Slot slot, String reason) {
        if (slot.session != null) {
            if (!slot.stopping) {
                slot.stopping = true;
                slot.session.stop(reason);
            }
        } else if (slot.end == null) {
            successors.remove(slot.command.scenario(), slot);
            end(slot, State.STOPPED, reason);
        }
    }

    private void refuse(Slot slot, String reason) {
        LOG.warn("refused: {}: {}", slot.command, reason);
        tell(slot.command, reason, true);
        end(slot, State.FAILED, reason);
    }

    private void end(Slot slot, State state, String reason) {
        slot.end = Reports.without(slot.command, state, reason);
        byWorker.put(slot.command.workerId(), slot);
        forgetOldest();
        changed();
    }

    private void tell(DeployCommand command, String reason, boolean retryable) {
        failures.accept(new RetryMessage(
                Ids.next(),
                command.scenario(),
                command.workerId(),
                runnerId,
                command.epoch(),
                command.attempt(),
                reason,
                retryable));
    }

    private int active() {
        int count = 0;
        for (Slot slot : byWorker.values()) {
            if (slot.end == null && !slot.stopping) {
                count++;
            }
        }
        return count;
    }

    private void forgetOldest() {
        Iterator<Slot> oldest = byWorker.values().iterator();
        while (byWorker.size() > MAX_ENDS + capacity && oldest.hasNext()) {
            if (oldest.next().end != null) {
                oldest.remove();
            }
        }
    }

    private void changed() {
        int count = 0;
        for (Slot slot : byWorker.values()) {
            if (slot.end == null) {
                count++;
            }
        }
        running = count;
        onChange.run();
    }
}
