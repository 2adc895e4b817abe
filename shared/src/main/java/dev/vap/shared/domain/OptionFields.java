package dev.vap.shared.domain;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Strict reading of one JSON object of a scenario's options. A wrong value fails with a {@link VapException} whose sentence
 * names the field and what it must be.
 *
 * @param path of the object, ending with a dot; empty for the options themselves
 */
record OptionFields(JsonObject json, String path) {

    private static final int MAX_NAME = 100;

    /**
     * @param name of the object as users know it, without the dot
     * @param known the fields there are
     */
    static OptionFields of(JsonObject json, String name, String path, Set<String> known) {
        for (String field : json.fieldNames()) {
            if (!known.contains(field)) {
                throw new VapException(
                        ErrorCode.UNKNOWN_FIELD,
                        "\"" + name + "." + Redact.shorten(field) + "\" is not known: use " + String.join(", ", known)
                                + ".");
            }
        }
        return new OptionFields(json, path);
    }

    /** Null if it is not there. */
    Double number(String name) {
        Object value = json.getValue(name);
        if (value == null) {
            return null;
        }
        if (value instanceof Number n) {
            return n.doubleValue();
        }
        throw invalid(name, "a number");
    }

    double number(String name, double fallback) {
        Double value = number(name);
        return value == null ? fallback : value;
    }

    int whole(String name, int fallback) {
        Double value = number(name);
        if (value == null) {
            return fallback;
        }
        if (value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
            throw invalid(name, "a whole number");
        }
        return value.intValue();
    }

    /** In lower case; null if it is not there. */
    String word(String name) {
        String value = text(name);
        return value == null ? null : value.toLowerCase(Locale.ROOT);
    }

    /** Null if it is not there. */
    String text(String name) {
        Object value = json.getValue(name);
        if (value == null) {
            return null;
        }
        if (value instanceof String s) {
            return s;
        }
        throw invalid(name, "a text");
    }

    boolean flag(String name, boolean fallback) {
        Object value = json.getValue(name);
        if (value == null) {
            return fallback;
        }
        if (value instanceof Boolean b) {
            return b;
        }
        throw invalid(name, "true or false");
    }

    List<String> classes(String name) {
        Object value = json.getValue(name);
        if (value == null) {
            return List.of();
        }
        if (value instanceof JsonArray array && array.stream().allMatch(OptionFields::isClassName)) {
            return array.stream().map(String.class::cast).toList();
        }
        throw invalid(name, "a list of class names");
    }

    private static boolean isClassName(Object value) {
        return value instanceof String s && !s.isBlank() && s.length() <= MAX_NAME;
    }

    VapException invalid(String name, String wanted) {
        return invalidValue(path + name, wanted);
    }

    static VapException invalidValue(String name, String wanted) {
        return new VapException(ErrorCode.INVALID_VALUE, "\"" + name + "\" must be " + wanted + ".");
    }
}
