package dev.vap.inference.batch;

import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.InferenceReply;

/** Who waits for the analysis of a frame. Told exactly once, on any thread. */
public interface ReplyTo {

    void succeed(InferenceReply reply);

    void fail(VapException cause);
}
