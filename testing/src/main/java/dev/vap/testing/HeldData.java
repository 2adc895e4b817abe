package dev.vap.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A temporary data directory that no sweep, of this process or another one, takes for abandoned: not even while the server
 * in it is stopped for a moment.
 */
final class HeldData implements AutoCloseable {
    private final Path directory;
    private final FileChannel lock;

    private HeldData(Path directory, FileChannel lock) {
        this.directory = directory;
        this.lock = lock;
    }

    @SuppressWarnings("resource") // The lock lives as long as its channel.
    static HeldData create() {
        Path directory = TemporaryData.create();
        try {
            FileChannel channel = FileChannel.open(
                    directory.resolve("vap.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel.lock();
            return new HeldData(directory, channel);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path directory() {
        return directory;
    }

    /** Deletes it; harmless when repeated. */
    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        TemporaryData.discard(directory);
    }
}
