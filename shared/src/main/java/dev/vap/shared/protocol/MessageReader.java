package dev.vap.shared.protocol;

import dev.vap.shared.domain.VapException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/** Typed, strict access to a JSON message; every failure is a {@link MessageFormatException} that names the field. */
final class MessageReader {

    private final JsonObject json;

    private MessageReader(JsonObject json) {
        this.json = json;
    }

    /** Checks the version as well. */
    static MessageReader of(JsonObject json) {
        MessageReader reader = new MessageReader(json);
        int version = reader.integer("v");
        if (version > Protocol.VERSION) {
            throw new MessageFormatException("message version " + version + " is newer than " + Protocol.VERSION);
        }
        return reader;
    }

    /** For parts of a message, which have no version of their own. */
    static MessageReader ofPart(JsonObject json) {
        return new MessageReader(json);
    }

    static JsonObject parse(String text) {
        if (text == null) {
            throw new MessageFormatException("the message is empty");
        }
        try {
            return new JsonObject(text);
        } catch (DecodeException | ClassCastException e) {
            throw new MessageFormatException("the message is not a JSON object", e);
        }
    }

    String string(String field) {
        return required(field, String.class);
    }

    Optional<String> optionalString(String field) {
        Object value = json.getValue(field);
        if (value == null) {
            return Optional.empty();
        }
        return Optional.of(typed(field, value, String.class));
    }

    int integer(String field) {
        long value = number(field);
        if (value != (int) value) {
            throw new MessageFormatException("field \"" + field + "\" is out of range");
        }
        return (int) value;
    }

    long number(String field) {
        return required(field, Number.class).longValue();
    }

    long number(String field, long fallback) {
        return json.getValue(field) == null ? fallback : number(field);
    }

    double real(String field, double fallback) {
        return json.getValue(field) == null
                ? fallback
                : required(field, Number.class).doubleValue();
    }

    boolean flag(String field) {
        Object value = json.getValue(field);
        return value != null && typed(field, value, Boolean.class);
    }

    UUID uuid(String field) {
        return converted(field, UUID::fromString);
    }

    List<UUID> uuids(String field) {
        return array(field).stream()
                .map(id -> uuidOf(field, String.valueOf(id)))
                .toList();
    }

    /** An id that is an element or a name below {@code field}. */
    static UUID uuidOf(String field, String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new MessageFormatException("field \"" + field + "\" has a value that can't be read", e);
        }
    }

    Instant instant(String field) {
        return converted(field, Instant::parse);
    }

    JsonObject object(String field) {
        return required(field, JsonObject.class);
    }

    Optional<JsonObject> optionalObject(String field) {
        Object value = json.getValue(field);
        return value == null ? Optional.empty() : Optional.of(typed(field, value, JsonObject.class));
    }

    JsonArray array(String field) {
        return required(field, JsonArray.class);
    }

    <T> T converted(String field, Function<String, T> conversion) {
        String text = string(field);
        try {
            return conversion.apply(text);
        } catch (IllegalArgumentException | DateTimeParseException | VapException e) {
            throw new MessageFormatException("field \"" + field + "\" has a value that can't be read", e);
        }
    }

    private <T> T required(String field, Class<T> type) {
        // getValue turns Map and List into JsonObject and JsonArray.
        Object value = json.getValue(field);
        if (value == null) {
            throw new MessageFormatException("field \"" + field + "\" is missing");
        }
        return typed(field, value, type);
    }

    private static <T> T typed(String field, Object value, Class<T> type) {
        if (!type.isInstance(value)) {
            throw new MessageFormatException("field \"" + field + "\" is not a "
                    + type.getSimpleName().replace("Json", "").toLowerCase(java.util.Locale.ROOT));
        }
        return type.cast(value);
    }
}
