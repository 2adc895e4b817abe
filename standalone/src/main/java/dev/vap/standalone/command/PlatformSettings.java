package dev.vap.standalone.command;

import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.shared.runtime.Logging;
import dev.vap.standalone.platform.QuietLibraries;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** The settings of a command that runs the platform. */
final class PlatformSettings {

    private PlatformSettings() {}

    /** Also sets the level of the log: on a terminal the user wants to see results, so warnings only. */
    static Settings load(CommandSpec spec, Context context, Map<String, String> strong) {
        boolean quiet = context.console().errTerminal();
        Map<String, String> weak = quiet ? Map.of(VapSettings.LOG_LEVEL.key(), "warn") : Map.of();
        Settings settings =
                SettingOptions.load(spec.commandLine().getParseResult(), context.environment(), weak, strong);
        Logging.setLevel(settings.get(VapSettings.LOG_LEVEL));
        QuietLibraries.atStart();
        return settings;
    }
}
