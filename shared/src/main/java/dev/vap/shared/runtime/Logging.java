package dev.vap.shared.runtime;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import org.slf4j.LoggerFactory;

/** The level of VAP's own loggers at run time; the rest of the set-up is in {@code logback.xml}. */
public final class Logging {

    private Logging() {}

    public static void setLevel(String level) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLogger("dev.vap").setLevel(Level.toLevel(level, Level.INFO));
        }
    }
}
