package dev.vap.testing;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;

/** A clock that stands still until a test moves it. Safe for use by any thread. */
public final class FakeClock implements InstantSource {
    private final AtomicReference<Instant> now;

    public FakeClock(Instant start) {
        now = new AtomicReference<>(start);
    }

    /** Some Thursday at noon, UTC, so that expected values can be written down. */
    public static FakeClock standing() {
        return new FakeClock(Instant.parse("2026-01-01T12:00:00Z"));
    }

    @Override
    public Instant instant() {
        return now.get();
    }

    /** Returns the new time. Negative steps are fine: real clocks are set back as well. */
    public Instant advance(Duration step) {
        return now.updateAndGet(time -> time.plus(step));
    }

    public void set(Instant time) {
        now.set(time);
    }
}
