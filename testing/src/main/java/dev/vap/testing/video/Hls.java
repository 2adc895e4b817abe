package dev.vap.testing.video;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/**
 * A {@link TestStream} in MPEG-TS parts of one group of pictures each ({@code part0.ts}, …), and playlists that name them.
 * Immutable.
 */
public final class Hls {
    /** Parts in a live playlist, as many as most servers keep. */
    public static final int WINDOW = 5;

    private final TestStream stream;

    Hls(TestStream stream) {
        this.stream = stream;
    }

    double partSeconds() {
        return stream.spec().keyEvery() / stream.spec().framesPerSecond();
    }

    int parts() {
        return stream.spec().frames() / stream.spec().keyEvery();
    }

    /** A part of the endless stream. */
    public byte[] part(long number) {
        int frames = stream.spec().keyEvery();
        return stream.mpegTs(number * frames, frames);
    }

    /** The whole clip once, with ENDLIST. */
    public String vod() {
        return head(0) + "#EXT-X-PLAYLIST-TYPE:VOD\n" + list(0, parts()) + "#EXT-X-ENDLIST\n";
    }

    /** What a server shows that has been running this long: the last {@link #WINDOW} parts, never an end. */
    public String live(Duration running) {
        long first = firstLive(running);
        return head(first) + list(first, first + WINDOW);
    }

    long firstLive(Duration running) {
        return (long) (running.toNanos() / 1e9 / partSeconds());
    }

    /** Writes {@code vod.m3u8} and its parts; returns the playlist. */
    public Path writeVod(Path folder) {
        return write(folder, "vod.m3u8", vod(), 0, parts());
    }

    /** Writes {@code live.m3u8} and the parts that it names after running this long; returns the playlist. */
    public Path writeLive(Path folder, Duration running) {
        long first = firstLive(running);
        return write(folder, "live.m3u8", live(running), first, first + WINDOW);
    }

    private Path write(Path folder, String name, String playlist, long first, long end) {
        for (long number = first; number < end; number++) {
            TestStream.write(folder.resolve("part" + number + ".ts"), part(number));
        }
        try {
            return Files.writeString(folder.resolve(name), playlist);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String head(long first) {
        return "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:" + (long) Math.ceil(partSeconds())
                + "\n#EXT-X-MEDIA-SEQUENCE:" + first + "\n";
    }

    private String list(long first, long end) {
        StringBuilder lines = new StringBuilder();
        for (long number = first; number < end; number++) {
            lines.append(String.format(Locale.ROOT, "#EXTINF:%.3f,\npart%d.ts\n", partSeconds(), number));
        }
        return lines.toString();
    }
}
