package dev.vap.runner.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CoarseTimersTest {

    private static final Duration TICK = Duration.ofMillis(10);

    private final FakeTimers clock = new FakeTimers();
    private final CoarseTimers timers = new CoarseTimers(clock, TICK, 3);
    private final List<String> run = new ArrayList<>();

    @Test
    void runsWhatIsDueInOrderOfItsTime() {
        timers.after(Duration.ofMillis(8), () -> run.add("later"));
        timers.after(Duration.ofMillis(2), () -> run.add("sooner"));
        timers.after(Duration.ofMillis(11), () -> run.add("next tick"));
        clock.advance(TICK);
        assertThat(run).containsExactly("sooner", "later");
        clock.advance(TICK);
        assertThat(run).containsExactly("sooner", "later", "next tick");
    }

    @Test
    void needsOneTimerHoweverManyItHasAndNoneWhenItHasNone() {
        for (int i = 0; i < 100; i++) {
            timers.after(TICK, () -> run.add("x"));
        }
        assertThat(clock.pending()).isEqualTo(1);
        clock.advance(Duration.ofSeconds(1));
        assertThat(run).hasSize(100);
        assertThat(clock.pending()).isZero();
    }

    @Test
    void leavesWhatIsTooMuchForOneTickToTheNext() {
        for (int i = 0; i < 5; i++) {
            timers.after(Duration.ZERO, () -> run.add("x"));
        }
        clock.advance(TICK);
        assertThat(run).hasSize(3);
        clock.advance(TICK);
        assertThat(run).hasSize(5);
    }

    @Test
    void runsNothingThatIsCancelled() {
        Timers.Timer one = timers.after(TICK, () -> run.add("one"));
        timers.after(TICK, () -> run.add("two"));
        one.cancel();
        one.cancel();
        clock.advance(TICK);
        assertThat(run).containsExactly("two");
    }

    @Test
    void goesOnAfterAnActionThatFails() {
        timers.after(Duration.ZERO, () -> {
            throw new IllegalStateException("a bug");
        });
        timers.after(Duration.ZERO, () -> run.add("the other"));
        try {
            clock.advance(TICK);
        } catch (IllegalStateException e) {
            run.add(e.getMessage());
        }
        clock.advance(TICK);
        assertThat(run).containsExactly("a bug", "the other");
    }
}
