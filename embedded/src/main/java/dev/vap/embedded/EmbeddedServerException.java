package dev.vap.embedded;

/**
 * An embedded server could not be started, or its data could not be used. The message is one sentence made for the user
 * who started the process; the cause, where there is one, is for the log.
 */
public class EmbeddedServerException extends RuntimeException {
    public EmbeddedServerException(String message) {
        super(message);
    }

    public EmbeddedServerException(String message, Throwable cause) {
        super(message, cause);
    }
}
