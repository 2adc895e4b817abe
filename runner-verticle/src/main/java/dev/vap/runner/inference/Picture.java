package dev.vap.runner.inference;

import dev.vap.shared.protocol.InferenceRequest;
import io.vertx.core.Future;

/** Something to analyse, in whatever form the way to the chosen process asks for. */
public interface Picture {

    /**
     * The request to send. Its pixels stay valid until the answer to the frame as a whole has come.
     *
     * @param remote whether it certainly leaves this process, for one that reads all encodings
     * @param deadlineNanos past which the answer is of no use
     */
    Future<InferenceRequest> request(boolean remote, long deadlineNanos);
}
