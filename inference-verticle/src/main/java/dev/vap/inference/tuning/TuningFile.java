package dev.vap.inference.tuning;

import dev.vap.inference.model.Tuning.Optimisation;
import dev.vap.inference.yaml.YamlException;
import dev.vap.inference.yaml.YamlNode;
import dev.vap.inference.yaml.YamlNode.Field;
import dev.vap.inference.yaml.YamlNode.Mapping;
import dev.vap.inference.yaml.YamlNode.Scalar;
import dev.vap.inference.yaml.YamlNode.Sequence;
import dev.vap.inference.yaml.YamlReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What {@code vap models bench} has found out, in {@code DATA_DIR/tuning.json}. A file that can't be read counts as empty:
 * it holds nothing that could not be measured again. Reads and writes the whole file; the last of two writers wins.
 */
public final class TuningFile {

    private static final int MAX_ENTRIES = 1_000;
    private static final int MAX_BYTES = 4 << 20;

    private final Path file;

    public TuningFile(Path file) {
        this.file = file;
    }

    /**
     * What was measured, and where.
     *
     * @param sha256 of the model's file
     * @param provider as it was asked for
     */
    public record Key(String sha256, String provider, String cpu, int cores, String runtime) {}

    /**
     * The best way that was found.
     *
     * @param framesPerSecond that it reached
     */
    public record Best(int workers, int intraThreads, int batch, Optimisation optimisation, double framesPerSecond) {

        public Best {
            if (workers < 1 || intraThreads < 1 || batch < 1) {
                throw new IllegalArgumentException("tuning of " + workers + " x " + intraThreads + ", " + batch);
            }
        }
    }

    /** In the order in which they were measured. */
    public Map<Key, Best> all() {
        Map<Key, Best> out = new LinkedHashMap<>();
        try {
            if (!Files.isRegularFile(file) || Files.size(file) > MAX_BYTES) {
                return out;
            }
            Optional<YamlNode> root = YamlReader.read(Files.readString(file));
            if (root.isPresent()
                    && root.get() instanceof Mapping mapping
                    && fields(mapping).get("measured") instanceof Sequence list) {
                list.items().forEach(item -> read(item, out));
            }
        } catch (IOException | YamlException e) {
            out.clear();
        }
        return out;
    }

    public Optional<Best> find(Key key) {
        return Optional.ofNullable(all().get(key));
    }

    public void remember(Key key, Best best) throws IOException {
        Map<Key, Best> known = all();
        known.remove(key);
        known.put(key, best);
        write(known);
    }

    /**
     * Forgets all measurements of a file, of whatever machine.
     *
     * @return how many there were
     */
    public int forget(String sha256) throws IOException {
        Map<Key, Best> known = all();
        int before = known.size();
        known.keySet().removeIf(key -> key.sha256().equals(sha256));
        int gone = before - known.size();
        if (gone > 0) {
            write(known);
        }
        return gone;
    }

    private void write(Map<Key, Best> known) throws IOException {
        String text = known.entrySet().stream()
                .skip(Math.max(0, known.size() - MAX_ENTRIES))
                .map(e -> "    " + json(e.getKey(), e.getValue()))
                .collect(Collectors.joining(",\n", "{\n  \"measured\": [\n", "\n  ]\n}\n"));
        WholeFile.replace(file, text);
    }

    private static String json(Key key, Best best) {
        List<String> parts = new ArrayList<>();
        parts.add("\"sha256\": " + quoted(key.sha256()));
        parts.add("\"provider\": " + quoted(key.provider()));
        parts.add("\"cpu\": " + quoted(key.cpu()));
        parts.add("\"cores\": " + key.cores());
        parts.add("\"onnxruntime\": " + quoted(key.runtime()));
        parts.add("\"workers\": " + best.workers());
        parts.add("\"intra_threads\": " + best.intraThreads());
        parts.add("\"batch\": " + best.batch());
        parts.add("\"optimisation\": " + quoted(best.optimisation().name().toLowerCase(Locale.ROOT)));
        parts.add(String.format(Locale.ROOT, "\"frames_per_second\": %.1f", best.framesPerSecond()));
        return "{" + String.join(", ", parts) + "}";
    }

    private static String quoted(String text) {
        return '"' + text.replaceAll("\\p{Cntrl}", " ").replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static void read(YamlNode item, Map<Key, Best> out) {
        if (!(item instanceof Mapping mapping)) {
            return;
        }
        Map<String, YamlNode> fields = fields(mapping);
        try {
            Key key = new Key(
                    text(fields, "sha256"),
                    text(fields, "provider"),
                    text(fields, "cpu"),
                    Integer.parseInt(text(fields, "cores")),
                    text(fields, "onnxruntime"));
            Best best = new Best(
                    Integer.parseInt(text(fields, "workers")),
                    Integer.parseInt(text(fields, "intra_threads")),
                    Integer.parseInt(text(fields, "batch")),
                    Optimisation.valueOf(text(fields, "optimisation").toUpperCase(Locale.ROOT)),
                    Double.parseDouble(text(fields, "frames_per_second")));
            out.put(key, best);
        } catch (IllegalArgumentException e) {
            // Of another version, or edited by hand: as if it had not been measured.
        }
    }

    private static Map<String, YamlNode> fields(Mapping mapping) {
        return mapping.fields().stream().collect(Collectors.toMap(Field::key, Field::value, (a, b) -> b));
    }

    private static String text(Map<String, YamlNode> fields, String key) {
        if (fields.get(key) instanceof Scalar scalar) {
            return scalar.text();
        }
        throw new IllegalArgumentException(key);
    }
}
