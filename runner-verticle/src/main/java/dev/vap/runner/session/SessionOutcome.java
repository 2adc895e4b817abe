package dev.vap.runner.session;

import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.SessionReport.State;

/**
 * How a session ended.
 *
 * @param state a terminal one
 * @param reason one sentence for the user, free of credentials
 * @param retryable of a failure: whether trying again may help
 */
public record SessionOutcome(State state, String reason, boolean retryable) {

    public SessionOutcome {
        if (!state.isTerminal()) {
            throw new IllegalArgumentException(state + " is not the end of a session");
        }
    }

    public static SessionOutcome finished() {
        return new SessionOutcome(State.FINISHED, "end of file", false);
    }

    /** The end of a file that ought to have more frames. */
    public static SessionOutcome finishedEarly(long frames, long expected) {
        return new SessionOutcome(
                State.FINISHED,
                "end of file after " + frames + " of " + expected + " frames: it is cut off or damaged",
                false);
    }

    public static SessionOutcome stopped(String reason) {
        return new SessionOutcome(State.STOPPED, reason, false);
    }

    public static SessionOutcome failed(String reason, boolean retryable) {
        return new SessionOutcome(State.FAILED, reason, retryable);
    }

    /** What an exception means; those without words for users are told as an internal error. */
    public static SessionOutcome failed(Throwable cause) {
        if (cause instanceof MediaException e) {
            return failed(e.getMessage(), e.fault().retryable());
        }
        if (cause instanceof VapException e) {
            return failed(e.getMessage(), e.code().retryable());
        }
        return failed("An internal error ended the session; the runner's log says more.", true);
    }
}
