package dev.vap.api.contract;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.VapException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.Validator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A JSON schema of the contract. What it refuses is told in one sentence, which the contract writes itself where the
 * keywords alone would not tell enough: {@code x-must-be} completes {@code "name" must be …}; {@code x-sentence} replaces
 * the whole, with {@code {value}} for what was sent, and {@code x-code} its code.
 */
public final class Schema {

    private static final String ADDITIONAL = "additionalProperties";

    /** Keywords that only pass on what others have found. */
    private static final Set<String> PASSING =
            Set.of("properties", "items", "prefixItems", "allOf", "anyOf", "oneOf", "then", "else", ADDITIONAL);

    private final JsonObject json;
    private final Validator validator;

    private Schema(JsonObject json) {
        this.json = json;
        // The library writes notes of its own into what it is given.
        this.validator = Validator.create(
                JsonSchema.of(exact(json.copy())),
                new JsonSchemaOptions()
                        .setDraft(Draft.DRAFT202012)
                        .setBaseUri("app://vap")
                        .setOutputFormat(OutputFormat.Basic));
    }

    /** Patterns as the specification has them: to Java, the end of a text is also before a line feed that ends it. */
    private static JsonObject exact(JsonObject schema) {
        for (String name : schema.fieldNames()) {
            Object value = schema.getValue(name);
            if (value instanceof JsonObject object) {
                exact(object);
            } else if (value instanceof JsonArray array) {
                array.stream().filter(JsonObject.class::isInstance).forEach(item -> exact((JsonObject) item));
            } else if (name.equals("pattern") && value instanceof String text && text.endsWith("$")) {
                schema.put(name, text.substring(0, text.length() - 1) + "\\z");
            }
        }
        return schema;
    }

    /**
     * @param json without references
     */
    public static Schema of(JsonObject json) {
        return new Schema(json);
    }

    JsonObject json() {
        return json;
    }

    /** What the validator finds; for tests, which check answers. */
    public OutputUnit validate(Object value) {
        return validator.validate(value);
    }

    /**
     * @throws VapException if the object is refused
     */
    void check(JsonObject value) {
        check(value, "", "");
    }

    /**
     * @param name of a parameter; empty for a body, whose fields have names of their own
     * @param text as it was sent
     */
    void check(Object value, String name, String text) {
        OutputUnit verdict = validator.validate(value);
        if (!verdict.getValid()) {
            throw refusal(verdict.getErrors(), name, text);
        }
    }

    /** For a value that is not even of the right type. */
    VapException refuse(String name, String text) {
        return refusal(json, name, text);
    }

    private VapException refusal(List<OutputUnit> errors, String name, String text) {
        OutputUnit error = errors.stream()
                .filter(this::isUnknownField)
                .findFirst()
                .or(() -> errors.stream().filter(Schema::isCause).findFirst())
                .orElse(errors.get(0));
        if (!name.isEmpty()) {
            return refusal(json, name, text);
        }
        String field = field(error.getInstanceLocation());
        return switch (keyword(error)) {
            case ADDITIONAL -> unknown(field, parent(error));
            case "required" -> missing(field, error);
            case "type" ->
                isNeededAndNull(error)
                        ? missing(field, example(nearest(error)))
                        : refusal(nearest(error), shortened(field), "");
            default -> refusal(nearest(error), shortened(field), "");
        };
    }

    /** Options are known by their own names. */
    private static String shortened(String field) {
        return field.startsWith("options.") ? field.substring("options.".length()) : field;
    }

    /** Null is no better than nothing. */
    private boolean isNeededAndNull(OutputUnit error) {
        String[] path = path(error.getKeywordLocation());
        Object at = json;
        JsonObject parent = json;
        for (int i = 1; i < path.length - 1; i++) {
            if (path[i].equals("properties") && at instanceof JsonObject object) {
                parent = object;
            }
            at = step(at, path[i]);
        }
        return error.getError().startsWith("Instance type null ")
                && parent.getJsonArray("required", new JsonArray()).contains(path[path.length - 2]);
    }

    /** The library says the same of fields that are known and have a wrong value. */
    private boolean isUnknownField(OutputUnit error) {
        String[] pointer = path(error.getInstanceLocation());
        return keyword(error).equals(ADDITIONAL)
                && !parent(error)
                        .getJsonObject("properties", new JsonObject())
                        .containsKey(pointer[pointer.length - 1]);
    }

