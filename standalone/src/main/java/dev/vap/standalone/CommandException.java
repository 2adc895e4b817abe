package dev.vap.standalone;

/**
 * Ends a command with exit code 1. The message is for the user: what is wrong and what to do, free of credentials; the
 * cause, where there is one, is shown at {@code LOG_LEVEL=debug} only.
 */
public class CommandException extends RuntimeException {

    public CommandException(String message) {
        super(message);
    }

    public CommandException(String message, Throwable cause) {
        super(message, cause);
    }
}
