package dev.vap.runner.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SamplerTest {

    @Test
    void takesEveryFrameAtRateZero() {
        assertThat(takenAt(0, 25, 50)).hasSize(50);
    }

    @Test
    void takesTheFirstFrameOfEverySlot() {
        assertThat(takenAt(5, 25, 25)).containsExactly(0L, 5L, 10L, 15L, 20L);
    }

    @Test
    void isNotFooledByWholeMilliseconds() {
        // 30 frames a second: 0, 33, 67, 100 ... and slots of 333.3 ms.
        assertThat(takenAt(3, 30, 31)).containsExactly(0L, 10L, 20L, 30L);
    }

    @Test
    void keepsTheRateOnAverageWhenItDoesNotDivideTheSource() {
        assertThat(takenAt(7, 25, 2500)).hasSize(700);
    }

    @Test
    void takesAllFramesOfASlowerSource() {
        assertThat(takenAt(30, 10, 20)).hasSize(20);
    }

    @Test
    void choosesTheSameFramesWhereverItBegins() {
        Sampler later = new Sampler(7);
        later.take(takenAt(7, 25, 100).get(10) * 40);
        List<Long> taken = new ArrayList<>();
        for (long n = takenAt(7, 25, 100).get(10) + 1; n < 100; n++) {
            if (later.take(n * 40)) {
                taken.add(n);
            }
        }
        assertThat(taken).isEqualTo(takenAt(7, 25, 100).subList(11, 28));
    }

    @Test
    void goesOnWhenTheStreamBeginsAnew() {
        Sampler sampler = new Sampler(5);
        assertThat(sampler.take(100_000)).isTrue();
        assertThat(sampler.take(100_040)).isFalse();
        assertThat(sampler.take(0)).isTrue();
        assertThat(sampler.take(40)).isFalse();
        assertThat(sampler.take(200)).isTrue();
    }

    private static List<Long> takenAt(double fps, double sourceFps, int frames) {
        Sampler sampler = new Sampler(fps);
        List<Long> taken = new ArrayList<>();
        for (long n = 0; n < frames; n++) {
            if (sampler.take(Math.round(n * 1000 / sourceFps))) {
                taken.add(n);
            }
        }
        return taken;
    }
}
