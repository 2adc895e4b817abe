package dev.vap.api.contract;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Makes values that a schema of the contract allows, and values that it does not: by its keywords where those tell how, else
 * from a pool of texts that the contract's patterns are about. What it made is checked against the schema, so that it
 * can't be mistaken.
 */
public final class Values {

    private static final List<Object> POOL = new ArrayList<>(List.of(
            "",
            " ",
            "a",
            "7",
            "-1",
            "0",
            "person,car",
            "clip.mp4",
            "../secret.mp4",
            "rtsp://user:pw@host/stream",
            "http://[::1]:99999/",
            "yolox-nano",
            "a/b",
            "3s",
            "1500ms",
            "99999999s",
            "2026-01-31T12:00:00Z",
            "2026-13-99T99:99:99Z",
            "\"3\"",
            "*",
            "W/\"3\"",
            "0190c0de-0000-7000-8000-000000000001",
            "AAAA",
            "active",
            "init_startup",
            "tcp",
            "true",
            "x".repeat(5_000),
            "<script>alert(1)</script>",
            "'; DROP TABLE scenarios; --",
            "\u0000",
            "a\nb",
            "\u202Eevil",
            "машина",
            "😀"));

    private static final List<Object> ODD = List.of(
            -1,
            0,
            1,
            1.5,
            255,
            1001,
            Long.MAX_VALUE,
            -1e308,
            true,
            false,
            new JsonArray(),
            new JsonArray().add(1),
            new JsonObject(),
            new JsonObject().put("a", new JsonObject().put("b", new JsonArray())));

    private final Random random;

    public Values(long seed) {
        this.random = new Random(seed);
    }

    /** Empty if none was found. */
    public Optional<Object> allowed(Schema schema) {
        for (int i = 0; i < 50; i++) {
            Object value = make(schema.json());
            if (schema.validate(value).getValid()) {
                return Optional.ofNullable(value);
            }
        }
        return Optional.empty();
    }

    /** Empty if none was found: then everything is allowed. */
    public Optional<Object> refused(Schema schema) {
        for (int i = 0; i < 50; i++) {
            Object value = random.nextInt(3) == 0 ? anything() : broken(schema.json());
            if (value != null && !schema.validate(value).getValid()) {
                return Optional.of(value);
            }
        }
        return Optional.empty();
    }

    public Object anything() {
        int n = random.nextInt(POOL.size() + ODD.size());
        return n < POOL.size() ? POOL.get(n) : ODD.get(n - POOL.size());
    }

    private Object make(JsonObject schema) {
        JsonArray values = schema.getJsonArray("enum");
        if (values != null) {
            return values.getValue(random.nextInt(values.size()));
        }
        JsonArray examples = schema.getJsonArray("examples");
        if (examples != null && random.nextBoolean()) {
            return examples.getValue(0);
        }
        return switch (type(schema)) {
            case "object" -> object(schema);
            case "array" -> array(schema);
            case "integer" -> whole(schema);
            case "number" -> random.nextInt(4) == 0 ? whole(schema) : real(schema);
            case "boolean" -> random.nextBoolean();
            case "null" -> null;
            default -> POOL.get(random.nextInt(POOL.size()));
        };
    }

    private String type(JsonObject schema) {
        if (schema.getValue("type") instanceof JsonArray types) {
            return types.getString(random.nextInt(types.size()));
        }
        return schema.getString("type", "string");
    }

    private Object object(JsonObject schema) {
        JsonObject made = new JsonObject();
        JsonObject properties = schema.getJsonObject("properties", new JsonObject());
        JsonArray required = schema.getJsonArray("required", new JsonArray());
        for (String name : properties.fieldNames()) {
            if (required.contains(name) || random.nextInt(3) == 0) {
                allowed(Schema.of(properties.getJsonObject(name))).ifPresent(value -> made.put(name, value));
            }
        }
        return made;
    }

    private Object array(JsonObject schema) {
        JsonArray made = new JsonArray();
        int least = schema.getInteger("minItems", 0);
        int n = least + random.nextInt(Math.min(3, schema.getInteger("maxItems", 10) - least) + 1);
        for (int i = 0; i < n; i++) {
            made.add(make(schema.getJsonObject("items", new JsonObject())));
        }
        return made;
    }

    private long whole(JsonObject schema) {
        long min = schema.getLong("minimum", -10L);
        long max = schema.getLong("maximum", min + 1_000_000);
        return switch (random.nextInt(4)) {
            case 0 -> min;
            case 1 -> max;
            default -> min + (long) (random.nextDouble() * (max - min));
        };
    }

    private double real(JsonObject schema) {
        double min = schema.getDouble("minimum", -10.0);
        double max = schema.getDouble("maximum", 1e6);
        return min + random.nextDouble() * (max - min);
    }

    /** One thing wrong with what would be right. */
    private Object broken(JsonObject schema) {
        if (schema.containsKey("properties") || "object".equals(schema.getValue("type"))) {
            JsonObject made = (JsonObject) object(schema);
            JsonObject properties = schema.getJsonObject("properties", new JsonObject());
            List<String> names = new ArrayList<>(properties.fieldNames());
            int what = random.nextInt(3);
            if (what == 0 || names.isEmpty()) {
                made.put("no_such_field", anything());
            } else if (what == 1) {
                made.remove(names.get(random.nextInt(names.size())));
            } else {
                String name = names.get(random.nextInt(names.size()));
                refused(Schema.of(properties.getJsonObject(name))).ifPresent(value -> made.put(name, value));
            }
            return made;
        }
        if (schema.containsKey("items")) {
            JsonArray made = (JsonArray) array(schema);
            refused(Schema.of(schema.getJsonObject("items"))).ifPresent(made::add);
            return made;
        }
        if (schema.containsKey("maximum") && random.nextBoolean()) {
            return schema.getDouble("maximum") + 1 + random.nextInt(1_000);
        }
        if (schema.containsKey("minimum")) {
            return schema.getDouble("minimum") - 1 - random.nextInt(1_000);
        }
        return anything();
    }
}
