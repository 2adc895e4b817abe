package dev.vap.standalone.terminal;

import java.util.function.LongSupplier;

/** How far a download or an upload is. */
public final class DownloadBar {

    private static final int KIB = 1024;

    private final Screen screen;
    private final LongSupplier nanoTime;
    private final long started;

    public DownloadBar(Screen screen, LongSupplier nanoTime) {
        this.screen = screen;
        this.nanoTime = nanoTime;
        this.started = nanoTime.getAsLong();
    }

    /**
     * @param total -1 if unknown
     */
    public void show(long bytes, long total) {
        double seconds = (nanoTime.getAsLong() - started) / 1e9;
        double perSecond = seconds > 0 ? (double) bytes / KIB / seconds : 0;
        screen.bar(ProgressBar.text(bytes / KIB, total / KIB, "KiB", perSecond, screen.columns()));
    }
}
