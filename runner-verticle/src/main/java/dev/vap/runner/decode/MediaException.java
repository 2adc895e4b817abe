package dev.vap.runner.decode;

import dev.vap.shared.domain.SourceFault;

/**
 * Why a source could not be read or a clip not written. The message is one sentence for the user: it names a file by
 * its base name only and never holds credentials.
 */
public class MediaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final SourceFault fault;

    public MediaException(SourceFault fault, String message) {
        super(message);
        this.fault = fault;
    }

    public MediaException(SourceFault fault, String message, Throwable cause) {
        super(message, cause);
        this.fault = fault;
    }

    public SourceFault fault() {
        return fault;
    }
}
