package dev.vap.api.http;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.VapException;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.TreeSet;

/** Strict access to the fields of a body; every failure is one sentence that names the field. */
final class Fields {

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
