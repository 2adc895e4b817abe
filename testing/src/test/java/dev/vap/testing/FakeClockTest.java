package dev.vap.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class FakeClockTest {
    @Test
    void standsStillUntilItIsMoved() {
        FakeClock clock = FakeClock.standing();
        Instant start = Instant.parse("2026-01-01T12:00:00Z");

        assertThat(clock.instant()).isEqualTo(start);
        assertThat(clock.advance(Duration.ofMillis(1500))).isEqualTo(start.plusMillis(1500));
        assertThat(clock.millis()).isEqualTo(start.toEpochMilli() + 1500);
        assertThat(clock.advance(Duration.ofSeconds(-2))).isEqualTo(start.minusMillis(500));
    }

    @Test
    void isSet() {
        FakeClock clock = new FakeClock(Instant.EPOCH);

        clock.set(Instant.MAX);

        assertThat(clock.instant()).isEqualTo(Instant.MAX);
    }
}
