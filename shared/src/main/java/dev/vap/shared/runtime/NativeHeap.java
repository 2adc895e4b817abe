package dev.vap.shared.runtime;

import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import javax.management.JMException;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory of native code: FFmpeg, OpenCV, ONNX Runtime, and the JVM's own. What they free, the C library of Linux keeps in
 * pieces, for each of many threads, and a process in which sessions come and go grew by 20 MB a minute of that.
 */
public final class NativeHeap {

    private static final Logger LOG = LoggerFactory.getLogger(NativeHeap.class);
    private static final Duration EVERY = Duration.ofSeconds(30);

    private NativeHeap() {}

    /** From now on, as long as that Vert.x lives; does nothing where the JVM has no such command. */
    static void trimRegularly(Vertx vertx) {
        vertx.setTimer(EVERY.toMillis(), timer -> vertx.executeBlocking(NativeHeap::trim, false)
                .onSuccess(done -> trimRegularly(vertx))
                .onFailure(e -> LOG.debug("this JVM can't give native memory back", e)));
    }

    /**
     * Takes some milliseconds, in which other threads may have to wait for memory.
     *
     * @return what the JVM says of it
     * @throws JMException if it has no such command: it came with Java 18, and with updates of 17
     */
    public static String trim() throws JMException {
        Object said = ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "systemTrimNativeHeap",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
        return String.valueOf(said).strip();
    }
}
