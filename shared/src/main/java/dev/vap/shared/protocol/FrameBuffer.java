package dev.vap.shared.protocol;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Off-heap pixels with a reference count. Whoever is handed one and keeps it past the call must {@link #retain()} first
 * and {@link #release()} exactly once; at the last release the memory returns to its pool. Counting is thread-safe, the
 * contents are written by one thread before the buffer is handed on and read-only after.
 */
public final class FrameBuffer {

    private final ByteBuffer memory;
    private final Consumer<FrameBuffer> recycler;
    private final AtomicInteger references = new AtomicInteger(1);
    /** Its first reference is nobody's but the handler's, for it came from another process. */
    private volatile boolean received;

    FrameBuffer(ByteBuffer memory, Consumer<FrameBuffer> recycler) {
        this.memory = memory;
        this.recycler = recycler;
    }

    /** A buffer that belongs to no pool: what a frame from another process is read into. */
    public static FrameBuffer unpooled(int bytes) {
        return new FrameBuffer(ByteBuffer.allocateDirect(bytes), b -> {});
    }

    /** Direct memory, position 0, limit = capacity. Use absolute access or a duplicate: the instance is shared. */
    public ByteBuffer memory() {
        if (references.get() <= 0) {
            throw new IllegalStateException("frame buffer used after its last release");
        }
        return memory;
    }

    public FrameBuffer retain() {
        int before = references.getAndUpdate(n -> n > 0 ? n + 1 : n);
        if (before <= 0) {
            throw new IllegalStateException("frame buffer retained after its last release");
        }
        return this;
    }

    public void release() {
        int after = references.decrementAndGet();
        if (after < 0) {
            throw new IllegalStateException("frame buffer released more often than retained");
        }
        if (after == 0) {
            recycler.accept(this);
        }
    }

    /**
     * To be called by whoever handles a request, once it has retained what it keeps: gives the reference back that came with
     * a frame from another process, whose sender can't do that. Does nothing to a frame of this process.
     */
    public void releaseReceived() {
        if (received) {
            received = false;
            release();
        }
    }

    FrameBuffer asReceived() {
        received = true;
        return this;
    }

    /** By its pool, which has it back. */
    void free() {
        DirectMemory.free(memory);
    }

    void reuse() {
        received = false;
        references.set(1);
    }
}
