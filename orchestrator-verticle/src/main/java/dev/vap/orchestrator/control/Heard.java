package dev.vap.orchestrator.control;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * Which processes of runners this orchestrator has heard on the event bus, and when last. Every orchestrator hears all of them.
 * Confined to one context.
 */
public final class Heard {

    private static final long FORGOTTEN_NANOS = Duration.ofMinutes(10).toNanos();

    private final LongSupplier nanos;
    private final long lease;
    private final Map<UUID, Long> lastNanos = new HashMap<>();

    /**
     * @param nanos a monotonic clock
     * @param lease silence of a runner for longer than that is no mere hiccup
     */
    public Heard(LongSupplier nanos, Duration lease) {
        this.nanos = nanos;
        this.lease = lease.toNanos();
    }

    /** True if it had not been heard within the lease. */
    boolean note(UUID instance) {
        boolean silent = !lately(instance);
        long now = nanos.getAsLong();
        if (silent) {
            lastNanos.values().removeIf(last -> now - last > FORGOTTEN_NANOS);
        }
        lastNanos.put(instance, now);
        return silent;
    }

    /** Whether it was heard within the lease. */
    public boolean lately(UUID instance) {
        Long last = lastNanos.get(instance);
        return last != null && nanos.getAsLong() - last < lease;
    }
}
