package dev.vap.shared.runtime;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes what was opened, in reverse; each part has a deadline, one failure is logged and skips nothing; closing twice is
 * harmless. What is added after closing began is closed at once. Confined to one context.
 */
public final class Closer {

    private static final Logger LOG = LoggerFactory.getLogger(Closer.class);

    private final Duration deadline;
    private final Deque<Part> parts = new ArrayDeque<>();
    private Future<Void> closing;

    private record Part(String name, Supplier<? extends Future<?>> close) {}

    /**
     * @param deadline of each part; one that takes longer is not waited for
     */
    public Closer(Duration deadline) {
        this.deadline = deadline;
    }

    public void add(String name, Supplier<? extends Future<?>> close) {
        Part part = new Part(name, close);
        if (closing != null) {
            closing = closing.compose(v -> closed(part));
        } else {
            parts.push(part);
        }
    }

    /** Never fails. */
    public Future<Void> close() {
        if (closing == null) {
            closing = Future.succeededFuture();
            for (Part part : parts) {
                closing = closing.compose(v -> closed(part));
            }
            parts.clear();
        }
        return closing;
    }

    private Future<Void> closed(Part part) {
        Future<?> result;
        try {
            result = part.close().get().timeout(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RuntimeException e) {
            result = Future.failedFuture(e);
        }
        return result.<Void>mapEmpty().recover(e -> {
            LOG.warn("closing {}: {}", part.name(), e.toString());
            return Future.succeededFuture();
        });
    }
}
