package dev.vap.shared.domain;

/**
 * A failure with a code of the common vocabulary and one sentence for the user that says what to do. The message may be
 * shown to clients as it is, so it never holds credentials or inner detail; those belong in the cause.
 */
public class VapException extends RuntimeException {

    private final ErrorCode code;

    public VapException(ErrorCode code, String message) {
        super(message);
        this.code = code;
    }

    public VapException(ErrorCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }
}
