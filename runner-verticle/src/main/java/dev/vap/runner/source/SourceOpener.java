package dev.vap.runner.source;

import dev.vap.runner.decode.Cancellation;

/** Opens sources; blocks until the first frame can be asked for. The caller closes what it gets. */
@FunctionalInterface
public interface SourceOpener {

    /**
     * @throws dev.vap.runner.decode.MediaException if it can't be opened, or {@code cancellation} was cancelled
     */
    FrameSource open(SourceSpec spec, Cancellation cancellation);
}
