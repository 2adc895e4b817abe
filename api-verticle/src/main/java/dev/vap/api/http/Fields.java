package dev.vap.api.http;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.VapException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Arrays;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Strict access to the fields of a body; every failure is one sentence that names the field. */
final class Fields {

    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s)");

    private Fields() {}

    /** Fails if the object has a field beside these. */
    static void allowOnly(JsonObject body, String... known) {
        for (String name : body.fieldNames()) {
            if (!Arrays.asList(known).contains(name)) {
                String advice = known.length == 0
                        ? "this request takes no fields."
                        : "use " + String.join(", ", new TreeSet<>(Arrays.asList(known))) + ".";
                throw new VapException(
                        ErrorCode.UNKNOWN_FIELD, "\"" + Redact.shorten(name) + "\" is not known: " + advice);
            }
        }
    }

    /** Null if it is missing or null. */
    static String optionalString(JsonObject body, String name) {
        Object value = body.getValue(name);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw invalid(name, "a text");
    }

    static String string(JsonObject body, String name, String example) {
        String value = optionalString(body, name);
        if (value == null) {
            throw new VapException(
                    ErrorCode.MISSING_FIELD, "\"" + name + "\" is missing: give it, for example \"" + example + "\".");
        }
        return value;
    }

    /** Null if it is missing or null. */
    static Double optionalNumber(JsonObject body, String name) {
        Object value = body.getValue(name);
        if (value == null) {
            return null;
        }
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw invalid(name, "a number");
    }

    /** False if it is missing or null. */
    static boolean flag(JsonObject body, String name) {
        Object value = body.getValue(name);
        if (value == null || value instanceof Boolean) {
            return Boolean.TRUE.equals(value);
        }
        throw invalid(name, "true or false");
    }

    static Duration optionalDuration(JsonObject body, String name, Duration fallback, Duration min, Duration max) {
        String text = optionalString(body, name);
        return text == null ? fallback : duration(name, text, min, max);
    }

    static Duration duration(String name, String text, Duration min, Duration max) {
        Matcher m = DURATION.matcher(text);
        if (m.matches()) {
            long count = Long.parseLong(m.group(1));
            Duration value = m.group(2).equals("s") ? Duration.ofSeconds(count) : Duration.ofMillis(count);
            if (value.compareTo(min) >= 0 && value.compareTo(max) <= 0) {
                return value;
            }
        }
        throw invalid(name, "a time from " + shown(min) + " to " + shown(max) + ", such as 1500ms or 5s");
    }

    private static String shown(Duration d) {
        return d.toMillis() % 1000 == 0 ? d.toSeconds() + "s" : d.toMillis() + "ms";
    }

    /** Empty if it is missing or null. */
    static JsonObject optionalObject(JsonObject body, String name) {
        Object value = body.getValue(name);
        if (value == null) {
            return new JsonObject();
        }
        if (value instanceof JsonObject object) {
            return object;
        }
        throw invalid(name, "a JSON object");
    }

    static VapException invalid(String name, String wanted) {
        return new VapException(ErrorCode.INVALID_VALUE, "\"" + name + "\" must be " + wanted + ".");
    }
}
