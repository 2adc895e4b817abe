package dev.vap.runner.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RateMeterTest {

    private static final long MILLI = 1_000_000L;

    @Test
    void measuresASteadyRateFromSoonAfterTheStart() {
        RateMeter meter = new RateMeter();
        assertThat(meter.perSecond(0)).isZero();
        for (long t = 0; t <= 20_000; t += 40) {
            meter.mark(t * MILLI);
            if (t >= 1_000) {
                assertThat(meter.perSecond(t * MILLI)).isCloseTo(25, within(1.1));
            }
        }
    }

    @Test
    void forgetsWhatIsOlderThanItsWindow() {
        RateMeter meter = new RateMeter();
        for (int i = 0; i < 100; i++) {
            meter.mark(i * (10 * MILLI));
        }
        assertThat(meter.perSecond(3_000 * MILLI)).isBetween(25.0, 40.0);
        assertThat(meter.perSecond(7_000 * MILLI)).isZero();
        meter.mark(3_600_000 * MILLI);
        assertThat(meter.perSecond(3_600_100 * MILLI)).isPositive();
    }
}
