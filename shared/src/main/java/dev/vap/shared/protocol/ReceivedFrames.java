package dev.vap.shared.protocol;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Memory for raw frames from other processes, reused once whoever handled one gives it back: direct memory is freed only by
 * full collections, which would stop the process every few seconds otherwise. Thread-safe.
 */
final class ReceivedFrames {

    /** Different sizes of pictures, one for each model. */
    private static final int MAX_SIZES = 16;

    /** Of a size, at the same time; the frames of some runners. Those beyond are left to the garbage collector. */
    static final int REUSED = 64;

    private final Map<Integer, FrameBufferPool> pools = new ConcurrentHashMap<>();

    FrameBuffer acquire(int bytes) {
        if (pools.size() >= MAX_SIZES && !pools.containsKey(bytes)) {
            pools.clear();
        }
        FrameBuffer buffer = pools.computeIfAbsent(bytes, size -> new FrameBufferPool(size, REUSED))
                .acquireReceived();
        return buffer == null ? FrameBuffer.unpooled(bytes) : buffer;
    }
}
