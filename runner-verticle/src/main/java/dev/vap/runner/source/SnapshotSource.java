package dev.vap.runner.source;

import dev.vap.runner.decode.ByteStream;
import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaException;
import dev.vap.runner.decode.MediaInfo;
import dev.vap.runner.decode.ReaderOptions;
import dev.vap.runner.decode.StillDecoder;
import dev.vap.shared.domain.SourceFault;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;

/** A camera that sends one picture per request: asked for as many pictures a second as are to be analysed. */
final class SnapshotSource implements FrameSource {

    private static final int MAX_BYTES = 64 << 20;
    private static final double ASSUMED_FPS = 1;

    private final ReaderOptions reader;
    private final Cancellation cancellation;
    private final StillDecoder decoder;
    private double fps;
    private final MediaInfo info;
    private byte[] bytes = new byte[256 << 10];
    private long number;
    private long bytesRead;
    private long firstAt;
    private long fetchedAt;
    private long nextAt;
    private boolean first = true;

    private SnapshotSource(
            SourceSpec spec, ReaderOptions reader, StillDecoder decoder, ByteStream opened, Cancellation cancellation) {
        this.reader = reader;
        this.decoder = decoder;
        this.cancellation = cancellation;
        this.fps = spec.fps() > 0 ? spec.fps() : ASSUMED_FPS;
        this.number = spec.startFrame();
        String type = opened.contentType();
        fetch(opened);
        firstAt = fetchedAt;
        info = new MediaInfo(
                type, decoder.codec(), decoder.width(), decoder.height(), fps, 1, 1000, -1, -1, 0, true, 0);
    }

    /**
     * @param opened the first picture; closed by this source, also if it throws
     */
    static SnapshotSource open(SourceSpec spec, ReaderOptions reader, ByteStream opened, Cancellation cancellation) {
        StillDecoder decoder = new StillDecoder(reader);
        try {
            return new SnapshotSource(spec, reader, decoder, opened, cancellation);
        } catch (RuntimeException | Error e) {
            decoder.close();
            opened.close();
            throw e;
        }
    }

    private void fetch(ByteStream picture) {
        try (picture) {
            if (!picture.contentType().startsWith("image/")) {
                throw new MediaException(
                        SourceFault.NOT_A_VIDEO,
                        "The source sent a picture before, and " + picture.contentType() + " now.");
            }
            long deadline = System.nanoTime() + reader.limits().read().toNanos();
            int length = 0;
            for (int got = 0; got >= 0; length += Math.max(0, got)) {
                if (length == bytes.length) {
                    grow();
                }
                got = picture.read(bytes, length, bytes.length - length, deadline);
            }
            fetchedAt = System.nanoTime();
            bytesRead += length;
            decoder.decode(bytes, length, picture.contentType());
        }
    }

    private void grow() {
        if (bytes.length >= MAX_BYTES) {
            throw new MediaException(
                    SourceFault.TOO_LARGE, "The source sends a picture of more than " + (MAX_BYTES >> 20) + " MB.");
        }
        bytes = Arrays.copyOf(bytes, Math.min(MAX_BYTES, bytes.length * 2));
    }

    @Override
    public void wanted(double framesPerSecond) {
        fps = framesPerSecond > 0 ? framesPerSecond : ASSUMED_FPS;
        // The next picture was put off at the old rate, perhaps for long.
        nextAt = Math.min(nextAt, System.nanoTime() + Math.round(1e9 / fps));
    }

    @Override
    public boolean next() {
        long interval = Math.round(1e9 / fps);
        if (first) {
            first = false;
            nextAt = fetchedAt + interval;
            return true;
        }
        if (cancellation.await(Math.max(0, nextAt - System.nanoTime()))) {
            throw new MediaException(SourceFault.INTERRUPTED, "The source is no longer read: it was stopped.");
        }
        // A camera that is slower than asked for is asked again at once, but not for what it missed.
        nextAt = Math.max(nextAt + interval, System.nanoTime());
        long deadline = System.nanoTime() + reader.limits().open().toNanos();
        fetch(reader.network().streams().open(reader.url(), reader.network().tlsVerify(), deadline, cancellation));
        number++;
        return true;
    }

    @Override
    public MediaInfo info() {
        return info;
    }

    @Override
    public Details details() {
        return new Details("arrival", null, fps);
    }

    @Override
    public long frameNumber() {
        return number;
    }

    @Override
    public long ptsMillis() {
        return (fetchedAt - firstAt) / 1_000_000;
    }

    @Override
    public Instant capturedAt(Instant now) {
        return now.minusNanos(latenessNanos());
    }

    @Override
    public long latenessNanos() {
        return Math.max(0, System.nanoTime() - fetchedAt);
    }

    @Override
    public int width() {
        return decoder.width();
    }

    @Override
    public int height() {
        return decoder.height();
    }

    @Override
    public ByteBuffer bgr() {
        return decoder.bgr();
    }

    @Override
    public ByteBuffer grey(int width, int height) {
        return decoder.grey(width, height);
    }

    @Override
    public Drops drops() {
        return Drops.NONE;
    }

    @Override
    public long bytesRead() {
        return bytesRead;
    }

    @Override
    public void close() {
        decoder.close();
    }
}
