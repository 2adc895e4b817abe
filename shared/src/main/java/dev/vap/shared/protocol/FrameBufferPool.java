package dev.vap.shared.protocol;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Reused buffers of one size, at most {@code limit} of them; allocated when first needed, freed by the garbage collector
 * with the pool. Thread-safe.
 */
public final class FrameBufferPool {

    private final int bytes;
    private final int limit;
    private final ConcurrentLinkedQueue<FrameBuffer> free = new ConcurrentLinkedQueue<>();
    private final AtomicInteger allocated = new AtomicInteger();

    public FrameBufferPool(int bytes, int limit) {
        this.bytes = bytes;
        this.limit = limit;
    }

    /** A buffer with one reference, owned by the caller; null while all are in use. */
    public FrameBuffer acquire() {
        FrameBuffer buffer = free.poll();
        if (buffer != null) {
            buffer.reuse();
            return buffer;
        }
        if (allocated.getAndUpdate(n -> n < limit ? n + 1 : n) >= limit) {
            return null;
        }
        return new FrameBuffer(ByteBuffer.allocateDirect(bytes), free::add);
    }

    /**
     * The same for a frame from another process: its reference is given back by {@link FrameBuffer#releaseReceived()}.
     */
    public FrameBuffer acquireReceived() {
        FrameBuffer buffer = acquire();
        return buffer == null ? null : buffer.asReceived();
    }

    /** Buffers handed out and not back yet. */
    public int inUse() {
        return allocated.get() - free.size();
    }
}
