package dev.vap.standalone.command;

import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.standalone.platform.Platform;
import dev.vap.standalone.terminal.Screen;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code vap up}: the whole platform, for scenarios that clients create. */
@Command(
        name = "up",
        description = "The whole platform in one process, until Ctrl-C; scenarios that ran when it was stopped go on.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false)
final class UpCommand implements Callable<Integer> {

    private final Context context;

    @Spec
    CommandSpec spec;

    @Option(names = "--model", paramLabel = "NAME", description = "model of scenarios that name none (DEFAULT_MODEL)")
    String model;

    @Option(names = "--fps", paramLabel = "N", description = "analysed frames a second of live sources (VIDEO_FPS)")
    String fps;

    UpCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InterruptedException {
        Map<String, String> strong = new HashMap<>();
        if (model != null) {
            strong.put(VapSettings.DEFAULT_MODEL.key(), model);
        }
        if (fps != null) {
            strong.put(VapSettings.VIDEO_FPS.key(), fps);
        }
        Settings settings = PlatformSettings.load(spec, context, strong);
        Screen screen = new Screen(context.console(), false, System::nanoTime);
        return Stoppable.run(context.console(), screen, () -> {
            screen.bar(Platform.STARTING);
            try (Platform platform = Platform.start(settings, file -> false)) {
                screen.clearBar();
                screen.note("Console:  " + platform.url());
                screen.note("API:      " + platform.url() + "/api/v1");
                screen.note("Database: "
                        + dev.vap.shared.domain.Redact.url(platform.settings().get(VapSettings.DATABASE_URL)));
                screen.note(
                        "Kafka:    " + String.join(",", platform.settings().get(VapSettings.KAFKA_BOOTSTRAP_SERVERS)));
                screen.note("Data:     " + settings.get(VapSettings.DATA_DIR));
                screen.note("Models:   " + settings.modelDir());
                screen.note("Clips:    " + settings.mediaRoot());
                screen.note("Ctrl-C stops it.");
                platform.awaitInterrupt();
                return 0;
            } finally {
                screen.clearBar();
            }
        });
    }
}
