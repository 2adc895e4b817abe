package dev.vap.runner.time;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;

/** Time that stands until a test moves it; actions run inside {@link #advance}, in order of their time. One thread only. */
public final class FakeTimers implements Timers {

    private record Entry(long at, long order, Runnable action) {}

    private final PriorityQueue<Entry> queue =
            new PriorityQueue<>(Comparator.comparingLong(Entry::at).thenComparingLong(Entry::order));
    private long now = -5_000_000_000L;
    private long order;

    @Override
    public long nanos() {
        return now;
    }

    @Override
    public Timer after(Duration delay, Runnable action) {
        Entry entry = new Entry(now + delay.toNanos(), order++, action);
        queue.add(entry);
        return () -> queue.remove(entry);
    }

    public void advance(Duration step) {
        long target = now + step.toNanos();
        while (!queue.isEmpty() && queue.peek().at() - target <= 0) {
            Entry next = queue.remove();
            now = Math.max(now, next.at());
            next.action().run();
        }
        now = target;
    }

    /** Time passes and nothing runs, as in a process that is held up. */
    public void stall(Duration step) {
        now += step.toNanos();
    }

    public int pending() {
        return queue.size();
    }
}
