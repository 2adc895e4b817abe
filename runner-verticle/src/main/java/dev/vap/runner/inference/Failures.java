package dev.vap.runner.inference;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import io.vertx.circuitbreaker.OpenCircuitException;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;

/** Why a picture was not sent at all. */
final class Failures {

    private Failures() {}

    static Throwable open() {
        return OpenCircuitException.INSTANCE;
    }

    /** Every connection carries as many pictures as it is allowed to. */
    static Throwable busy() {
        return new VapException(
                ErrorCode.INFERENCE_BUSY, "All inference processes have as many frames to analyse as they take.");
    }

    static Throwable stopping() {
        return new VapException(
                ErrorCode.INFERENCE_UNAVAILABLE, "All inference processes are stopping: start one and try again.");
    }

    /** The runner ends. */
    static Throwable closed() {
        return new VapException(ErrorCode.INFERENCE_UNAVAILABLE, "This runner sends no more frames: it is stopping.");
    }

    static Throwable gone() {
        return new VapException(
                ErrorCode.INFERENCE_UNAVAILABLE, "The inference process that had the frame is not heard of any more.");
    }

    static Throwable expired() {
        return new VapException(ErrorCode.INFERENCE_EXPIRED, "No inference process took the frame in time.");
    }

    static boolean nobodyThere(Throwable failure) {
        return failure instanceof ReplyException e && e.failureType() == ReplyFailure.NO_HANDLERS;
    }
}
