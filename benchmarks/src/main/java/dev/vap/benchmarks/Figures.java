package dev.vap.benchmarks;

import java.util.List;
import java.util.Locale;

/** Percentiles and how they are printed. */
final class Figures {

    private Figures() {}

    /** The value below which this share of them lies; NaN of none. */
    static double percentile(List<Double> values, double share) {
        if (values.isEmpty()) {
            return Double.NaN;
        }
        List<Double> sorted = values.stream().sorted().toList();
        int index = (int) Math.ceil(share * sorted.size()) - 1;
        return sorted.get(Math.max(0, Math.min(sorted.size() - 1, index)));
    }

    static String row(Object... cells) {
        StringBuilder out = new StringBuilder("|");
        for (Object cell : cells) {
            out.append(' ').append(cell).append(" |");
        }
        return out.toString();
    }

    /** Of times in milliseconds, in words. */
    static String latencies(List<Double> millis) {
        return "p50 " + number(percentile(millis, 0.5), 1) + " ms, p95 " + number(percentile(millis, 0.95), 1)
                + " ms, p99 " + number(percentile(millis, 0.99), 1) + " ms (" + millis.size() + ")";
    }

    static String number(double value, int digits) {
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }
}
