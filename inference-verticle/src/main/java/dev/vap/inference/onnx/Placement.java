package dev.vap.inference.onnx;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which provider ran which operators of a network, by ONNX Runtime's own profile of a run.
 *
 * @param operators by the provider's name in ONNX Runtime
 */
record Placement(Map<String, Integer> operators) {

    private static final Pattern PROVIDER = Pattern.compile("\"provider\"\\s*:\\s*\"([A-Za-z0-9]+)\"");

    Placement {
        operators = Map.copyOf(operators);
    }

    /** A profile has an event a line; those of operators that ran end in {@code _kernel_time}. */
    static Placement read(Path profile) throws IOException {
        Map<String, Integer> counts = new HashMap<>();
        try (Stream<String> lines = Files.lines(profile)) {
            lines.filter(line -> line.contains("_kernel_time\"")).forEach(line -> {
                Matcher m = PROVIDER.matcher(line);
                if (m.find()) {
                    counts.merge(m.group(1), 1, Integer::sum);
                }
            });
        }
        return new Placement(counts);
    }

    int on(String provider) {
        return operators.getOrDefault(provider, 0);
    }

    /** {@code 3 CPUExecutionProvider, 214 CUDAExecutionProvider}. */
    @Override
    public String toString() {
        return new TreeMap<>(operators)
                .entrySet().stream().map(e -> e.getValue() + " " + e.getKey()).collect(Collectors.joining(", "));
    }
}
