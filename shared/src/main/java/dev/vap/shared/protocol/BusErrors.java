package dev.vap.shared.protocol;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;

/** The one mapping between {@link VapException} and a failed event-bus reply. */
public final class BusErrors {

    /** Marks a failure of ours, whose message is "code sentence"; Vert.x's own failure codes are negative. */
    private static final int OURS = 1000;

    private BusErrors() {}

    /** Answers with the failure; anything that is no {@link VapException} is told as an internal error without detail. */
    public static void fail(Message<?> request, Throwable cause) {
        if (cause instanceof VapException e) {
            request.fail(OURS, e.code().wire() + " " + e.getMessage());
        } else {
            request.fail(OURS, ErrorCode.INTERNAL.wire() + " An internal error; the service's log says more.");
        }
    }

    /**
     * What a failed request means.
     *
     * @param unavailable the code to use when nobody answered: no handler, or none in time
     * @param who the service that was asked, for the message
     */
    public static VapException from(Throwable cause, ErrorCode unavailable, String who) {
        if (cause instanceof VapException e) {
            return e;
        }
        if (cause instanceof ReplyException e) {
            if (e.failureType() == ReplyFailure.NO_HANDLERS) {
                return new VapException(unavailable, "No " + who + " is running; start one and try again.", e);
            }
            if (e.failureType() == ReplyFailure.TIMEOUT) {
                return new VapException(unavailable, "The " + who + " did not answer in time; try again.", e);
            }
            if (e.failureCode() == OURS) {
                String[] parts = e.getMessage().split(" ", 2);
                return new VapException(ErrorCode.fromWire(parts[0]), parts.length > 1 ? parts[1] : parts[0]);
            }
        }
        return new VapException(ErrorCode.INTERNAL, "The " + who + " failed.", cause);
    }
}
