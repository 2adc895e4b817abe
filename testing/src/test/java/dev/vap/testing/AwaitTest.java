package dev.vap.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AwaitTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(30);

    private final AtomicInteger looks = new AtomicInteger();

    @Test
    void returnsOnceTheConditionHolds() {
        Await.until("three looks", LONG, () -> looks.incrementAndGet() == 3);

        assertThat(looks).hasValue(3);
    }

    @Test
    void returnsTheFirstAcceptedValue() {
        assertThat(Await.value("a number above 4", LONG, looks::incrementAndGet, number -> number > 4))
                .isEqualTo(5);
    }

    @Test
    void looksOnceMoreEvenWithoutTime() {
        Await.until("nothing", Duration.ZERO, () -> true);
    }

    @Test
    void saysWhatItWaitedForAndWhatItSawLast() {
        assertThatThrownBy(() -> Await.value("a full house", SHORT, () -> "two pairs", "full house"::equals))
                .isInstanceOf(AssertionError.class)
                .hasMessage("Waited 30 ms in vain for a full house; last value: two pairs")
                .hasNoCause();
    }

    @Test
    void takesAFailedLookForNotYet() {
        Await.until("the third look", LONG, () -> {
            if (looks.incrementAndGet() < 3) {
                throw new IOException("not yet");
            }
            return true;
        });

        assertThat(looks).hasValue(3);
    }

    @Test
    void keepsTheLastComplaintAsCause() {
        assertThatThrownBy(() -> Await.untilAsserted(
                        "wonders", SHORT, () -> assertThat(looks.get()).isOne()))
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("Waited 30 ms in vain for wonders; last look failed: ")
                .hasCauseInstanceOf(AssertionError.class);
    }

    @Test
    void passesAsSoonAsAnAssertionDoes() {
        Await.untilAsserted(
                "two looks", LONG, () -> assertThat(looks.incrementAndGet()).isEqualTo(2));
    }

    @Test
    void endsWhenInterrupted() {
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> Await.until("nothing", LONG, () -> false))
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("Interrupted while waiting for nothing");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void endsWhenALookIsInterrupted() {
        assertThatThrownBy(() -> Await.until("nothing", LONG, () -> {
                    throw new InterruptedException();
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessage("Interrupted while waiting for nothing");
        assertThat(Thread.interrupted()).isTrue();
    }
}
