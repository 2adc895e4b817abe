package dev.vap.runner.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class CaptureClockTest {

    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final long MILLI = 1_000_000;
    private static final long FRAME_MICROS = 40_000;

    private final CaptureClock clock = new CaptureClock();
    private long nanos = -7_000_000_000L;
    private long micros = 123_000_000;

    private void frames(int count) {
        for (int i = 0; i < count; i++) {
            nanos += FRAME_MICROS * 1_000;
            micros += FRAME_MICROS;
            clock.packet(micros, nanos, true);
        }
    }

    @Test
    void knowsNothingBeforeTheFirstPacket() {
        assertThat(clock.latenessNanos(5, 5)).isZero();
        assertThat(clock.capturedAt(5, 5, NOW)).isEqualTo(NOW);
    }

    @Test
    void takesTheArrivalOfAPacketForItsCapture() {
        frames(10);
        assertThat(clock.latenessNanos(micros, nanos)).isZero();
        assertThat(clock.latenessNanos(micros, nanos + 30 * MILLI)).isEqualTo(30 * MILLI);
        assertThat(clock.capturedAt(micros, nanos + 30 * MILLI, NOW)).isEqualTo(NOW.minusMillis(30));
        assertThat(clock.believesSender()).isFalse();
    }

    @Test
    void knowsThatTheFramesOfABurstAreOld() {
        frames(10);
        nanos += Duration.ofSeconds(4).toNanos();
        for (int i = 0; i < 100; i++) {
            micros += FRAME_MICROS;
            clock.packet(micros, nanos, i == 0);
            assertThat(clock.latenessNanos(micros, nanos)).isEqualTo((3_960 - i * 40L) * MILLI);
            if (i == 99) {
                assertThat(clock.capturedAt(micros, nanos, NOW)).isEqualTo(NOW);
            }
        }
    }

    @Test
    void takesAPauseInTheCamerasTimestampsForWhatItIs() {
        frames(10);
        // The camera stood still and so did its timestamps: nothing waits to be read.
        nanos += Duration.ofSeconds(5).toNanos();
        frames(20);
        assertThat(clock.latenessNanos(micros, nanos)).isZero();
    }

    @Test
    void beginsAnewWhenTimestampsDo() {
        frames(10);
        micros = 0;
        frames(1);
        assertThat(clock.latenessNanos(micros, nanos)).isZero();
    }

    @Test
    void followsAClockThatIsSlow() {
        for (int i = 0; i < 10_000; i++) {
            nanos += 40_004_000;
            micros += FRAME_MICROS;
            clock.packet(micros, nanos, true);
        }
        // 40 ms in 400 s; at most those of the last minute are not followed yet.
        assertThat(clock.latenessNanos(micros, nanos)).isBetween(0L, 7 * MILLI);
    }

    @Test
    void believesASenderWhoseClockIsNearOurs() {
        frames(10);
        long sender = NOW.minusMillis(120).toEpochMilli() * 1_000;
        clock.report(micros, sender);
        assertThat(clock.capturedAt(micros, nanos, NOW)).isEqualTo(NOW.minusMillis(120));
        assertThat(clock.believesSender()).isTrue();
        frames(5);
        assertThat(clock.capturedAt(micros, nanos, NOW.plusMillis(200))).isEqualTo(NOW.plusMillis(80));
    }

    @Test
    void doesNotBelieveOneThatIsYearsOff() {
        frames(10);
        for (Duration off : new Duration[] {Duration.ofDays(-3_650), Duration.ofDays(20_000), Duration.ofSeconds(6)}) {
            clock.report(micros, NOW.plus(off).toEpochMilli() * 1_000);
            assertThat(clock.capturedAt(micros, nanos, NOW)).as("%s", off).isEqualTo(NOW);
            assertThat(clock.believesSender()).isFalse();
        }
    }
}
