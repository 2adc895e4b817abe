package dev.vap.api.contract;

import dev.vap.shared.domain.VapException;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A value in the path, the query or the head of a request.
 *
 * @param fallback what the contract says it is where it is left out; null if it says nothing
 */
public record Parameter(String name, In in, boolean required, Type type, Object fallback, Schema schema) {

    /** Java would read digits of other scripts, and hexadecimal fractions, too. */
    private static final Pattern WHOLE = Pattern.compile("-?[0-9]+");

    private static final Pattern DECIMAL = Pattern.compile("-?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?");

    /** Where it stands. */
    public enum In {
        PATH,
        QUERY,
        HEADER
    }

    /** What its text is read as. */
    public enum Type {
        STRING,
        INTEGER,
        NUMBER,
        BOOLEAN
    }

    static Parameter of(JsonObject json) {
        JsonObject schema = json.getJsonObject("schema");
        if (json.containsKey("example")) {
            schema = schema.copy().put("example", json.getValue("example"));
        }
        return new Parameter(
                json.getString("name"),
                In.valueOf(json.getString("in").toUpperCase(Locale.ROOT)),
                json.getBoolean("required", false),
                Type.valueOf(schema.getString("type").toUpperCase(Locale.ROOT)),
                schema.getValue("default"),
                Schema.of(schema));
    }

    /** Whether it may come in several lines of the head, which are read as one list. */
    boolean isList() {
        return schema.json().getBoolean("x-list", false);
    }

    /** Whether one without a value is as good as none. */
    boolean isNoneIfEmpty() {
        return schema.json().getBoolean("x-none-if-empty", false);
    }

    /**
     * @return a String, Long, Double or Boolean
     * @throws VapException if the contract does not allow it
     */
    Object parse(String text) {
        Object value = read(text).orElseThrow(() -> schema.refuse(name, text));
        schema.check(value, name, text);
        return value;
    }

    private Optional<Object> read(String text) {
        try {
            Object value =
                    switch (type) {
                        case STRING -> text;
                        case INTEGER -> WHOLE.matcher(text).matches() ? Long.valueOf(text) : null;
                        case NUMBER -> DECIMAL.matcher(text).matches() ? Double.valueOf(text) : null;
                        case BOOLEAN ->
                            text.equals("true") ? Boolean.TRUE : text.equals("false") ? Boolean.FALSE : null;
                    };
            return Optional.ofNullable(value).filter(v -> !(v instanceof Double d) || Double.isFinite(d));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
