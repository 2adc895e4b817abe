package dev.vap.api.http;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.VapException;

/** A runner looked at the source and can't use it. */
final class SourceUnusable extends VapException {

    private final SourceFault fault;

    /**
     * @param reason the runner's sentence
     */
    SourceUnusable(SourceFault fault, String reason) {
        super(ErrorCode.SOURCE_UNUSABLE, reason);
        this.fault = fault;
    }

    SourceFault fault() {
        return fault;
    }
}
