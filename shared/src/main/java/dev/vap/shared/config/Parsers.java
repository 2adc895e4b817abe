package dev.vap.shared.config;

import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text → value; the message of what they throw completes "KEY must be …". */
final class Parsers {

    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    private static final Pattern BYTES = Pattern.compile("(\\d{1,12})([kmgt]?)");

    private Parsers() {}

    static Function<String, Integer> integer(int min, int max) {
        return text -> {
            try {
                int value = Integer.parseInt(text);
                if (value >= min && value <= max) {
                    return value;
                }
            } catch (NumberFormatException e) {
                // Told below, together with the range.
            }
            throw new IllegalArgumentException("a whole number from " + min + " to " + max);
        };
    }

    static Function<String, Double> real(double min, double max) {
        return text -> {
            try {
                double value = Double.parseDouble(text);
                if (value >= min && value <= max) {
                    return value;
                }
            } catch (NumberFormatException e) {
                // Told below, together with the range.
            }
            throw new IllegalArgumentException("a number from " + plain(min) + " to " + plain(max));
        };
    }

    private static String plain(double bound) {
        return BigDecimal.valueOf(bound).stripTrailingZeros().toPlainString();
    }

    static Function<String, Duration> duration(Duration min, Duration max) {
        return text -> {
            Matcher m = DURATION.matcher(text);
            if (m.matches()) {
                long n = Long.parseLong(m.group(1));
                Duration value =
                        switch (m.group(2)) {
                            case "ms" -> Duration.ofMillis(n);
                            case "s" -> Duration.ofSeconds(n);
                            case "m" -> Duration.ofMinutes(n);
                            case "h" -> Duration.ofHours(n);
                            default -> Duration.ofDays(n);
                        };
                if (value.compareTo(min) >= 0 && value.compareTo(max) <= 0) {
                    return value;
                }
            }
            throw new IllegalArgumentException(
                    "a duration from " + shown(min) + " to " + shown(max) + ", such as 500ms, 2s, 5m, 1h or 30d");
        };
    }

    /** A number of bytes, with k, m, g or t for powers of 1024. */
    static Function<String, Long> bytes(long min, long max) {
        return text -> {
            Matcher m = BYTES.matcher(text.toLowerCase(Locale.ROOT));
            if (m.matches()) {
                int power = " kmgt".indexOf(m.group(2).isEmpty() ? " " : m.group(2));
                long unit = 1L << (10 * power);
                long count = Long.parseLong(m.group(1));
                if (count <= max / unit && count * unit >= min) {
                    return count * unit;
                }
            }
            throw new IllegalArgumentException("a number of bytes, such as 500m or 10g");
        };
    }

    static Function<String, String> oneOf(String... allowed) {
        Set<String> values = new TreeSet<>(Arrays.asList(allowed));
        return text -> {
            String value = text.toLowerCase(Locale.ROOT);
            if (!values.contains(value)) {
                throw new IllegalArgumentException("one of " + String.join(", ", values));
            }
            return value;
        };
    }

    static Function<String, String> matching(String regex, String wanted) {
        Pattern pattern = Pattern.compile(regex);
        return text -> {
            if (!pattern.matcher(text).matches()) {
                throw new IllegalArgumentException(wanted);
            }
            return text;
        };
    }

    static Path path(String text) {
        try {
            String home = System.getProperty("user.home");
            String expanded = text.equals("~") || text.startsWith("~/") ? home + text.substring(1) : text;
            return Path.of(expanded).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("a path", e);
        }
    }

    static List<String> list(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(s -> !s.isEmpty())
                .toList();
    }

    static String shown(Duration d) {
        if (d.toMillis() < 1000) {
            return d.toMillis() + "ms";
        }
        if (d.toSeconds() < 120) {
            return d.toSeconds() + "s";
        }
        return d.toDays() >= 2 ? d.toDays() + "d" : d.toMinutes() + "m";
    }
}
