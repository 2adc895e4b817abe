package dev.vap.shared.storage;

import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.runtime.ServiceContext;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection pool of a process. Its futures fail with a {@link VapException} of {@link ErrorCode#STORE_UNAVAILABLE}
 * while PostgreSQL can't be reached; other failures are bugs and come as they are. Thread-safe.
 */
public final class Database {

    private static final Logger LOG = LoggerFactory.getLogger(Database.class);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final Map<DatabaseUrl, FutureTask<Void>> EARLY = new ConcurrentHashMap<>();
    private static final int MAX_WAITING = 2_000;
    private static final int CONNECT_SECONDS = 8;
    private static final String QUERY_CANCELED = "57014";

    private final Vertx vertx;
    private final DatabaseUrl url;
    private final String applicationName;
    private final Pool pool;

    private Database(Vertx vertx, Settings settings, String applicationName) {
        this.vertx = vertx;
        this.url = new DatabaseUrl(settings.get(VapSettings.DATABASE_URL));
        this.applicationName = applicationName;
        this.pool = PgBuilder.pool()
                .using(vertx)
                .connectingTo(url.options(applicationName))
                .with(new PoolOptions()
                        .setMaxSize(settings.get(VapSettings.DATABASE_POOL_SIZE))
                        .setMaxWaitQueueSize(MAX_WAITING)
                        .setConnectionTimeout(CONNECT_SECONDS)
                        .setConnectionTimeoutUnit(TimeUnit.SECONDS)
                        .setIdleTimeout(5)
                        .setIdleTimeoutUnit(TimeUnit.MINUTES))
                .build();
    }

    /** Connects lazily, under the name of this process; the caller closes it. */
    public static Database open(ServiceContext context) {
        return new Database(context.vertx(), context.settings(), context.node().applicationName());
    }

    /** As {@link #open(ServiceContext)}, for programs that are no service of VAP's. */
    public static Database open(Vertx vertx, Settings settings) {
        return new Database(vertx, settings, "vap");
    }

    /**
     * Begins to bring the schema up to date on a thread of its own, before there is a Vert.x: a service does so while its
     * cluster forms. {@link #migrate()} then waits for it; a failure here is met again, and told, there.
     */
    public static void migrateEarly(Settings settings) {
        DatabaseUrl url = new DatabaseUrl(settings.get(VapSettings.DATABASE_URL));
        FutureTask<Void> task = new FutureTask<>(() -> migrate(url));
        EARLY.put(url, task);
        Thread thread = new Thread(task, "migrate");
        thread.setDaemon(true);
        thread.start();
    }

    /** Brings the schema up to date; several processes may do so at once. Runs on a worker thread. */
    public Future<Void> migrate() {
        return vertx.executeBlocking(
                () -> {
                    FutureTask<Void> early = EARLY.remove(url);
                    if (early != null && succeeded(early)) {
                        return null;
                    }
                    return migrate(url);
                },
                false);
    }

    private static boolean succeeded(FutureTask<Void> early) throws InterruptedException {
        try {
            early.get(PATIENCE_NANOS, TimeUnit.NANOSECONDS);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("the early migration did not succeed; trying again", e);
            return false;
        }
    }

    private static Void migrate(DatabaseUrl url) {
        PgConnectOptions options = url.options();
        try {
            Flyway.configure(Database.class.getClassLoader())
                    .dataSource(url.jdbc(), options.getUser(), options.getPassword())
                    .locations("classpath:db/migration")
                    .connectRetries(0)
                    .load()
                    .migrate();
            return null;
        } catch (FlywayException e) {
            throw new VapException(
                    ErrorCode.STORE_UNAVAILABLE,
                    "PostgreSQL at " + options.getHost() + ":" + options.getPort()
                            + " could not be prepared: check DATABASE_URL and that the server runs.",
                    e);
        }
    }

    /** {@link #migrate()}, trying again for half a minute: in a cluster everything starts at the same time. */
    public Future<Void> prepare() {
        return prepare(System.nanoTime() + PATIENCE_NANOS, true);
    }

    private Future<Void> prepare(long deadline, boolean first) {
        return migrate().recover(e -> {
            if (System.nanoTime() - deadline > 0) {
                return Future.failedFuture(e);
            }
            if (first) {
                LOG.warn("{} Trying again for 30 s.", e.getMessage());
            }
            return vertx.timer(1, TimeUnit.SECONDS).compose(v -> prepare(deadline, false));
        });
    }

    /** Runs the work in one transaction: committed if its future succeeds, rolled back otherwise. */
    public <T> Future<T> inTransaction(Function<Tx, Future<T>> work) {
        return pool.withTransaction(connection -> work.apply(new Tx(connection)))
                .recover(e -> Future.failedFuture(explain(e)));
    }

    Future<RowSet<Row>> run(String sql, Object... parameters) {
        return run(sql, Tuple.wrap(parameters));
    }

    Future<RowSet<Row>> run(String sql, Tuple parameters) {
        return pool.preparedQuery(sql).execute(parameters).recover(e -> Future.failedFuture(explain(e)));
    }

    /**
     * As {@link #run}, for what may have to look at very many rows: PostgreSQL gives it up by itself after that time, so that
     * nothing goes on for an answer that nobody waits for any more. Fails with {@link ErrorCode#QUERY_TOO_SLOW} then.
     *
     * @param most the wait for a connection included
     */
    Future<RowSet<Row>> search(Duration most, String sql, Tuple parameters) {
        long deadline = System.nanoTime() + most.toNanos();
        return inTransaction(tx -> {
                    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                    return left <= 0
                            ? Future.failedFuture(tooSlow(most, null))
                            : tx.run("SELECT set_config('statement_timeout', $1, true)", left + "ms")
                                    .compose(set -> tx.run(sql, parameters));
                })
                .recover(e -> Future.failedFuture(
                        e instanceof PgException pg && pg.getSqlState().equals(QUERY_CANCELED) ? tooSlow(most, e) : e));
    }

    private static VapException tooSlow(Duration most, Throwable cause) {
        return new VapException(
                ErrorCode.QUERY_TOO_SLOW,
                "There is too much to look through for " + most.toSeconds()
                        + " s: narrow it down, with \"since\" and \"until\" or with \"after_frame\".",
                cause);
    }

    /** A connection outside the pool, for LISTEN and session locks; the caller closes it. */
    Future<PgConnection> dedicatedConnection() {
        return PgConnection.connect(vertx, url.options(applicationName)).recover(e -> Future.failedFuture(explain(e)));
    }

    /** Whether the store answers. */
    public Future<Void> ping() {
        return run("SELECT 1").mapEmpty();
    }

    public Future<Void> close() {
        return pool.close();
    }

    static Throwable explain(Throwable e) {
        if (e instanceof VapException) {
            return e;
        }
        if (e instanceof PgException pg && !isOutage(pg.getSqlState())) {
            return isFaultOfContent(pg.getSqlState())
                    ? new VapException(
                            ErrorCode.CONTENT_REFUSED,
                            "PostgreSQL refuses it: " + pg.getErrorMessage() + " (" + pg.getSqlState() + ")",
                            e)
                    : e;
        }
        if (e instanceof IllegalArgumentException
                || e instanceof DateTimeException
                || e instanceof ArithmeticException) {
            // The driver could not encode a parameter.
            return new VapException(ErrorCode.CONTENT_REFUSED, "A value can't be stored: " + e.getMessage(), e);
        }
        return isOutage(e)
                ? new VapException(
                        ErrorCode.STORE_UNAVAILABLE,
                        "The database can't be reached at the moment; try again shortly.",
                        e)
                : e;
    }

    /** What sockets, the pool and the driver say of connections; of anything else this process is to blame. */
    private static boolean isOutage(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof PgException pg) {
                return isOutage(pg.getSqlState());
            }
            if (cause instanceof IOException
                    || cause instanceof TimeoutException
                    || (cause instanceof VertxException && !isMisuse(cause))) {
                return true;
            }
        }
        return false;
    }

    /** The driver has one class for a connection that is lost and for a parameter of the wrong class. */
    private static boolean isMisuse(Throwable e) {
        String text = String.valueOf(e.getMessage());
        return text.startsWith("Parameter at position") || text.startsWith("The number of parameters");
    }

    /** Class 22, "data exception": a value that the type of its column can't hold. */
    private static boolean isFaultOfContent(String sqlState) {
        return sqlState != null && sqlState.startsWith("22");
    }

    /** Connection failures, resources exhausted, shutting down or starting up, and a transaction that took too long a pause. */
    private static boolean isOutage(String sqlState) {
        return sqlState == null
                || sqlState.startsWith("08")
                || sqlState.startsWith("53")
                || sqlState.startsWith("57P")
                || sqlState.equals("25P03");
    }
}
