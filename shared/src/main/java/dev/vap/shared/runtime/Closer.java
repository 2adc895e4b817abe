package dev.vap.shared.runtime;

import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes what was opened, in reverse; one failure is logged and skips nothing; closing twice is harmless. What is added
 * after closing began is closed at once. Confined to one context.
 */
public final class Closer {

    private static final Logger LOG = LoggerFactory.getLogger(Closer.class);

    private final Deque<Part> parts = new ArrayDeque<>();
    private Future<Void> closing;

    private record Part(String name, Supplier<Future<Void>> close) {}

    public void add(String name, Supplier<Future<Void>> close) {
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

    private static Future<Void> closed(Part part) {
        Future<Void> result;
        try {
            result = part.close().get();
        } catch (RuntimeException e) {
            result = Future.failedFuture(e);
        }
        return result.recover(e -> {
            LOG.warn("closing {}: {}", part.name(), e.toString());
            return Future.succeededFuture();
        });
    }
}
