package dev.vap.runner.control;

import dev.vap.runner.time.Timers;
import java.time.Duration;

/**
 * Whether this runner may still believe in its assignments. Once it has reached neither PostgreSQL nor an orchestrator for
 * one lease, by its own monotonic clock, others may have been given its scenarios: it has to stop. Either of the two is
 * enough, so an outage of the store alone stops nothing. Not thread-safe.
 */
public final class Lifeline {

    private final Timers timers;
    private final long leaseNanos;
    private long lastContact;

    public Lifeline(Timers timers, Duration lease) {
        this.timers = timers;
        this.leaseNanos = lease.toNanos();
        this.lastContact = timers.nanos();
    }

    /**
     * Notes an answer.
     *
     * @param askedAt when the question was sent: what the answer says was true then, not when it came
     */
    public void answered(long askedAt) {
        if (askedAt - lastContact > 0) {
            lastContact = askedAt;
        }
    }

    public boolean isLost() {
        return timers.nanos() - lastContact > leaseNanos;
    }
}
