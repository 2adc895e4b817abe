package dev.vap.api.live;

import java.time.Instant;
import java.time.LocalDate;

/** Writes instants as {@link Instant#toString} does, at a fifth of its cost: two hundred stand in one answer. */
final class InstantText {

    private static final int DAY = 86_400;
    private static final int MILLI = 1_000_000;
    private static final int MICRO = 1_000;

    private InstantText() {}

    static void append(StringBuilder out, Instant instant) {
        long seconds = instant.getEpochSecond();
        LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(seconds, DAY));
        if (date.getYear() < 1_000 || date.getYear() > 9_999) {
            out.append(instant);
            return;
        }
        int second = Math.floorMod(seconds, DAY);
        out.append(date.getYear());
        two(out.append('-'), date.getMonthValue());
        two(out.append('-'), date.getDayOfMonth());
        two(out.append('T'), second / 3_600);
        two(out.append(':'), second / 60 % 60);
        two(out.append(':'), second % 60);
        fraction(out, instant.getNano());
        out.append('Z');
    }

    /** None, or three, six or nine digits. */
    private static void fraction(StringBuilder out, int nanos) {
        if (nanos == 0) {
            return;
        }
        out.append('.');
        if (nanos % MILLI == 0) {
            digits(out, nanos / MILLI, 100);
        } else if (nanos % MICRO == 0) {
            digits(out, nanos / MICRO, 100_000);
        } else {
            digits(out, nanos, 100_000_000);
        }
    }

    private static void two(StringBuilder out, int value) {
        digits(out, value, 10);
    }

    private static void digits(StringBuilder out, int value, int highest) {
        for (int unit = highest; unit > 0; unit /= 10) {
            out.append((char) ('0' + value / unit % 10));
        }
    }
}
