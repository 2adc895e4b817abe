package dev.vap.api;

import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What was opened, to be closed in reverse order; one failure skips nothing, and each part has a deadline. */
final class Cleanup {

    private static final Logger LOG = LoggerFactory.getLogger(Cleanup.class);
    private static final long DEADLINE_SECONDS = 5;

    private final Deque<Step> steps = new ArrayDeque<>();

    private record Step(String what, Supplier<Future<?>> close) {}

    void add(String what, Supplier<Future<?>> close) {
        steps.push(new Step(what, close));
    }

    /** Never fails; a second call closes what was opened since the first. */
    Future<Void> run() {
        Step step = steps.poll();
        if (step == null) {
            return Future.succeededFuture();
        }
        return closed(step).transform(result -> {
            if (result.failed()) {
                LOG.warn("closing {}: {}", step.what(), String.valueOf(result.cause()));
            }
            return run();
        });
    }

    private static Future<?> closed(Step step) {
        try {
            return step.close().get().timeout(DEADLINE_SECONDS, TimeUnit.SECONDS);
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }
}
