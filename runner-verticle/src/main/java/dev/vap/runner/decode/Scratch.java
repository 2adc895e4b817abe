package dev.vap.runner.decode;

import java.nio.ByteBuffer;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** Native memory that grows on demand. {@link #close()} frees it at once, where a direct buffer waits for the garbage collector. */
final class Scratch implements AutoCloseable {
    /** Vector code may read or write a little past the end. */
    private static final int SLACK = 64;

    private BytePointer memory;
    private ByteBuffer view;

    /** At least {@code size} bytes from position 0; what an earlier call returned is invalid if it was smaller. */
    ByteBuffer atLeast(int size) {
        if (view == null || view.capacity() < size) {
            close();
            Pointer block = avutil.av_malloc((long) size + SLACK);
            if (block == null || block.isNull()) {
                throw new OutOfMemoryError(size + " bytes of native memory");
            }
            memory = new BytePointer(block).capacity(size);
            view = memory.asByteBuffer();
        }
        return view.clear();
    }

    @Override
    public void close() {
        if (memory != null) {
            avutil.av_free(memory);
            memory = null;
            view = null;
        }
    }
}
