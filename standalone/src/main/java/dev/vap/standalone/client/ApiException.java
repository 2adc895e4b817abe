package dev.vap.standalone.client;

import dev.vap.standalone.CommandException;

/** The API refused a request or does not answer; the message is for the user. */
public final class ApiException extends CommandException {

    private final int status;
    private final boolean retryable;

    /**
     * @param status of HTTP; 0 if there was no answer of ours
     */
    ApiException(String message, int status, boolean retryable, Throwable cause) {
        super(message, cause);
        this.status = status;
        this.retryable = retryable;
    }

    int status() {
        return status;
    }

    /** Whether the same request may succeed later. */
    public boolean retryable() {
        return retryable;
    }
}
