package dev.vap.standalone.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ScreenTest {

    private final Streams streams = new Streams();
    private final AtomicLong nanos = new AtomicLong();

    private Screen screen(boolean terminal, boolean machine) {
        return new Screen(streams.console(terminal, 30), machine, nanos::get);
    }

    @Test
    void printsPlainLinesOnlyWhereThereIsNoTerminal() {
        Screen screen = screen(false, false);
        screen.bar("half");
        screen.lines(List.of("a".repeat(50), "b"));
        screen.note("done");
        screen.clearBar();

        assertThat(streams.out()).isEqualToNormalizingNewlines("a".repeat(50) + "\nb\ndone\n");
        assertThat(streams.err()).isEmpty();
    }

    @Test
    void keepsTheBarBelowTheLines() {
        Screen screen = screen(true, false);
        screen.bar("[##..] 50 %");
        screen.lines(List.of("one", "two"));
        screen.clearBar();

        assertThat(streams.err()).isEqualTo("\r[##..] 50 %" + "[##..] 50 %" + "\r           \r");
        assertThat(streams.out()).isEqualToNormalizingNewlines("\rone        \ntwo\n");
    }

    @Test
    void redrawsTheBarTenTimesASecondAtMost() {
        Screen screen = screen(true, false);
        for (int millis = 0; millis < 1000; millis++) {
            nanos.set(TimeUnit.MILLISECONDS.toNanos(millis));
            screen.bar("x");
        }
        assertThat(streams.err()).isEqualTo("\rx".repeat(10));
    }

    @Test
    void cutsLinesForPeopleButNotForPrograms() {
        screen(true, false).lines(List.of("a".repeat(50)));
        assertThat(streams.out().strip()).isEqualTo("a".repeat(26) + "...");

        screen(true, true).lines(List.of("b".repeat(50)));
        assertThat(streams.out()).contains("b".repeat(50));
    }

    @Test
    void keepsNotesOutOfTheWayOfPrograms() {
        screen(false, true).note("Console: http://127.0.0.1:1");
        assertThat(streams.out()).isEmpty();
        assertThat(streams.err()).contains("Console");
    }

    @Test
    void showsNoBarOnceItStops() {
        Screen screen = screen(true, false);
        screen.bar("[##..]");
        screen.stopping();
        nanos.set(TimeUnit.SECONDS.toNanos(5));
        screen.bar("[###.]");
        screen.clearBar();
        assertThat(streams.err()).isEqualToNormalizingNewlines("\r[##..]\nStopping ...\n");
    }
}
