package dev.vap.standalone.client;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/** The end of a file as the body of a request, which knows how much of it was taken. */
final class FileBody {

    private final Path file;
    private final long from;
    private final AtomicLong taken = new AtomicLong();

    FileBody(Path file, long from) {
        this.file = file;
        this.from = from;
    }

    long taken() {
        return taken.get();
    }

    BodyPublisher publisher(long size) {
        return BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(this::open), size - from);
    }

    private InputStream open() {
        try {
            InputStream in = Files.newInputStream(file);
            in.skipNBytes(from);
            return new FilterInputStream(in) {
                @Override
                public int read(byte[] target, int offset, int length) throws IOException {
                    int read = super.read(target, offset, length);
                    taken.addAndGet(Math.max(0, read));
                    return read;
                }
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
