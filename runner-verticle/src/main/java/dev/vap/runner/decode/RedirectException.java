package dev.vap.runner.decode;

import dev.vap.shared.domain.SourceFault;

/** The server says that the stream is somewhere else; whoever opened it decides whether to go there. */
public final class RedirectException extends MediaException {
    private static final long serialVersionUID = 1L;

    private final String target;

    RedirectException(String subject, String target) {
        super(SourceFault.NOT_ALLOWED, subject + " redirects to another address, which was not followed.");
        this.target = target;
    }

    /** As the server wrote it: not checked, perhaps with credentials. */
    public String target() {
        return target;
    }
}
