package dev.vap.api.http;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.VapException;
import io.vertx.core.MultiMap;
import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.TreeSet;

/** Strict access to query parameters. */
final class Query {

    static final int MAX_LIMIT = 1_000;

    private final MultiMap parameters;

    /** Fails if there is a parameter beside these, or one of them twice. */
    Query(MultiMap parameters, String... known) {
        this.parameters = parameters;
        for (String name : parameters.names()) {
            if (!Arrays.asList(known).contains(name)) {
                String advice = known.length == 0
                        ? "this request takes none."
                        : "use " + String.join(", ", new TreeSet<>(Arrays.asList(known))) + ".";
                throw new VapException(
                        ErrorCode.UNKNOWN_FIELD,
                        "The query parameter \"" + Redact.shorten(name) + "\" is not known: " + advice);
            }
            if (parameters.getAll(name).size() > 1) {
                throw Fields.invalid(name, "given once");
            }
        }
    }

    int limit(int fallback) {
        return (int) number("limit", 1, MAX_LIMIT).orElse(fallback);
    }

    OptionalLong number(String name, long min, long max) {
        String text = parameters.get(name);
        return text == null ? OptionalLong.empty() : OptionalLong.of(parse(name, text, min, max));
    }

    /** False if it is missing. */
    boolean flag(String name) {
        String text = parameters.get(name);
        if (text != null && !text.equals("true") && !text.equals("false")) {
            throw Fields.invalid(name, "true or false");
        }
        return "true".equals(text);
    }

    Duration duration(String name, Duration fallback, Duration min, Duration max) {
        String text = parameters.get(name);
        return text == null ? fallback : Fields.duration(name, text, min, max);
    }

    /** Null if it is missing. */
    String text(String name) {
        return parameters.get(name);
    }

    static long parse(String name, String text, long min, long max) {
        try {
            long value = Long.parseLong(text);
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Told below, together with the range.
        }
        String range = max == Long.MAX_VALUE
                ? "a whole number of at least " + min
                : "a whole number from " + min + " to " + max;
        throw Fields.invalid(name, range);
    }
}
