package dev.vap.runner.inference;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.BusErrors;
import io.vertx.circuitbreaker.OpenCircuitException;

/**
 * Why a frame was not analysed.
 *
 * @param cause for counters
 */
public record InferenceFailure(Kind kind, String cause, VapException error) {

    public enum Kind {
        /** The service is busy or away: the same frame may be sent again, for ever. */
        WAIT,
        /** The detector failed on this frame: again, but not often. */
        SUSPECT,
        /** Sending it again can't help. */
        FATAL
    }

    public static final String WHO = "inference service";

    public static InferenceFailure of(Throwable failure) {
        if (failure instanceof OpenCircuitException) {
            return new InferenceFailure(
                    Kind.WAIT,
                    "breaker_open",
                    new VapException(
                            ErrorCode.INFERENCE_UNAVAILABLE,
                            "The circuit breaker is open: the inference service has failed repeatedly."));
        }
        VapException error = BusErrors.from(failure, ErrorCode.INFERENCE_UNAVAILABLE, WHO);
        return switch (error.code()) {
            case INFERENCE_BUSY, INFERENCE_EXPIRED, INFERENCE_UNAVAILABLE ->
                new InferenceFailure(Kind.WAIT, error.code().wire(), error);
            default ->
                error.code().retryable()
                        ? new InferenceFailure(Kind.SUSPECT, ErrorCode.INFERENCE_FAILED.wire(), error)
                        : new InferenceFailure(Kind.FATAL, error.code().wire(), error);
        };
    }

    /** Whether another process may take the same frame at once. */
    boolean mayGoElsewhere() {
        return kind == Kind.WAIT;
    }

    /** Whether it says something about the health of the service; one that is busy is not broken. */
    static boolean opensBreaker(Throwable failure) {
        return switch (BusErrors.from(failure, ErrorCode.INFERENCE_UNAVAILABLE, WHO)
                .code()) {
            case INFERENCE_BUSY, INFERENCE_EXPIRED -> false;
            default -> true;
        };
    }
}
