package dev.vap.runner.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.time.FakeTimers;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LifelineTest {

    private final FakeTimers timers = new FakeTimers();
    private final Lifeline lifeline = new Lifeline(timers, Duration.ofSeconds(2));

    @Test
    void isLostOneLeaseAfterTheLastContact() {
        timers.advance(Duration.ofSeconds(2));
        assertThat(lifeline.isLost()).isFalse();
        timers.advance(Duration.ofMillis(1));
        assertThat(lifeline.isLost()).isTrue();
    }

    @Test
    void countsFromTheQuestionNotFromTheAnswer() {
        long asked = timers.nanos();
        timers.advance(Duration.ofMillis(1_500));
        lifeline.answered(asked);
        timers.advance(Duration.ofMillis(501));
        assertThat(lifeline.isLost()).isTrue();
    }

    @Test
    void isFoundAgainWithTheNextAnswer() {
        timers.advance(Duration.ofSeconds(10));
        lifeline.answered(timers.nanos());
        assertThat(lifeline.isLost()).isFalse();
        // Answers may overtake each other.
        lifeline.answered(timers.nanos() - 9_000_000_000L);
        assertThat(lifeline.isLost()).isFalse();
    }
}