    private static boolean isCause(OutputUnit error) {
        return !PASSING.contains(keyword(error));
    }

    private static VapException refusal(JsonObject schema, String name, String text) {
        String code = schema.getString("x-code");
        String sentence = schema.getString("x-sentence");
        return new VapException(
                code == null ? ErrorCode.INVALID_VALUE : ErrorCode.fromWire(code),
                sentence == null
                        ? "\"" + name + "\" must be " + wanted(schema) + "."
                        : sentence.replace("{value}", Redact.shorten(text)));
    }

    private static String wanted(JsonObject schema) {
        JsonArray values = schema.getJsonArray("enum");
        String words = schema.getString("x-must-be");
        if (words != null) {
            return words;
        }
        return values != null
                ? "one of "
                        + String.join(", ", values.stream().map(String::valueOf).toList())
                : "as the contract at /docs says";
    }

    private static VapException unknown(String field, JsonObject schema) {
        TreeSet<String> known = new TreeSet<>(
                schema.getJsonObject("properties", new JsonObject()).fieldNames());
        String advice = known.isEmpty() ? "this request takes no fields." : "use " + String.join(", ", known) + ".";
        return new VapException(ErrorCode.UNKNOWN_FIELD, "\"" + Redact.shorten(field) + "\" is not known: " + advice);
    }

    /** The library names what is missing in its message only. */
    private VapException missing(String field, OutputUnit error) {
        JsonObject schema = parent(error);
        for (Object required : schema.getJsonArray("required")) {
            String name = (String) required;
            if (error.getError().endsWith("\"" + name + "\"")) {
                return missing(
                        field.isEmpty() ? name : field + "." + name,
                        example(schema.getJsonObject("properties").getJsonObject(name)));
            }
        }
        return new VapException(ErrorCode.MISSING_FIELD, "A field of \"" + field + "\" is missing.");
    }

    static VapException missing(String name, Optional<Object> example) {
        return new VapException(
                ErrorCode.MISSING_FIELD,
                "\"" + name + "\" is missing: give it"
                        + example.map(value -> ", for example \"" + value + "\"")
                                .orElse("") + ".");
    }

    static Optional<Object> example(JsonObject schema) {
        JsonArray examples = schema.getJsonArray("examples", new JsonArray());
        return examples.isEmpty() ? Optional.ofNullable(schema.getValue("example")) : Optional.of(examples.getValue(0));
    }

    /** The schema whose keyword it is. */
    private JsonObject parent(OutputUnit error) {
        Object at = json;
        String[] path = path(error.getKeywordLocation());
        for (int i = 1; i < path.length - 1; i++) {
            at = step(at, path[i]);
        }
        return at instanceof JsonObject schema ? schema : json;
    }

    /** The innermost schema that says in words what it wants. */
    private JsonObject nearest(OutputUnit error) {
        Object at = json;
        JsonObject nearest = json;
        String[] path = path(error.getKeywordLocation());
        for (int i = 1; i < path.length; i++) {
            at = step(at, path[i]);
            if (at instanceof JsonObject schema && (schema.containsKey("x-must-be") || schema.containsKey("enum"))) {
                nearest = schema;
            }
        }
        return nearest;
    }

    private static Object step(Object at, String key) {
        if (at instanceof JsonObject object) {
            return object.getValue(key);
        }
        return at instanceof JsonArray array && key.matches("\\d+") ? array.getValue(Integer.parseInt(key)) : null;
    }

    private static String keyword(OutputUnit error) {
        String[] path = path(error.getKeywordLocation());
        String last = path[path.length - 1];
        return last.matches("\\d+") && path.length > 1 ? path[path.length - 2] : last;
    }

    /** {@code #/options/pipeline/0/model} becomes {@code options.pipeline.model}. */
    private static String field(String pointer) {
        StringBuilder name = new StringBuilder();
        for (String part : path(pointer)) {
            if (!part.equals("#") && !part.matches("\\d+")) {
                name.append(name.length() == 0 ? "" : ".").append(part);
            }
        }
        return name.toString();
    }

    private static String[] path(String pointer) {
        String[] parts = pointer.split("/", -1);
        for (int i = 0; i < parts.length; i++) {
            parts[i] = parts[i].replace("~1", "/").replace("~0", "~");
        }
        return parts;
    }
}
