package dev.vap.runner.session;

import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaException;
import dev.vap.runner.decode.MediaInfo;
import dev.vap.runner.source.FrameSource;
import dev.vap.runner.source.SourceSpec;
import dev.vap.shared.domain.SourceFault;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Grey frames out of nothing. */
final class FakeSource implements FrameSource {

    static final int WIDTH = 64;
    static final int HEIGHT = 48;
    static final AtomicInteger OPEN = new AtomicInteger();

    private final long frames;
    private final long nanosPerFrame;
    private final Cancellation cancellation;
    private final ByteBuffer pixels = ByteBuffer.allocateDirect(WIDTH * HEIGHT * 3);
    private final boolean live;
    /** Frames that somebody wanted in colour. */
    final AtomicInteger converted = new AtomicInteger();

    private long number;
    private boolean closed;

    /**
     * @param frames after which it ends
     * @param nanosPerFrame that reading takes
     */
    FakeSource(SourceSpec spec, Cancellation cancellation, long frames, long nanosPerFrame) {
        this.frames = frames;
        this.nanosPerFrame = nanosPerFrame;
        this.cancellation = cancellation;
        this.live = spec.live();
        this.number = spec.startFrame() - 1;
        OPEN.incrementAndGet();
    }

    @Override
    public MediaInfo info() {
        return new MediaInfo("fake", "raw", WIDTH, HEIGHT, 25, 1, 1000, frames * 40, frames, 0, live, 0);
    }

    @Override
    public Details details() {
        return new Details(live ? "arrival" : null, null, 25);
    }

    @Override
    public boolean next() {
        waitUnlessCancelled(nanosPerFrame, cancellation);
        number++;
        return number < frames;
    }

    /** As a native read does that watches its cancellation. */
    static void waitUnlessCancelled(long nanos, Cancellation cancellation) {
        long start = System.nanoTime();
        while (!cancellation.isCancelled() && System.nanoTime() - start < nanos) {
            LockSupport.parkNanos(Math.min(1_000_000, nanos));
        }
        if (cancellation.isCancelled()) {
            throw new MediaException(SourceFault.INTERRUPTED, "The source was interrupted.");
        }
    }

    @Override
    public long frameNumber() {
        return number;
    }

    @Override
    public long ptsMillis() {
        return number * 40;
    }

    @Override
    public int width() {
        return WIDTH;
    }

    @Override
    public int height() {
        return HEIGHT;
    }

    @Override
    public ByteBuffer bgr() {
        converted.incrementAndGet();
        return pixels;
    }

    @Override
    public ByteBuffer grey(int width, int height) {
        return pixels.slice(0, width * height);
    }

    @Override
    public Instant capturedAt(Instant now) {
        return now;
    }

    @Override
    public long latenessNanos() {
        return 0;
    }

    @Override
    public Drops drops() {
        return Drops.NONE;
    }

    @Override
    public long bytesRead() {
        return 0;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            OPEN.decrementAndGet();
        }
    }
}
