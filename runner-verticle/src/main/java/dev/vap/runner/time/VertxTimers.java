package dev.vap.runner.time;

import io.vertx.core.Vertx;
import java.time.Duration;

/** Timers of Vert.x: they run on the context that set them and end with the verticle. Resolution: one millisecond. */
public final class VertxTimers implements Timers {

    private final Vertx vertx;

    public VertxTimers(Vertx vertx) {
        this.vertx = vertx;
    }

    @Override
    public long nanos() {
        return System.nanoTime();
    }

    @Override
    public Timer after(Duration delay, Runnable action) {
        long millis = Math.max(1, Math.floorDiv(delay.toNanos() + 999_999, 1_000_000L));
        long id = vertx.setTimer(millis, t -> action.run());
        return () -> vertx.cancelTimer(id);
    }
}
