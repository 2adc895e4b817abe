package dev.vap.shared.storage;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Tuple;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session-level advisory lock on a connection of its own, for work that one process at a time should do. It spares work;
 * what is done under it must still be harmless when done twice. Confined to the context that starts it; {@link #held()} may
 * be asked by any thread.
 *
 * <p>A holder that dies loses the lock with its connection, and another process has it half a second later. A holder that
 * hangs keeps its connection, so PostgreSQL is told to end a session that is silent for two seconds
 * ({@code idle_session_timeout}, version 14 and newer), and the holder asks something twice a second. By its own clock it
 * stops to believe in the lock no later than PostgreSQL does: a process that wakes up after a pause does not act on it.
 */
public final class AdvisoryLock {

    private static final Logger LOG = LoggerFactory.getLogger(AdvisoryLock.class);
    private static final long TICK_MILLIS = 500;
    private static final long SILENCE_MILLIS = 2_000;
    private static final long SILENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(SILENCE_MILLIS);

    /** What is not answered by then is not waited for: the connection is given up. */
    private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(5);

    static final long MONITOR_KEY = 0x7661705f6d6f6e69L;

    private final Vertx vertx;
    private final Database database;
    private final String name;
    private final long key;
    private final String channel;
    private final LongSupplier nanos;

    private PgConnection connection;

    /** One question at a time; the answer to one that was given up is told by its number. */
    private long question;

    private boolean asking;
    private long askedAt;

    private volatile boolean won;
    /** When the newest question was sent whose answer proves that the session lives. */
    private volatile long provenAt;

    private boolean closed;
    private long timer = -1;
    private Runnable wake = () -> {};

    private AdvisoryLock(Vertx vertx, Database database, String name, long key, String channel) {
        this.vertx = vertx;
        this.database = database;
        this.name = name;
        this.key = key;
        this.channel = channel;
        this.nanos = System::nanoTime;
    }

    /** The lock of the one active outbox relay; wakes it whenever the outbox was written to. */
    public static AdvisoryLock ofRelay(Vertx vertx, Database database) {
        return new AdvisoryLock(vertx, database, "relay", Outbox.RELAY_LOCK, Outbox.CHANNEL);
    }

    /** The lock of the one orchestrator that watches leases and deadlines. */
    public static AdvisoryLock ofMonitor(Vertx vertx, Database database) {
        return new AdvisoryLock(vertx, database, "monitor", MONITOR_KEY, null);
    }

    /**
     * Starts trying for the lock, for as long as it takes.
     *
     * @param onWake called when the lock was won, and on every notification
     */
    public void start(Runnable onWake) {
        wake = onWake;
        tick();
        timer = vertx.setPeriodic(TICK_MILLIS, t -> tick());
    }

    /** Whether this process surely has the lock now. While PostgreSQL is slow to answer it may be false for a moment. */
    public boolean held() {
        return won && nanos.getAsLong() - provenAt < SILENCE_NANOS;
    }

    public Future<Void> close() {
        closed = true;
        vertx.cancelTimer(timer);
        won = false;
        PgConnection last = connection;
        connection = null;
        return last == null ? Future.succeededFuture() : last.close();
    }

    private void tick() {
        if (closed) {
            return;
        }
        long now = nanos.getAsLong();
        if (asking) {
            if (now - askedAt > DEADLINE_NANOS) {
                giveUp("PostgreSQL did not answer in time");
            }
            return;
        }
        asking = true;
        askedAt = now;
        long mine = ++question;
        (won ? ping() : tryLock(mine)).onComplete(answer -> {
            if (mine != question || closed) {
                return;
            }
            asking = false;
            if (answer.failed()) {
                LOG.debug("asking for the {} lock", name, answer.cause());
                giveUp(String.valueOf(answer.cause().getMessage()));
            } else if (answer.result() && connection != null) {
                provenAt = now;
                if (!won) {
                    won = true;
                    LOG.debug("this process holds the {} lock", name);
                    wake.run();
                }
            }
        });
    }

    private Future<Boolean> ping() {
        return connection.query("SELECT 1").execute().map(true);
    }

    private Future<Boolean> tryLock(long mine) {
        return connected(mine)
                .compose(c -> c.preparedQuery("SELECT pg_try_advisory_lock($1)").execute(Tuple.of(key)))
                .map(rows -> rows.iterator().next().getBoolean(0));
    }

    private Future<PgConnection> connected(long mine) {
        if (connection != null) {
            return Future.succeededFuture(connection);
        }
        Context context = vertx.getOrCreateContext();
        return database.dedicatedConnection().compose(fresh -> {
            if (closed || mine != question) {
                return fresh.close().compose(v -> Future.failedFuture("came too late"));
            }
            fresh.notificationHandler(n -> context.runOnContext(v -> {
                if (held()) {
                    wake.run();
                }
            }));
            // Said before the connection ends, such as that the session was silent for too long.
            fresh.exceptionHandler(e -> LOG.debug("the connection of the {} lock", name, e));
            fresh.closeHandler(v -> context.runOnContext(w -> {
                if (connection == fresh) {
                    giveUp("PostgreSQL closed the connection");
                }
            }));
            connection = fresh;
            return endWhenSilent(fresh)
                    .compose(done -> channel == null
                            ? Future.succeededFuture()
                            : fresh.query("LISTEN " + channel).execute())
                    .map(fresh);
        });
    }

    private Future<Void> endWhenSilent(PgConnection fresh) {
        return fresh.query("SET idle_session_timeout = " + SILENCE_MILLIS)
                .execute()
                .<Void>mapEmpty()
                .recover(e -> {
                    if (e instanceof PgException) {
                        LOG.debug("a {} that hangs keeps its lock until its connection breaks", name, e);
                        return Future.succeededFuture();
                    }
                    return Future.failedFuture(e);
                });
    }

    /** The next tick begins anew, on another connection. */
    private void giveUp(String reason) {
        if (won) {
            LOG.info("this process no longer holds the {} lock: {}", name, reason);
        }
        won = false;
        asking = false;
        question++;
        PgConnection last = connection;
        connection = null;
        if (last != null) {
            last.close().onFailure(e -> LOG.debug("closing the connection of the {} lock", name, e));
        }
    }
}
