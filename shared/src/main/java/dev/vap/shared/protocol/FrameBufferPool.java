package dev.vap.shared.protocol;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Reused buffers of one size, at most {@code limit} of them; allocated when first needed, freed when the pool is closed and
 * their last reference is released, else by the garbage collector. Thread-safe.
 */
public final class FrameBufferPool implements AutoCloseable {

    private final int bytes;
    private final int limit;
    private final ConcurrentLinkedQueue<FrameBuffer> free = new ConcurrentLinkedQueue<>();
    private final AtomicInteger allocated = new AtomicInteger();
    private volatile boolean closed;

    public FrameBufferPool(int bytes, int limit) {
        this.bytes = bytes;
        this.limit = limit;
    }

    /** A buffer with one reference, owned by the caller; null while all are in use, and once the pool is closed. */
    public FrameBuffer acquire() {
        if (closed) {
            return null;
        }
        FrameBuffer buffer = free.poll();
        if (buffer != null) {
            buffer.reuse();
            return buffer;
        }
        if (allocated.getAndUpdate(n -> n < limit ? n + 1 : n) >= limit) {
            return null;
        }
        return new FrameBuffer(ByteBuffer.allocateDirect(bytes), this::recycle);
    }

    /**
     * The same for a frame from another process: its reference is given back by {@link FrameBuffer#releaseReceived()}.
     */
    public FrameBuffer acquireReceived() {
        FrameBuffer buffer = acquire();
        return buffer == null ? null : buffer.asReceived();
    }

    private void recycle(FrameBuffer buffer) {
        free.add(buffer);
        if (closed) {
            freeAll();
        }
    }

    /** Frees what is not in use at once, and the rest as it is released. Harmless when repeated. */
    @Override
    public void close() {
        closed = true;
        freeAll();
    }

    private void freeAll() {
        for (FrameBuffer buffer = free.poll(); buffer != null; buffer = free.poll()) {
            allocated.decrementAndGet();
            buffer.free();
        }
    }

    /** Buffers handed out and not back yet. */
    public int inUse() {
        return allocated.get() - free.size();
    }
}
