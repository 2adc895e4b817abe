package dev.vap.standalone.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.standalone.terminal.Streams;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.ParseResult;

class SettingOptionsTest {

    @TempDir
    Path folder;

    private static ParseResult parse(String... args) {
        return CommandLines.create(new Streams().console(false, 80), Map.of())
                .parseArgs(args)
                .subcommand();
    }

    @Test
    void optionsBeatTheFileWhichBeatsTheEnvironment() throws Exception {
        Path config = Files.writeString(folder.resolve("vap.conf"), "MAX_WORKERS=2\nHTTP_PORT=2\n");
        Map<String, String> environment = Map.of("MAX_WORKERS", "1", "HTTP_PORT", "1", "INFERENCE_QUEUE", "1");

        Settings settings = SettingOptions.load(
                parse("up", "--config", config.toString(), "--port", "3"), environment, Map.of(), Map.of());

        assertThat(settings.get(VapSettings.HTTP_PORT)).isEqualTo(3);
        assertThat(settings.get(VapSettings.MAX_WORKERS)).isEqualTo(2);
        assertThat(settings.get(VapSettings.INFERENCE_QUEUE)).isEqualTo(1);
    }

    @Test
    void everySettingOfOneProcessHasAnOption() {
        Settings settings = SettingOptions.load(
                parse("demo", "x.mp4", "--max-workers", "7", "--http-host=0.0.0.0", "--runner-lease", "9s"),
                Map.of(),
                Map.of("LOG_LEVEL", "warn"),
                Map.of());

        assertThat(settings.get(VapSettings.MAX_WORKERS)).isEqualTo(7);
        assertThat(settings.get(VapSettings.HTTP_HOST)).isEqualTo("0.0.0.0");
        assertThat(settings.get(VapSettings.RUNNER_LEASE)).hasSeconds(9);
        assertThat(settings.get(VapSettings.LOG_LEVEL)).isEqualTo("warn");
    }

    @Test
    void theUsersLogLevelBeatsTheQuietOne() {
        Settings settings =
                SettingOptions.load(parse("up"), Map.of("LOG_LEVEL", "debug"), Map.of("LOG_LEVEL", "warn"), Map.of());
        assertThat(settings.get(VapSettings.LOG_LEVEL)).isEqualTo("debug");
    }
}
