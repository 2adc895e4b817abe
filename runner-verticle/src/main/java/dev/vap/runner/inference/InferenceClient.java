package dev.vap.runner.inference;

import dev.vap.runner.time.Timers;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.protocol.InferenceReply;
import dev.vap.shared.protocol.SessionReport.InferenceReport;
import io.vertx.core.Future;
import java.time.Duration;

/** What one session asks of one model, and how it fared the last time. */
public final class InferenceClient {

    private final InferenceRouter router;
    private final Timers timers;
    private final String model;
    private final long timeoutNanos;
    private String node;
    private boolean busy;

    /**
     * @param timeout of a picture, over all processes it may be sent to
     */
    public InferenceClient(InferenceRouter router, Timers timers, String model, Duration timeout) {
        this.router = router;
        this.timers = timers;
        this.model = model;
        this.timeoutNanos = timeout.toNanos();
    }

    /** Fails with what {@link InferenceFailure#of} understands. The picture is needed until it completes. */
    public Future<InferenceReply> analyse(Picture picture) {
        return router.analyse(model, picture, timers.nanos() + timeoutNanos)
                .map(done -> {
                    node = done.node();
                    busy = false;
                    return done.reply();
                })
                .onFailure(e -> busy = InferenceFailure.of(e).error().code() == ErrorCode.INFERENCE_BUSY);
    }

    /** Whether no process can be asked because each has failed repeatedly. */
    public boolean isBroken() {
        return router.isBroken(model);
    }

    public InferenceReport report() {
        return router.report(model, node, busy);
    }
}
