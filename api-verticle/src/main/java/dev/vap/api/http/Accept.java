package dev.vap.api.http;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.util.List;
import java.util.Locale;

/** Which of several forms of an answer a client wants (RFC 9110, 12.5.1). */
final class Accept {

    private Accept() {}

    /**
     * The form with the highest weight; of equals the one that is named more exactly, then the one that is offered first.
     *
     * @param header empty for none, which accepts everything
     * @throws VapException of NOT_ACCEPTABLE
     */
    static String choose(String header, List<String> offered) {
        if (header.isBlank()) {
            return offered.get(0);
        }
        String best = null;
        double bestRank = 0;
        for (String type : offered) {
            double rank = rank(header, type);
            if (rank > bestRank) {
                best = type;
                bestRank = rank;
            }
        }
        if (best == null) {
            throw new VapException(
                    ErrorCode.NOT_ACCEPTABLE,
                    "This can be had as " + String.join(", ", offered) + ": name one of them in Accept.");
        }
        return best;
    }

    /** Weight in steps of ten, and how exactly the type is named; 0 if it is not wanted. The most exact range decides. */
    private static double rank(String header, String type) {
        int exactness = 0;
        double weight = 0;
        for (String range : header.toLowerCase(Locale.ROOT).split(",", -1)) {
            String[] parts = range.split(";", -1);
            int found = exactness(parts[0].strip(), type);
            if (found > exactness) {
                exactness = found;
                weight = weight(parts);
            }
        }
        return weight == 0 ? 0 : weight * 10 + exactness;
    }

    private static int exactness(String range, String type) {
        if (range.equals(type)) {
            return 3;
        }
        if (range.equals(type.substring(0, type.indexOf('/')) + "/*")) {
            return 2;
        }
        return range.equals("*/*") ? 1 : 0;
    }

    /** In thousandths, of which there are at most 1000; what can't be read counts as 1. */
    private static double weight(String[] parts) {
        for (int i = 1; i < parts.length; i++) {
            String part = parts[i].strip();
            if (part.startsWith("q=")) {
                String value = part.substring(2).strip();
                return value.matches("0(\\.\\d{0,3})?|1(\\.0{0,3})?")
                        ? Math.round(Double.parseDouble(value) * 1_000)
                        : 1_000;
            }
        }
        return 1_000;
    }
}
