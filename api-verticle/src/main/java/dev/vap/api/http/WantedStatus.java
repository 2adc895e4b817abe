package dev.vap.api.http;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.domain.VapException;

/** What a user may ask for by naming a status. */
enum WantedStatus {
    STARTED,
    STOPPED;

    /** {@code active} and {@code inactive} are other words for the two that may be asked for. */
    static WantedStatus parse(String text) {
        ScenarioStatus status = ScenarioStatus.fromWire(text).orElseThrow(() -> unknown(text));
        return switch (status) {
            case INIT_STARTUP, ACTIVE -> STARTED;
            case INIT_SHUTDOWN, INACTIVE -> STOPPED;
            case IN_STARTUP_PROCESSING, IN_SHUTDOWN_PROCESSING ->
                throw new VapException(
                        ErrorCode.STATUS_RESERVED,
                        "The status " + status.wire()
                                + " is set by the system only: ask for init_startup or init_shutdown.");
        };
    }

    private static VapException unknown(String text) {
        return new VapException(
                ErrorCode.INVALID_VALUE,
                "\"" + Redact.shorten(text) + "\" is no status: ask for init_startup or init_shutdown.");
    }
}
