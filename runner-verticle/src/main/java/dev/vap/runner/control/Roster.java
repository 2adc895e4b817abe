package dev.vap.runner.control;

import dev.vap.shared.protocol.Heartbeat;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.protocol.SessionReport.State;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * The workers of a runner, what is to be told of them, and what was noted. Whatever happens to one of them costs the same
 * however many there are. Confined to the runner's context, except {@link #notEnded()}.
 *
 * <p>What is to be told waits in two queues: what was never told, by the time of its change, and what was told and is not
 * noted, by the time at which it is told again. The earlier of the two comes first, so that neither can hold up the other.
 */
final class Roster {

    /** Ends that nobody has noted. Only reached when commands go on coming while no heartbeat is answered. */
    private static final int MAX_ENDS = 16_384;

    private final long repeatNanos;
    private final int maxEnds;
    private final Map<UUID, Slot> byWorker = new LinkedHashMap<>();
    private final Set<Slot> untold = new LinkedHashSet<>();
    private final Set<Slot> told = new LinkedHashSet<>();
    private final Set<Slot> ends = new LinkedHashSet<>();
    /** All that have not ended; the one that was told longest ago first. */
    private final Set<Slot> turns = new LinkedHashSet<>();

    private int live;
    private long digest;
    private volatile int notEnded;

    /**
     * @param repeatNanos until something that was told, and is not noted, is told again
     */
    Roster(long repeatNanos) {
        this(repeatNanos, MAX_ENDS);
    }

    Roster(long repeatNanos, int maxEnds) {
        this.repeatNanos = repeatNanos;
        this.maxEnds = maxEnds;
    }

    /** Null if there is no such worker, or its end was noted. */
    Slot find(UUID workerId) {
        return byWorker.get(workerId);
    }

    /** Those that have not ended, in an order of no meaning. */
    List<Slot> unended() {
        return List.copyOf(turns);
    }

    void add(Slot slot, long now) {
        enter(slot, Slot.Phase.LIVE);
        changed(slot, now);
    }

    void stopping(Slot slot) {
        enter(slot, Slot.Phase.STOPPING);
    }

    /** Adds it if it was never there. */
    void ended(Slot slot, SessionReport end, long now) {
        slot.end = end;
        slot.session = null;
        enter(slot, Slot.Phase.ENDED);
        changed(slot, now);
        if (ends.size() > maxEnds) {
            remove(ends.iterator().next());
        }
    }

    private void enter(Slot slot, Slot.Phase next) {
        Slot.Phase before = slot.phase;
        slot.phase = next;
        if ((before == Slot.Phase.LIVE) != (next == Slot.Phase.LIVE)) {
            live += next == Slot.Phase.LIVE ? 1 : -1;
            // Exclusive or: a worker comes and goes by the same operation.
            digest ^= Heartbeat.digest(List.of(slot.workerId));
        }
        byWorker.put(slot.workerId, slot);
        if (next == Slot.Phase.ENDED) {
            turns.remove(slot);
            ends.add(slot);
        } else {
            turns.add(slot);
        }
        notEnded = turns.size();
    }

    /** Queues the report if the state is another one than was told. */
    void changed(Slot slot, long now) {
        State state = slot.state();
        if (state != slot.announced) {
            slot.announced = state;
            slot.due = now;
            told.remove(slot);
            // At its end: it has become a newer change.
            untold.remove(slot);
            untold.add(slot);
        }
    }

    /** Somebody has recorded that state: no need to tell it again. An end is told until it is forgotten. */
    void noted(UUID workerId, State state) {
        Slot slot = byWorker.get(workerId);
        if (slot != null && slot.announced == state && !slot.hasEnded()) {
            untold.remove(slot);
            told.remove(slot);
        }
    }

    /** Nothing if it has not ended. */
    void forget(UUID workerId) {
        Slot slot = byWorker.get(workerId);
        if (slot != null && slot.hasEnded()) {
            remove(slot);
        }
    }

    private void remove(Slot slot) {
        byWorker.remove(slot.workerId);
        ends.remove(slot);
        untold.remove(slot);
        told.remove(slot);
    }

    /** Whether a heartbeat of now would have something to tell. */
    boolean hasDue(long now) {
        return nextDue(now) != null;
    }

    /** All that is not noted is due at once. */
    void repeatAll(long now) {
        told.forEach(slot -> slot.due = now);
    }

    /** What is due, the oldest first; it is not due again before the time to repeat it has come. */
    List<Slot> takeDue(int max, long now) {
        List<Slot> taken = new ArrayList<>();
        for (Slot slot = nextDue(now); slot != null && taken.size() < max; slot = nextDue(now)) {
            untold.remove(slot);
            told.remove(slot);
            slot.due = now + repeatNanos;
            told.add(slot);
            taken.add(slot);
        }
        return taken;
    }

    private Slot nextDue(long now) {
        Slot fresh = first(untold);
        Slot again = first(told);
        if (again == null || again.due - now > 0) {
            return fresh;
        }
        return fresh == null || again.due - fresh.due < 0 ? again : fresh;
    }

    private static Slot first(Set<Slot> slots) {
        return slots.isEmpty() ? null : slots.iterator().next();
    }

    /** Some that have not ended and are not among those, each in its turn. */
    List<Slot> takeTurns(int max, List<Slot> without) {
        Set<Slot> left = new HashSet<>(without);
        List<Slot> taken = new ArrayList<>();
        int steps = Math.min(turns.size(), max + left.size());
        for (int i = 0; i < steps && taken.size() < max; i++) {
            Slot slot = first(turns);
            turns.remove(slot);
            turns.add(slot);
            if (!left.contains(slot)) {
                taken.add(slot);
            }
        }
        return taken;
    }

    /** Workers that run or are to run. */
    int live() {
        return live;
    }

    /** {@link Heartbeat#digest} of those. */
    long digest() {
        return digest;
    }

    /** Those that are being stopped included. Safe for any thread. */
    int notEnded() {
        return notEnded;
    }
}
