package dev.vap.inference.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Ends a run that takes too long, between two of its nodes. */
final class Watchdog implements AutoCloseable {

    private final Duration deadline;
    private final OrtSession.RunOptions options = new OrtSession.RunOptions();
    private final CompletableFuture<Void> timer;
    private boolean closed;
    private boolean bitten;

    Watchdog(Duration deadline) throws OrtException {
        this.deadline = deadline;
        this.timer = CompletableFuture.runAsync(
                this::bite, CompletableFuture.delayedExecutor(deadline.toMillis(), TimeUnit.MILLISECONDS));
    }

    /**
     * @return the caller's to close
     * @throws dev.vap.shared.domain.VapException {@code model_unsupported} if it took too long
     */
    OrtSession.Result run(OrtSession session, Map<String, OnnxTensor> inputs) throws OrtException {
        try {
            return session.run(inputs, options);
        } catch (OrtException e) {
            if (hasBitten()) {
                throw Problems.tooSlow(deadline, e);
            }
            throw e;
        }
    }

    private synchronized boolean hasBitten() {
        return bitten;
    }

    private synchronized void bite() {
        if (closed) {
            return;
        }
        bitten = true;
        try {
            options.setTerminate(true);
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime does not end a run", e);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        timer.cancel(false);
        options.close();
    }
}
