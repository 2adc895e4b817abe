package dev.vap.standalone.demo;

import dev.vap.inference.model.DownloadException;
import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.standalone.terminal.Console;
import dev.vap.standalone.terminal.Screen;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A demo without an audience and without the network: everything that a real one does, on a few drawn frames. */
public final class Rehearsal {

    private static final int FRAMES = 30;

    private Rehearsal() {}

    /**
     * @return the exit code of the demo
     */
    public static int run(Settings settings) throws InterruptedException, IOException {
        Path media = settings.get(VapSettings.DATA_DIR).resolve("media");
        Files.createDirectories(media);
        Path clip = media.resolve("rehearsal.mp4");
        DrawnClip.draw(clip, FRAMES);
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        Screen screen = new Screen(new Console(nowhere, nowhere, true, true, 100), false, System::nanoTime);
        DemoOptions options = new DemoOptions(
                Optional.of(clip.toString()),
                Optional.of("motion"),
                new JsonObject(),
                false,
                false,
                Optional.of(media.resolve("rehearsal.jsonl")),
                true);
        Fetcher none = item -> {
            throw new DownloadException("A rehearsal downloads nothing.");
        };
        return new Demo(settings, options, screen, none, none).run();
    }
}
