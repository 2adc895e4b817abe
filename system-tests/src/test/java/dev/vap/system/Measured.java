package dev.vap.system;

import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** What a test measured, one line each, for whoever reads the build's output. */
final class Measured {

    private Measured() {}

    static void print(String format, Object... values) {
        System.out.println("[measured] " + String.format(Locale.ROOT, format, values));
    }

    /** Such as {@code 2.31 s at worst, 2.12 s median (of 8)}. */
    static String spread(Collection<Double> seconds) {
        if (seconds.isEmpty()) {
            return "none";
        }
        List<Double> sorted = seconds.stream().sorted().toList();
        return String.format(
                Locale.ROOT,
                "%.2f s at worst, %.2f s median (of %d)",
                sorted.get(sorted.size() - 1),
                sorted.get(sorted.size() / 2),
                sorted.size());
    }
}
