package dev.vap.runner.control;

import dev.vap.runner.session.SessionOutcome;
import dev.vap.runner.time.Timers;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.AssignedSet;
import dev.vap.shared.protocol.AssignedSet.Held;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.Heartbeat;
import dev.vap.shared.protocol.HeartbeatReply;
import dev.vap.shared.protocol.Protocol;
import dev.vap.shared.protocol.RetryMessage;
import dev.vap.shared.protocol.SessionReport.State;
import dev.vap.shared.storage.Ids;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
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
 * <p>A command, a change of a session and a line of a reply cost the same however many sessions there are.
 *
 * <p>Confined to the runner's context, except {@link #running()}.
 */
public final class Assignments {

    private static final Logger LOG = LoggerFactory.getLogger(Assignments.class);

    /** Scenarios whose newest epoch is remembered after their workers are gone: several times the largest capacity. */
    private static final int MAX_EPOCHS = 32_768;

    /** A session that can't be ended (a native call that hangs) holds its successor up for so long at most. */
    private static final Duration PREDECESSOR_PATIENCE = Duration.ofSeconds(5);

    private static final String NOT_THERE = "was not running";

    private final RunnerIdentity identity;
    private final Duration syncGrace;
    private final Timers timers;
    private final SessionFactory factory;
    private final Consumer<RetryMessage> failures;
    private final Runnable onChange;
    private final Roster roster;
    private final Map<UUID, Slot> current = new HashMap<>();
    private final Map<UUID, Slot> successors = new HashMap<>();
    private final Map<UUID, Long> epochs = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<UUID, Long> eldest) {
            return size() > MAX_EPOCHS;
        }
    };
    private boolean draining;
    private boolean wantsSet = true;

    /**
     * @param syncGrace a worker younger than this is not stopped for missing in an assigned set, which may be older
     * @param repeat until a report that nobody has noted is repeated
     * @param failures told of every session that failed or was refused
     * @param onChange told whenever there is something new to report
     */
    public Assignments(
            RunnerIdentity identity,
            Duration syncGrace,
            Duration repeat,
            Timers timers,
            SessionFactory factory,
            Consumer<RetryMessage> failures,
            Runnable onChange) {
        this.identity = identity;
        this.syncGrace = syncGrace;
        this.timers = timers;
        this.factory = factory;
        this.failures = failures;
        this.onChange = onChange;
        this.roster = new Roster(repeat.toNanos());
    }

    /** Carries out one command; those for other runners, and for processes that had this id before, are ignored. */
    public void accept(DeployCommand command) {
        if (!identity.isMeantBy(command)) {
            LOG.debug("ignored, it is meant for another process: {}", command);
            return;
        }
        Slot known = roster.find(command.workerId());
        switch (command.kind()) {
            case SHUTDOWN -> shutdown(command, known);
            case UPDATE -> change(known, command.options(), command.revision());
            case DEPLOY -> {
                if (known == null) {
                    deploy(command);
                } else {
                    change(known, command.options(), command.revision());
                }
            }
        }
    }

    /**
     * Lets a worker go on with other options, unless it has newer ones. One that is not there gets them when it comes: its
     * deployment is written with what holds then, and one that has ended needs none. One that can't go on with them is about
     * to be replaced.
     */
    private static void change(Slot slot, ScenarioOptions options, long revision) {
        if (slot == null || slot.command == null || slot.hasEnded() || revision <= slot.command.revision()) {
            return;
        }
        if (!slot.command.options().canBecome(options)) {
            return;
        }
        slot.command = slot.command.with(options, revision);
        if (slot.session != null) {
            slot.session.change(options);
        }
    }

    /**
     * Starts what is listed and missing, stops what is not listed, and reports as stopped what is held to run here and does
     * not. The set may be older than what this runner knows: a worker that has just come is spared, and an end that was
     * noted since is reported once more, which does no harm.
     */
    public void reconcile(AssignedSet set) {
        if (!set.instance().equals(identity.instance())) {
            LOG.debug("ignored an assigned set for another process");
            return;
        }
        wantsSet = false;
        set.commands().forEach(this::carryOut);
        Set<UUID> listed = new HashSet<>();
        set.held().forEach(held -> listed.add(held.workerId()));
        set.commands().forEach(command -> listed.add(command.workerId()));
        long now = timers.nanos();
        for (Slot slot : roster.unended()) {
            boolean young = now - slot.since < syncGrace.toNanos();
            if (!young && !listed.contains(slot.workerId)) {
                stop(slot, "not assigned to this runner any more");
            }
        }
        for (Held held : set.held()) {
            if (held.confirmed()) {
                confirmAbsent(held);
            }
            if (held.options() != null) {
                change(roster.find(held.workerId()), held.options(), held.revision());
            }
        }
    }

    /** A deployment that was carried out once, and whose end nobody remembers, will not be carried out again. */
    private void carryOut(DeployCommand command) {
        accept(command);
        if (identity.isMeantBy(command)) {
            confirmAbsent(new Held(command.workerId(), command.scenario(), command.epoch(), true));
        }
    }

    /** Unless the worker is here, or a newer one of its scenario was: then the set is the older news. */
    private void confirmAbsent(Held held) {
        if (roster.find(held.workerId()) == null && held.epoch() >= newestEpoch(held.scenario())) {
            epochs.put(held.scenario(), held.epoch());
            end(new Slot(held, timers.nanos()), State.STOPPED, NOT_THERE);
        }
    }

    /**
     * Somebody watches the scenario: its session is to publish pictures for so long.
     *
     * @throws VapException NOT_RUNNING if it has no session here, or what the session says that has no pictures
     */
    public void watch(UUID scenario, Duration ttl) {
        Slot slot = current.get(scenario);
        if (slot == null || slot.session == null) {
            throw new VapException(ErrorCode.NOT_RUNNING, "The scenario does not run here.");
        }
        slot.session.watch(ttl);
    }

    /** Messages may have been missed: the next heartbeats ask for the assigned set. */
    public void mayHaveMissed() {
        wantsSet = true;
        onChange.run();
    }

    /** Does what the orchestrator answered to a heartbeat. */
    public void apply(HeartbeatReply reply) {
        for (UUID worker : reply.stop()) {
            Slot slot = roster.find(worker);
            if (slot != null) {
                stop(slot, "stopped by the orchestrator");
            }
        }
        reply.noted().forEach(roster::noted);
        reply.forget().forEach(roster::forget);
    }

    /** Stops every session; new ones may be started. */
    public void stopAll(String reason) {
        roster.unended().forEach(slot -> stop(slot, reason));
    }

    /** Takes nothing new and stops every session; completes once all have ended. Harmless when repeated. */
    public Future<Void> drain() {
        draining = true;
        List<Future<?>> ends = new ArrayList<>();
        for (Slot slot : roster.unended()) {
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

    /** What is to be told now. What is in it is not told again before the time to repeat it has come, or it has changed. */
    public Heartbeat heartbeat() {
        List<Slot> changed = roster.takeDue(Heartbeat.MAX_CHANGED, timers.nanos());
        List<Slot> others = roster.takeTurns(Heartbeat.MAX_OTHERS, changed);
        return new Heartbeat(
                identity.runnerId(),
                identity.instance(),
                Protocol.VERSION,
                identity.host(),
                identity.pid(),
                identity.capacity(),
                draining,
                wantsSet,
                roster.live(),
                roster.digest(),
                changed.stream().map(Slot::report).toList(),
                others.stream().map(Slot::report).toList());
    }

    /** Whether there are changes that the last heartbeats had no room for. */
    public boolean hasMoreToTell() {
        return roster.hasDue(timers.nanos());
    }

    /** All that is not noted goes into the next heartbeats, whether or not an answer is still to come. */
    public void tellAgain() {
        roster.repeatAll(timers.nanos());
    }

    /** Sessions that run, or wait to, or are being stopped. Safe for any thread. */
    public int running() {
        return roster.notEnded();
    }

    private long newestEpoch(UUID scenario) {
        return epochs.getOrDefault(scenario, -1L);
    }

    private void shutdown(DeployCommand command, Slot known) {
        if (command.epoch() > newestEpoch(command.scenario())) {
            epochs.put(command.scenario(), command.epoch());
        }
        Slot holder = successors.getOrDefault(command.scenario(), current.get(command.scenario()));
        if (known != null) {
            stop(known, "stopped on request");
        } else {
            // It overtook its deployment, which the epoch will keep out, or comes for the second time: confirm it.
            end(new Slot(command, timers.nanos()), State.STOPPED, NOT_THERE);
        }
        if (holder != null && !holder.equals(known) && holder.epoch < command.epoch()) {
            stop(holder, "a newer assignment was stopped");
        }
    }

    private void deploy(DeployCommand command) {
        long newest = newestEpoch(command.scenario());
        if (command.epoch() <= newest) {
            LOG.debug("ignored: {}; the newest epoch known is {}", command, newest);
            return;
        }
        epochs.put(command.scenario(), command.epoch());
        Slot slot = new Slot(command, timers.nanos());
        Slot before = current.get(command.scenario());
        int capacity = identity.capacity();
        if (draining) {
            refuse(slot, "The runner is shutting down.");
        } else if (before == null && roster.live() >= capacity) {
            refuse(slot, "The runner is full: " + capacity + " of " + capacity + " sessions.");
        } else {
            roster.add(slot, timers.nanos());
            if (before != null) {
                await(slot, before);
            } else {
                start(slot);
            }
        }
        // Whatever became of the new one: the old epoch has lost.
        if (before != null) {
            stop(before, "replaced by epoch " + command.epoch());
        }
        onChange.run();
    }

    private void await(Slot slot, Slot before) {
        Slot earlier = successors.put(slot.scenario, slot);
        if (earlier != null) {
            end(earlier, State.STOPPED, "replaced by epoch " + slot.epoch);
        }
        timers.after(PREDECESSOR_PATIENCE, () -> startSuccessor(before.scenario, slot));
    }

    private void startSuccessor(UUID scenario, Slot expected) {
        Slot slot = successors.get(scenario);
        if (slot != null && (expected == null || slot.equals(expected))) {
            successors.remove(scenario);
            start(slot);
        }
    }

    private void start(Slot slot) {
        current.put(slot.scenario, slot);
        slot.session = factory.create(slot.command, () -> changed(slot));
        slot.session.ended().onSuccess(outcome -> ended(slot, outcome));
        slot.session.start();
        changed(slot);
    }

    private void ended(Slot slot, SessionOutcome outcome) {
        roster.ended(slot, slot.session.report(), timers.nanos());
        if (outcome.state() == State.FAILED) {
            tell(slot.command, outcome.reason(), outcome.retryable());
        }
        current.remove(slot.scenario, slot);
        startSuccessor(slot.scenario, null);
        onChange.run();
    }

    private void stop(Slot slot, String reason) {
        if (slot.phase != Slot.Phase.LIVE) {
            return;
        }
        if (slot.session != null) {
            roster.stopping(slot);
            slot.session.stop(reason);
        } else {
            successors.remove(slot.scenario, slot);
            end(slot, State.STOPPED, reason);
        }
    }

    private void refuse(Slot slot, String reason) {
        LOG.warn("refused: {}: {}", slot.command, reason);
        tell(slot.command, reason, true);
        end(slot, State.FAILED, reason);
    }

    private void end(Slot slot, State state, String reason) {
        roster.ended(slot, Reports.without(slot, state, reason), timers.nanos());
        onChange.run();
    }

    private void tell(DeployCommand command, String reason, boolean retryable) {
        failures.accept(new RetryMessage(
                Ids.next(),
                command.scenario(),
                command.workerId(),
                identity.runnerId(),
                command.epoch(),
                command.attempt(),
                reason,
                retryable));
    }

    private void changed(Slot slot) {
        roster.changed(slot, timers.nanos());
        onChange.run();
    }
}
