package dev.vap.shared.domain;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The life of a scenario. {@code inactive} is both its end and where a start may begin again.
 *
 * <p>The wire and column form is the lower-case name.
 */
public enum ScenarioStatus {
    INIT_STARTUP,
    IN_STARTUP_PROCESSING,
    ACTIVE,
    INIT_SHUTDOWN,
    IN_SHUTDOWN_PROCESSING,
    INACTIVE;

    /** Statuses that may follow this one; {@code IN_STARTUP_PROCESSING} follows itself when a worker is replaced. */
    public Set<ScenarioStatus> successors() {
        return switch (this) {
            case INIT_STARTUP -> EnumSet.of(IN_STARTUP_PROCESSING, INIT_SHUTDOWN);
            case IN_STARTUP_PROCESSING -> EnumSet.of(ACTIVE, IN_STARTUP_PROCESSING, INIT_SHUTDOWN);
            case ACTIVE -> EnumSet.of(IN_STARTUP_PROCESSING, INIT_SHUTDOWN);
            case INIT_SHUTDOWN -> EnumSet.of(IN_SHUTDOWN_PROCESSING);
            case IN_SHUTDOWN_PROCESSING -> EnumSet.of(INACTIVE);
            case INACTIVE -> EnumSet.of(INIT_STARTUP);
        };
    }

    public boolean mayBecome(ScenarioStatus next) {
        return successors().contains(next);
    }

    /** True from the request to start until the request to stop. */
    public boolean isStartingOrRunning() {
        return this == INIT_STARTUP || this == IN_STARTUP_PROCESSING || this == ACTIVE;
    }

    /** True once a stop was asked for and until it is done. */
    public boolean isStopping() {
        return this == INIT_SHUTDOWN || this == IN_SHUTDOWN_PROCESSING;
    }

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<ScenarioStatus> fromWire(String text) {
        return Arrays.stream(values()).filter(s -> s.wire().equals(text)).findFirst();
    }
}
