package dev.vap.standalone.client;

import dev.vap.standalone.CommandException;

/** The API refused a request or does not answer; the message is for the user. */
public final class ApiException extends CommandException {

    private final boolean retryable;

    ApiException(String message, boolean retryable, Throwable cause) {
        super(message, cause);
        this.retryable = retryable;
    }

    /** Whether the same request may succeed later. */
    public boolean retryable() {
        return retryable;
    }
}
