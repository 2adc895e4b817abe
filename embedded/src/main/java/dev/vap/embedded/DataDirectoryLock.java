package dev.vap.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;

/**
 * Exclusive use of a directory, {@code <name>.lock}, for as long as the operating system thinks the holder lives: a
 * killed process frees it. The holder's process id stands beside it in {@code <name>.pid}, since a locked file cannot be
 * read everywhere; that file may be stale and is only ever used for words.
 */
final class DataDirectoryLock implements AutoCloseable {
    private final FileChannel channel;
    private final FileLock lock;
    private final Path pidFile;

    private DataDirectoryLock(FileChannel channel, FileLock lock, Path pidFile) {
        this.channel = channel;
        this.lock = lock;
        this.pidFile = pidFile;
    }

    /**
     * Creates the directory where it is missing.
     *
     * @throws DataDirectoryInUseException if it is held, by this process too
     * @throws EmbeddedServerException if the directory is a file or cannot be written
     */
    static DataDirectoryLock acquire(Path directory, String name) {
        prepare(directory);
        Path pidFile = directory.resolve(name + ".pid");
        FileChannel channel = null;
        try {
            channel = FileChannel.open(
                    directory.resolve(name + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = tryLock(channel);
            if (lock == null) {
                throw new DataDirectoryInUseException(directory, holder(pidFile));
            }
            Files.writeString(pidFile, ProcessHandle.current().pid() + "\n");
            FileChannel held = channel;
            channel = null;
            return new DataDirectoryLock(held, lock, pidFile);
        } catch (IOException e) {
            throw notWritable(directory, e);
        } finally {
            closeQuietly(channel);
        }
    }

    private static void prepare(Path directory) {
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            throw new EmbeddedServerException(
                    "The data directory %s is a file: choose another with --data-dir.".formatted(directory));
        }
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw notWritable(directory, e);
        }
    }

    private static EmbeddedServerException notWritable(Path directory, IOException cause) {
        return new EmbeddedServerException(
                "The data directory %s cannot be written: give this user access, or choose another with --data-dir."
                        .formatted(directory),
                cause);
    }

    private static FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static OptionalLong holder(Path pidFile) {
        try {
            return OptionalLong.of(Long.parseLong(Files.readString(pidFile).strip()));
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    private static void closeQuietly(FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // Nothing was written through it.
            }
        }
    }

    /** Harmless when repeated. The lock file itself stays: deleting it would let two runs lock two different files. */
    @Override
    public void close() {
        if (!lock.isValid()) {
            return;
        }
        try {
            Files.deleteIfExists(pidFile);
            lock.release();
        } catch (IOException e) {
            // Closing the channel frees the lock too.
        } finally {
            closeQuietly(channel);
        }
    }
}
