package dev.vap.runner.net;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Bounds the connection attempts at one host and port within any minute, however many scenarios share it. Hosts that were
 * not tried for a minute are forgotten. Thread-safe.
 */
public final class HostLimiter {
    private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final long SWEEP_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final int perMinute;
    private final LongSupplier nanos;
    /** Times of the attempts of the last minute, oldest first. */
    private final Map<String, ArrayDeque<Long>> attempts = new HashMap<>();

    private long sweptAt;

    /**
     * @param nanos monotonic, such as {@link System#nanoTime()}
     */
    public HostLimiter(int perMinute, LongSupplier nanos) {
        if (perMinute < 1) {
            throw new IllegalArgumentException("perMinute must be at least 1, not " + perMinute);
        }
        this.perMinute = perMinute;
        this.nanos = nanos;
        this.sweptAt = nanos.getAsLong();
    }

    /**
     * Counts an attempt, if it may be made now.
     *
     * @return 0 if it may be made; else nanoseconds until the next one may, and nothing is reserved
     */
    public synchronized long reserve(String host, int port) {
        long now = nanos.getAsLong();
        if (now - sweptAt >= SWEEP_NANOS) {
            sweptAt = now;
            attempts.values().removeIf(times -> now - times.peekLast() >= WINDOW_NANOS);
        }
        ArrayDeque<Long> times =
                attempts.computeIfAbsent(host.toLowerCase(Locale.ROOT) + ":" + port, key -> new ArrayDeque<>());
        while (!times.isEmpty() && now - times.peekFirst() >= WINDOW_NANOS) {
            times.removeFirst();
        }
        if (times.size() >= perMinute) {
            return WINDOW_NANOS - (now - times.peekFirst());
        }
        times.addLast(now);
        return 0;
    }

    /** For tests. */
    synchronized int hosts() {
        return attempts.size();
    }
}
