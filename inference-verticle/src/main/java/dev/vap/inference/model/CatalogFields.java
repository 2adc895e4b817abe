package dev.vap.inference.model;

import dev.vap.inference.yaml.YamlNode;
import dev.vap.inference.yaml.YamlNode.Field;
import dev.vap.inference.yaml.YamlNode.Mapping;
import dev.vap.inference.yaml.YamlNode.Scalar;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Reads a mapping of a catalogue file. What is wrong is told to the listener, and its value is as if it were not there: one
 * reading finds everything that is wrong.
 */
final class CatalogFields {

    private static final int SHOWN = 60;

    private final String file;
    private final String path;
    private final Map<String, Field> fields = new HashMap<>();
    private final List<Field> inOrder;
    private final Set<String> known = new HashSet<>();
    private final Consumer<CatalogProblem> problems;

    CatalogFields(String file, String path, Mapping mapping, Consumer<CatalogProblem> problems) {
        this.file = file;
        this.path = path;
        this.inOrder = mapping.fields();
        this.problems = problems;
        for (Field field : inOrder) {
            Field first = fields.putIfAbsent(field.key(), field);
            if (first != null) {
                report(
                        field.line(),
                        pathOf(field.key()),
                        "is already given in line " + first.line() + "; give it once");
            }
        }
    }

    /** Null if it is not given. */
    Scalar scalar(String key) {
        known.add(key);
        Field field = fields.get(key);
        if (field == null || isNull(field.value())) {
            return null;
        }
        if (field.value() instanceof Scalar scalar) {
            return scalar;
        }
        report(field.line(), pathOf(key), "must be one value, not a list or a mapping");
        return null;
    }

    /** Null if it is not given or wrong. */
    <T> T value(String key, Function<String, T> parser, String wanted) {
        Scalar scalar = scalar(key);
        if (scalar == null) {
            return null;
        }
        try {
            T value = parser.apply(scalar.text().strip());
            if (value != null) {
                return value;
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        // It may be a URL with a password, or with a token among its parameters.
        boolean secret = scalar.text().contains("@") || scalar.text().contains("?");
        String given = secret ? "" : ", but is \"" + shorten(scalar.text()) + "\"";
        report(scalar.line(), pathOf(key), "must be " + wanted + given);
        return null;
    }

    Integer integer(String key, int min, int max) {
        return value(
                key,
                text -> {
                    int number = Integer.parseInt(text);
                    return number >= min && number <= max ? number : null;
                },
                "a whole number from " + min + " to " + max);
    }

    Double fraction(String key) {
        return value(
                key,
                text -> {
                    double number = Double.parseDouble(text);
                    return number >= 0 && number <= 1 ? number : null;
                },
                "a number from 0 to 1");
    }

    Boolean flag(String key) {
        return value(
                key,
                text -> text.equals("true") ? Boolean.TRUE : text.equals("false") ? Boolean.FALSE : null,
                "true or false");
    }

    /** What one of the words stands for. */
    <E> E oneOf(String key, Map<String, E> words) {
        return value(
                key, words::get, "one of " + words.keySet().stream().sorted().collect(Collectors.joining(", ")));
    }

    /** A mapping within; empty if it is not given, so that all in it is null. */
    CatalogFields within(String key) {
        known.add(key);
        Field field = fields.get(key);
        if (field != null && field.value() instanceof Mapping mapping) {
            return new CatalogFields(file, pathOf(key), mapping, problems);
        }
        boolean missing = field == null || isNull(field.value());
        if (!missing) {
            report(field.line(), pathOf(key), "must be a mapping of keys to values");
        }
        return new CatalogFields(file, pathOf(key), new Mapping(List.of(), 0), problems);
    }

    /** As it is; null if it is not given. */
    YamlNode node(String key) {
        known.add(key);
        Field field = fields.get(key);
        return field == null || isNull(field.value()) ? null : field.value();
    }

    /** To be called once all known keys were asked for. */
    void refuseOthers() {
        for (Field field : inOrder) {
            if (!known.contains(field.key())) {
                report(
                        field.line(),
                        pathOf(field.key()),
                        "is not known here; known are "
                                + String.join(", ", known.stream().sorted().toList()));
            }
        }
    }

    void report(int line, String where, String what) {
        problems.accept(new CatalogProblem(file, line, where, what));
    }

    String pathOf(String key) {
        String shown = shorten(key);
        return path.isEmpty() ? shown : path + "." + shown;
    }

    static <E extends Enum<E>> Map<String, E> words(E[] values) {
        return Arrays.stream(values).collect(Collectors.toMap(v -> v.name().toLowerCase(Locale.ROOT), v -> v));
    }

    private static boolean isNull(YamlNode node) {
        return node instanceof Scalar scalar && scalar.isNull();
    }

    static String shorten(String text) {
        String line = text.replaceAll("[\\s\\p{Cntrl}]+", " ");
        return line.length() > SHOWN ? line.substring(0, SHOWN) + "..." : line;
    }
}
