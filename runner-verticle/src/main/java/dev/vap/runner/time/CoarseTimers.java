package dev.vap.runner.time;

import java.time.Duration;
import java.util.Comparator;
import java.util.TreeSet;

/**
 * Any number of timers on a single one: at every tick those that are due run, the earliest first. A tick runs a bounded
 * number of them and leaves the others to the next one, so that thousands that are due together do not hold up the thread
 * they share with others. Confined to one context.
 */
public final class CoarseTimers implements Timers {

    private record Entry(long at, long order, Runnable action) {}

    private final Timers timers;
    private final Duration tick;
    private final int maxPerTick;
    private final TreeSet<Entry> entries =
            new TreeSet<>(Comparator.comparingLong(Entry::at).thenComparingLong(Entry::order));
    private final long origin;
    private long order;
    private boolean ticking;

    /**
     * @param timers what it ticks on
     */
    public CoarseTimers(Timers timers, Duration tick, int maxPerTick) {
        this.timers = timers;
        this.tick = tick;
        this.maxPerTick = maxPerTick;
        this.origin = timers.nanos();
    }

    @Override
    public long nanos() {
        return timers.nanos();
    }

    @Override
    public Timer after(Duration delay, Runnable action) {
        // Counted from the origin, so that they compare.
        Entry entry = new Entry(timers.nanos() - origin + delay.toNanos(), order++, action);
        entries.add(entry);
        tickOn();
        return () -> entries.remove(entry);
    }

    private void tickOn() {
        if (!ticking && !entries.isEmpty()) {
            ticking = true;
            timers.after(tick, this::tick);
        }
    }

    private void tick() {
        long now = timers.nanos() - origin;
        try {
            for (int i = 0;
                    i < maxPerTick && !entries.isEmpty() && entries.first().at() <= now;
                    i++) {
                entries.pollFirst().action().run();
            }
        } finally {
            ticking = false;
            tickOn();
        }
    }
}
