package dev.vap.shared.storage;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Tuple;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session-level advisory lock on a connection of its own, for work that one process at a time should do: if the
 * connection breaks, PostgreSQL frees the lock and this object knows that it no longer holds it. It spares work; what is
 * done under it must still be harmless when done twice. Confined to the context that starts it.
 */
public final class AdvisoryLock {

    private static final Logger LOG = LoggerFactory.getLogger(AdvisoryLock.class);
    private static final long TRY_MILLIS = 500;

    private final Vertx vertx;
    private final Database database;
    private final String name;
    private final long key;
    private final String channel;
    private PgConnection connection;
    private boolean connecting;
    private boolean held;
    private boolean closed;
    private long timer = -1;
    private Runnable wake = () -> {};

    private AdvisoryLock(Vertx vertx, Database database, String name, long key, String channel) {
        this.vertx = vertx;
        this.database = database;
        this.name = name;
        this.key = key;
        this.channel = channel;
    }

    /** The lock of the one active outbox relay; wakes it whenever the outbox was written to. */
    public static AdvisoryLock ofRelay(Vertx vertx, Database database) {
        return new AdvisoryLock(vertx, database, "relay", Outbox.RELAY_LOCK, Outbox.CHANNEL);
    }

    /** The lock of the one orchestrator that watches leases and deadlines. */
    public static AdvisoryLock ofMonitor(Vertx vertx, Database database) {
        return new AdvisoryLock(vertx, database, "monitor", MONITOR_LOCK, null);
    }

    private static final long MONITOR_LOCK = 0x7661705f6d6f6e69L;

    /**
     * Starts trying for the lock, for as long as it takes.
     *
     * @param onWake called when the lock was won, and on every notification
     */
    public void start(Runnable onWake) {
        wake = onWake;
        tryLock();
        timer = vertx.setPeriodic(TRY_MILLIS, t -> tryLock());
    }

    public boolean held() {
        return held;
    }

    public Future<Void> close() {
        closed = true;
        vertx.cancelTimer(timer);
        held = false;
        PgConnection last = connection;
        connection = null;
        return last == null ? Future.succeededFuture() : last.close();
    }

    private void tryLock() {
        if (closed || connecting || held) {
            return;
        }
        connecting = true;
        connected()
                .compose(c -> c.preparedQuery("SELECT pg_try_advisory_lock($1)").execute(Tuple.of(key)))
                .onComplete(result -> {
                    connecting = false;
                    if (result.failed()) {
                        LOG.debug("trying for the {} lock", name, result.cause());
                    } else if (!closed
                            && connection != null
                            && result.result().iterator().next().getBoolean(0)) {
                        held = true;
                        LOG.debug("this process holds the {} lock", name);
                        wake.run();
                    }
                });
    }

    private Future<PgConnection> connected() {
        if (connection != null) {
            return Future.succeededFuture(connection);
        }
        Context context = vertx.getOrCreateContext();
        return database.dedicatedConnection().compose(fresh -> {
            if (closed) {
                return fresh.close().compose(v -> Future.failedFuture("closed"));
            }
            fresh.notificationHandler(n -> context.runOnContext(v -> {
                if (held) {
                    wake.run();
                }
            }));
            fresh.closeHandler(v -> context.runOnContext(w -> {
                if (connection == fresh) {
                    connection = null;
                    held = false;
                }
            }));
            connection = fresh;
            return channel == null
                    ? Future.succeededFuture(fresh)
                    : fresh.query("LISTEN " + channel).execute().map(fresh);
        });
    }
}
