package dev.vap.standalone.platform;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import java.util.List;
import org.slf4j.LoggerFactory;

/** Takes what is no news for the user of one process out of the log, unless {@code LOG_LEVEL} asks for everything. */
public final class QuietLibraries {

    private static final String OWN = "dev.vap";

    private QuietLibraries() {}

    /**
     * To be called before the first of the libraries is used: Kafka's controller tells its own broker that it is not elected
     * yet, with a stack trace; meters of several verticles share a name; FFmpeg's loader misses a file in the fat jar.
     */
    public static void atStart() {
        System.setProperty("org.bytedeco.javacpp.logger", "slf4j");
        set(List.of("kafka.server.ControllerApis", "io.micrometer.core.instrument", "org.bytedeco.javacpp"));
    }

    /** Kafka takes an interrupt during its start for a fault, and says so with stack traces. */
    static void atStop() {
        set(List.of("org.apache.kafka", "kafka", "state.change.logger"));
    }

    private static void set(List<String> loggers) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context
                && !context.getLogger(OWN).isDebugEnabled()) {
            loggers.forEach(name -> context.getLogger(name).setLevel(Level.OFF));
        }
    }
}
