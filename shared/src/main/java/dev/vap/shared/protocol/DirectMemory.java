package dev.vap.shared.protocol;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives memory of direct buffers back when its owner says so. The garbage collector does it only once it has looked at the
 * old generation, which in a process whose garbage is all off-heap may be hours later.
 */
final class DirectMemory {

    private static final Logger LOG = LoggerFactory.getLogger(DirectMemory.class);

    /** {@code sun.misc.Unsafe.invokeCleaner}, the only way there is in Java 17; null where there is none. */
    private static final MethodHandle CLEANER = cleaner();

    private DirectMemory() {}

    private static MethodHandle cleaner() {
        try {
            Class<?> type = Class.forName("sun.misc.Unsafe");
            var field = type.getDeclaredField("theUnsafe");
            field.setAccessible(true);
            return MethodHandles.lookup()
                    .findVirtual(type, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
                    .bindTo(field.get(null));
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.debug("direct memory is left to the garbage collector", e);
            return null;
        }
    }

    /**
     * Nobody may touch the buffer, a duplicate of it or what native code has made of its address from here on: that ends
     * the process.
     *
     * @param buffer as it was allocated, no duplicate or slice
     */
    static void free(ByteBuffer buffer) {
        if (CLEANER == null) {
            return;
        }
        try {
            CLEANER.invokeExact(buffer);
        } catch (Throwable e) {
            // It is freed with the object then.
            LOG.debug("direct memory was not freed", e);
        }
    }
}
