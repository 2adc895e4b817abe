package dev.vap.standalone.command;

import dev.vap.shared.config.Setting;
import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** An option for every setting, so that nothing can be set in the environment only; and {@code --config}. */
final class SettingOptions {

    private static final String CONFIG = "--config";

    /** Make no sense without other processes. */
    private static final Set<Setting<?>> CLUSTER_ONLY = Set.of(
            VapSettings.CLUSTER_NAME,
            VapSettings.CLUSTER_HOST,
            VapSettings.CLUSTER_PORT,
            VapSettings.CLUSTER_MEMBERS,
            VapSettings.EVENT_BUS_PORT);

    /** Those of everyday use come first, the port under a short name too. */
    private static final List<Setting<?>> COMMON =
            List.of(VapSettings.HTTP_PORT, VapSettings.DATA_DIR, VapSettings.MODEL_DIR);

    private SettingOptions() {}

    static void addTo(CommandSpec command) {
        for (Setting<?> setting : COMMON) {
            command.addOption(option(setting));
        }
        command.addOption(OptionSpec.builder(CONFIG)
                .type(String.class)
                .paramLabel("FILE")
                .description("KEY=value lines, stronger than the environment, weaker than options")
                .build());
        ArgGroupSpec.Builder others = ArgGroupSpec.builder()
                .exclusive(false)
                .multiplicity("0..1")
                .heading("%nSettings, also as environment variables (--max-workers is MAX_WORKERS):%n");
        for (Setting<?> setting : VapSettings.ALL) {
            if (!CLUSTER_ONLY.contains(setting) && !COMMON.contains(setting)) {
                others.addArg(option(setting));
            }
        }
        command.addArgGroup(others.build());
    }

    private static OptionSpec option(Setting<?> setting) {
        String fallback = setting.defaultText() == null ? "" : " [" + setting.defaultText() + "]";
        String[] names = setting.equals(VapSettings.HTTP_PORT)
                ? new String[] {"--port", setting.option()}
                : new String[] {setting.option()};
        return OptionSpec.builder(names)
                .type(String.class)
                .paramLabel("VALUE")
                .description((setting.description() + fallback).replace("%", "%%"))
                .build();
    }

    /**
     * All settings of this run.
     *
     * @param weak used where neither the environment nor anything stronger says otherwise, by key
     * @param strong stronger than everything, by key
     * @throws dev.vap.shared.config.ConfigException with every problem
     */
    static Settings load(
            ParseResult parsed, Map<String, String> environment, Map<String, String> weak, Map<String, String> strong) {
        Map<String, String> base = new HashMap<>(weak);
        environment.forEach((key, value) -> {
            if (!value.isEmpty()) {
                base.put(key, value);
            }
        });
        Map<String, String> options = new HashMap<>();
        for (Setting<?> setting : VapSettings.ALL) {
            String value = parsed.matchedOptionValue(setting.option(), (String) null);
            if (value != null) {
                options.put(setting.key(), value);
            }
        }
        options.putAll(strong);
        Optional<Path> file = Optional.ofNullable(parsed.matchedOptionValue(CONFIG, (String) null))
                .map(Path::of);
        return Settings.load(base, file, options);
    }
}
