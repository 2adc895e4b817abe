package dev.vap.runner.control;

import dev.vap.runner.time.Timers;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes this runner's lease in the database and renews it. Confined to the runner's context. */
public final class Lease {

    private static final Logger LOG = LoggerFactory.getLogger(Lease.class);
    private static final Duration START_PAUSE = Duration.ofMillis(300);

    /** The table of runners, or a fake of it. */
    public interface Store {

        /** False if another process holds a valid lease under the same id. */
        Future<Boolean> renew(boolean draining);

        /** Makes a database usable that answers, but not as expected: one that was never set up. */
        Future<Void> prepare();

        Future<Void> release();
    }

    /** Called on the runner's context. */
    public interface Listener {

        /**
         * @param askedAt monotonic
         */
        void renewed(long askedAt);

        /** Another process has this runner's id now. */
        void taken();

        boolean isDraining();
    }

    private final Store store;
    private final Timers timers;
    private final Duration interval;
    private final Listener listener;
    private Future<Boolean> renewal = Future.succeededFuture(true);
    private boolean renewing;
    private boolean stopped;
    private boolean held;
    private boolean storeAway;

    public Lease(Store store, Timers timers, Duration interval, Listener listener) {
        this.store = store;
        this.timers = timers;
        this.interval = interval;
        this.listener = listener;
    }

    /**
     * Takes the lease, then keeps renewing it.
     *
     * @param patience how long the database may be away, or the id be held by someone else
     */
    public Future<Void> take(Duration patience, Duration takenPatience) {
        Promise<Void> promise = Promise.promise();
        long now = timers.nanos();
        tryToTake(now + patience.toNanos(), now + takenPatience.toNanos(), promise);
        return promise.future();
    }

    private void tryToTake(long giveUp, long giveUpTaken, Promise<Void> promise) {
        long asked = timers.nanos();
        store.renew(false).onComplete(done -> {
            long now = timers.nanos();
            if (stopped) {
                promise.tryFail("stopped");
            } else if (done.succeeded() && done.result()) {
                held = true;
                listener.renewed(asked);
                again();
                promise.complete();
            } else if (done.succeeded() && now - giveUpTaken >= 0) {
                promise.fail(new VapException(
                        ErrorCode.INVALID_VALUE,
                        "Another process is running under this RUNNER_ID: stop it, or give this one another id."));
            } else if (done.failed() && now - giveUp >= 0) {
                promise.fail(new VapException(
                        ErrorCode.STORE_UNAVAILABLE,
                        "PostgreSQL did not become usable in time: check DATABASE_URL and that the server runs.",
                        done.cause()));
            } else {
                pauseAndTake(done.cause(), giveUp, giveUpTaken, promise);
            }
        });
    }

    private void pauseAndTake(Throwable cause, long giveUp, long giveUpTaken, Promise<Void> promise) {
        boolean odd = cause != null && !(cause instanceof VapException);
        Future<Void> prepared = odd ? store.prepare() : Future.succeededFuture();
        prepared.onComplete(done -> timers.after(START_PAUSE, () -> tryToTake(giveUp, giveUpTaken, promise)));
    }

    private void again() {
        timers.after(interval, () -> {
            if (stopped) {
                return;
            }
            if (!renewing) {
                renew();
            }
            again();
        });
    }

    private void renew() {
        renewing = true;
        long asked = timers.nanos();
        renewal = store.renew(listener.isDraining()).onComplete(done -> {
            renewing = false;
            if (stopped) {
                return;
            }
            noteStore(done.cause());
            if (done.succeeded() && done.result()) {
                held = true;
                listener.renewed(asked);
            } else if (done.succeeded()) {
                if (held) {
                    held = false;
                    LOG.error("another process has taken this RUNNER_ID: all sessions are stopped");
                }
                listener.taken();
            }
        });
    }

    /** One line when the store goes, one when it comes back. */
    private void noteStore(Throwable cause) {
        if (cause != null && !storeAway) {
            LOG.warn("the lease can't be renewed, sessions go on: {}", cause.getMessage());
        } else if (cause == null && storeAway) {
            LOG.info("the lease is renewed again");
        }
        storeAway = cause != null;
    }

    /** Gives the lease back, if it is held; harmless when repeated. */
    public Future<Void> release() {
        stopped = true;
        if (!held) {
            return Future.succeededFuture();
        }
        held = false;
        // A renewal under way must not come after it.
        return renewal.transform(done -> store.release());
    }
}
