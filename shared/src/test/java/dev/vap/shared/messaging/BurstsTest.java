package dev.vap.shared.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BurstsTest {

    private static final long INTERVAL = 35;
    private static final long BEGIN = Long.MAX_VALUE - 50;

    @Test
    void aRecordAfterAPauseGoesAtOnce() {
        Bursts bursts = new Bursts(INTERVAL, BEGIN);
        assertThat(bursts.delay(BEGIN)).isZero();
        bursts.sent(false, BEGIN);
        assertThat(bursts.delay(BEGIN + INTERVAL)).isZero();
    }

    @Test
    void aRecordSoonAfterAnotherWaitsForTheEndOfTheInterval() {
        Bursts bursts = new Bursts(INTERVAL, BEGIN);
        bursts.delay(BEGIN);
        bursts.sent(false, BEGIN);
        assertThat(bursts.delay(BEGIN + 10)).isEqualTo(25);
        assertThat(bursts.delay(BEGIN + 34)).isEqualTo(1);
        assertThat(bursts.delay(BEGIN + 35)).isZero();
    }

    @Test
    void whatWaitedTogetherGoesTogether() {
        Bursts bursts = new Bursts(INTERVAL, BEGIN);
        bursts.delay(BEGIN);
        bursts.sent(true, BEGIN);
        assertThat(bursts.delay(BEGIN + 1)).isZero();
        bursts.sent(true, BEGIN + 1);
        assertThat(bursts.delay(BEGIN + 2)).isZero();
        bursts.sent(false, BEGIN + 2);
        assertThat(bursts.delay(BEGIN + 3)).isEqualTo(INTERVAL - 1);
    }

    @Test
    void withoutAnIntervalNothingWaits() {
        Bursts bursts = new Bursts(0, BEGIN);
        for (int i = 0; i < 3; i++) {
            assertThat(bursts.delay(BEGIN)).isZero();
            bursts.sent(false, BEGIN);
        }
    }
}
