package dev.vap.standalone.demo;

import dev.vap.inference.model.DownloadException;
import dev.vap.inference.model.ModelDownload;
import dev.vap.standalone.terminal.DownloadBar;
import dev.vap.standalone.terminal.Screen;
import java.time.Duration;

/** Downloads that the user asked for by name: worth waiting for, with a progress bar. */
final class PatientFetcher implements Fetcher {

    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration TOTAL = Duration.ofMinutes(15);

    private final Screen screen;

    PatientFetcher(Screen screen) {
        this.screen = screen;
    }

    @Override
    public void fetch(ModelDownload.Item item) throws DownloadException {
        DownloadBar bar = new DownloadBar(screen, System::nanoTime);
        try {
            ModelDownload.fetch(item, bar::show, CONNECT, TOTAL);
        } finally {
            screen.clearBar();
        }
    }
}
