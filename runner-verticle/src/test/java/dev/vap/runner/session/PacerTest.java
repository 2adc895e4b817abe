package dev.vap.runner.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class PacerTest {

    @Test
    void playsFramesAtTheirTimesWhateverTheFirstOneIs() {
        Pacer pacer = new Pacer(25);
        assertThat(pacer.untilDue(frame(10, 400), 7_000)).isZero();
        assertThat(pacer.untilDue(frame(11, 440), 7_000)).isEqualTo(40_000_000);
        assertThat(pacer.untilDue(frame(12, 480), 30_007_000)).isEqualTo(50_000_000);
    }

    @Test
    void catchesUpAfterAStall() {
        Pacer pacer = new Pacer(25);
        pacer.untilDue(frame(0, 0), 0);
        assertThat(pacer.untilDue(frame(1, 40), 1_000_000_000)).isZero();
        assertThat(pacer.untilDue(frame(26, 1_040), 1_000_000_000)).isEqualTo(40_000_000);
    }

    @Test
    void countsFramesWhereThereAreNoTimes() {
        Pacer pacer = new Pacer(10);
        pacer.untilDue(frame(5, -1), 0);
        assertThat(pacer.untilDue(frame(6, -1), 0)).isEqualTo(100_000_000);
    }

    private static Frame frame(long number, long pts) {
        return new Frame(number, pts, Instant.EPOCH, 1, 1, null, null, false);
    }
}
