package dev.vap.api.media;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** An upload under way. One thread at a time; blocks. What was written stays when it is closed before its end. */
public final class PartFile implements AutoCloseable {

    private final MediaStore store;
    private final String name;
    private final Path file;
    private final FileChannel channel;
    private final OptionalLong size;
    private final long maxBytes;
    private long received;
    private boolean useless;
    private boolean closed;

    PartFile(
            MediaStore store,
            String name,
            Path file,
            FileChannel channel,
            long received,
            OptionalLong size,
            long maxBytes) {
        this.store = store;
        this.name = name;
        this.file = file;
        this.channel = channel;
        this.received = received;
        this.size = size;
        this.maxBytes = maxBytes;
    }

    String name() {
        return name;
    }

    Path file() {
        return file;
    }

    /**
     * Appends.
     *
     * @throws VapException if it becomes larger than it may be, or the disk is full
     */
    public void write(List<ByteBuffer> buffers) {
        try {
            for (ByteBuffer buffer : buffers) {
                checkRoom(buffer.remaining());
                while (buffer.hasRemaining()) {
                    received += channel.write(buffer);
                }
            }
        } catch (IOException e) {
            throw MediaStore.explain(e);
        }
    }

    private void checkRoom(int bytes) {
        if (size.isPresent() && received + bytes > size.getAsLong()) {
            throw new VapException(
                    ErrorCode.INVALID_VALUE,
                    "The body is longer than the " + size.getAsLong() + " bytes it began with.");
        }
        if (received + bytes > maxBytes) {
            // It would never come to an end.
            useless = true;
            throw MediaStore.tooLarge(maxBytes);
        }
    }

    /**
     * The body has ended as it should, and with it the file if its size is known and reached, or unknown. Safe on disk then.
     */
    public MediaFile finish() {
        try {
            channel.force(true);
            if (size.isPresent() && received < size.getAsLong()) {
                return new MediaFile(
                        name,
                        size,
                        received,
                        false,
                        Files.getLastModifiedTime(file).toInstant());
            }
            return store.publish(this);
        } catch (IOException e) {
            throw MediaStore.explain(e);
        }
    }

    /** Lets go of the name; harmless when repeated. */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            channel.close();
            if (received == 0 || useless) {
                Files.deleteIfExists(file);
            }
        } finally {
            store.release(name);
        }
    }
}
