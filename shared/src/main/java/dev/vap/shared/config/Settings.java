package dev.vap.shared.config;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;

/**
 * The settings of this process, all parsed and checked. Weakest first: defaults, environment, config file, options.
 * Immutable.
 */
public final class Settings {

    private final Map<String, Object> values;

    private Settings(Map<String, Object> values) {
        this.values = Map.copyOf(values);
    }

    /**
     * @param environment variables; those that are no setting are nobody's business
     * @param file {@code KEY=value} lines, {@code #} comments
     * @param options by key ({@code HTTP_PORT})
     * @throws ConfigException with every problem found
     */
    public static Settings load(Map<String, String> environment, Optional<Path> file, Map<String, String> options) {
        List<String> problems = new ArrayList<>();
        Settings settings = parsed(environment, file, options, problems);
        return checked(settings, problems);
    }

    /** Each for itself; how they go together is for {@link #checked}. */
    private static Settings parsed(
            Map<String, String> environment, Optional<Path> file, Map<String, String> options, List<String> problems) {
        Map<String, String> texts = new HashMap<>();
        Map<String, String> origins = new HashMap<>();
        for (Setting<?> setting : VapSettings.ALL) {
            String text = environment.get(setting.key());
            if (text != null && !text.isEmpty()) {
                texts.put(setting.key(), text);
                origins.put(setting.key(), "environment");
            }
        }
        file.ifPresent(path -> overlay(readFile(path, problems), path.toString(), texts, origins, problems));
        overlay(options, "options", texts, origins, problems);

        Map<String, Object> values = new HashMap<>();
        for (Setting<?> setting : VapSettings.ALL) {
            parse(setting, texts.get(setting.key()), origins.get(setting.key()), values, problems);
        }
        return new Settings(values);
    }

    private static Settings checked(Settings settings, List<String> problems) {
        if (problems.isEmpty()) {
            crossCheck(settings, problems);
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return settings;
    }

    /** All defaults, with the given values on top: for tests and for the standalone process. */
    public static Settings of(Map<String, String> options) {
        return load(Map.of(), Optional.empty(), options);
    }

    /**
     * The same settings with some replaced.
     *
     * @throws ConfigException with every problem found
     */
    public Settings with(Map<String, String> changes) {
        Map<String, Object> merged = new HashMap<>(values);
        List<String> problems = new ArrayList<>();
        parsed(Map.of(), Optional.empty(), changes, problems).values.forEach((key, value) -> {
            if (changes.containsKey(key)) {
                merged.put(key, value);
            }
        });
        return checked(new Settings(merged), problems);
    }

    /**
     * @throws ConfigException if it has neither a value nor a default
     */
    public <T> T get(Setting<T> setting) {
        return find(setting)
                .orElseThrow(
                        () -> new ConfigException(List.of(setting.key() + " is not set: give it in the environment,"
                                + " in the --config file or as " + setting.option() + ".")));
    }

    @SuppressWarnings("unchecked")
    public <T> Optional<T> find(Setting<T> setting) {
        return Optional.ofNullable((T) values.get(setting.key()));
    }

    public Path modelDir() {
        return find(VapSettings.MODEL_DIR)
                .orElseGet(() -> get(VapSettings.DATA_DIR).resolve("models"));
    }

    public Path mediaRoot() {
        return find(VapSettings.MEDIA_ROOT)
                .orElseGet(() -> get(VapSettings.DATA_DIR).resolve("media"));
    }

    private static void overlay(
            Map<String, String> from,
            String origin,
            Map<String, String> texts,
            Map<String, String> origins,
            List<String> problems) {
        new TreeMap<>(from).forEach((key, text) -> {
            if (VapSettings.ALL.stream().anyMatch(s -> s.key().equals(key))) {
                texts.put(key, text);
                origins.put(key, origin);
            } else {
                problems.add(key + " (" + origin + ") is not a setting" + suggestion(key) + ".");
            }
        });
    }

    private static String suggestion(String key) {
        return VapSettings.ALL.stream()
                .map(Setting::key)
                .filter(known -> distance(known, key) <= 3)
                .min((a, b) -> Integer.compare(distance(a, key), distance(b, key)))
                .map(known -> "; did you mean " + known + "? Every setting is in the README")
                .orElse("; the README lists them all");
    }

    private static <T> void parse(
            Setting<T> setting, String text, String origin, Map<String, Object> values, List<String> problems) {
        String effective = text != null ? text : setting.defaultText();
        if (effective == null) {
            return;
        }
        try {
            values.put(setting.key(), setting.parser().apply(effective));
        } catch (IllegalArgumentException e) {
            String shown = setting.secret() ? "" : ", not \"" + effective + "\"";
            problems.add(setting.key() + " (" + origin + ") must be " + e.getMessage() + shown + ".");
        }
    }

    private static void crossCheck(Settings s, List<String> problems) {
        var lease = s.get(VapSettings.RUNNER_LEASE);
        var heartbeat = s.get(VapSettings.RUNNER_HEARTBEAT);
        if (heartbeat.multipliedBy(3).compareTo(lease) > 0) {
            problems.add("RUNNER_HEARTBEAT (" + Parsers.shown(heartbeat) + ") must be at most a third of RUNNER_LEASE ("
                    + Parsers.shown(lease) + "), or one lost message would look like a lost runner.");
        }
        int workers = s.get(VapSettings.MAX_WORKERS);
        if (workers > VapSettings.MAX_REAL_WORKERS && !s.get(VapSettings.SIMULATE)) {
            problems.add("MAX_WORKERS (" + workers + ") must be at most " + VapSettings.MAX_REAL_WORKERS
                    + " unless SIMULATE is true: a real session needs a thread of its own; start more runners"
                    + " instead.");
        }
    }

    private static Map<String, String> readFile(Path path, List<String> problems) {
        Map<String, String> out = new TreeMap<>();
        try (Reader in = Files.newBufferedReader(path, StandardCharsets.UTF_8)) {
            Properties properties = new Properties();
            properties.load(in);
            properties.forEach((key, value) -> out.put((String) key, ((String) value).strip()));
        } catch (IOException | IllegalArgumentException e) {
            problems.add("The config file " + path + " can't be read: give a file of KEY=value lines.");
        }
        return out;
    }

    /** Levenshtein distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                int substitution = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(substitution, Math.min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }
        return row[b.length()];
    }
}
