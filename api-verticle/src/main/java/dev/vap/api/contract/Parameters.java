package dev.vap.api.contract;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.VapException;
import io.vertx.core.MultiMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The parameters of one request, checked. Those that were left out have the contract's default, if it has one. */
public final class Parameters {

    private final Map<String, Object> values = new HashMap<>();
    private final Set<String> given = new HashSet<>();

    private Parameters() {}

    /**
     * @param path decoded values by name
     * @throws VapException if one is unknown, missing, given twice or not as the contract wants it
     */
    public static Parameters of(Operation operation, Map<String, String> path, MultiMap query, MultiMap headers) {
        Parameters parsed = new Parameters();
        List<Parameter> known = operation.parameters();
        for (Parameter parameter : known) {
            if (parameter.in() == Parameter.In.PATH) {
                parsed.put(parameter, path.get(parameter.name()));
            }
        }
        if (!query.isEmpty()) {
            refuseUnknown(operation, query);
        }
        for (Parameter parameter : known) {
            switch (parameter.in()) {
                case QUERY -> parsed.put(parameter, query.get(parameter.name()));
                case HEADER -> parsed.put(parameter, header(headers, parameter));
                case PATH -> {}
            }
        }
        return parsed;
    }

    /** Several lines are one list where the contract says that it is one (RFC 9110, 5.3). */
    private static String header(MultiMap headers, Parameter parameter) {
        List<String> lines = headers.getAll(parameter.name());
        if (lines.size() > 1 && !parameter.isList()) {
            throw givenOnce(parameter.name());
        }
        return lines.isEmpty() ? null : String.join(", ", lines);
    }

    private static VapException givenOnce(String name) {
        return new VapException(ErrorCode.INVALID_VALUE, "\"" + name + "\" must be given once.");
    }

    private static void refuseUnknown(Operation operation, MultiMap query) {
        TreeSet<String> known = operation.queryNames();
        for (String name : query.names()) {
            if (!known.contains(name)) {
                String advice = known.isEmpty() ? "this request takes none." : "use " + String.join(", ", known) + ".";
                throw new VapException(
                        ErrorCode.UNKNOWN_FIELD,
                        "The query parameter \"" + Redact.shorten(name) + "\" is not known: " + advice);
            }
            if (query.getAll(name).size() > 1) {
                throw givenOnce(name);
            }
        }
    }

    private void put(Parameter parameter, String text) {
        if (text != null && !(text.isEmpty() && parameter.isNoneIfEmpty())) {
            values.put(parameter.name(), parameter.parse(text));
            given.add(parameter.name());
        } else if (parameter.required()) {
            throw Schema.missing(
                    parameter.name(), Schema.example(parameter.schema().json()));
        } else if (parameter.fallback() != null) {
            values.put(parameter.name(), parameter.fallback());
        }
    }

    /** Whether it was sent, and is not a default. */
    public boolean isGiven(String name) {
        return given.contains(name);
    }

    public Optional<String> text(String name) {
        return Optional.ofNullable((String) values.get(name));
    }

    /** A whole number. */
    public Optional<Long> whole(String name) {
        return Optional.ofNullable((Number) values.get(name)).map(Number::longValue);
    }

    public Optional<Double> number(String name) {
        return Optional.ofNullable((Number) values.get(name)).map(Number::doubleValue);
    }

    public Optional<Boolean> flag(String name) {
        return Optional.ofNullable((Boolean) values.get(name));
    }

    /** How many are wanted at most: every {@code limit} has a default. */
    public int limit() {
        return whole("limit").orElseThrow().intValue();
    }
}
