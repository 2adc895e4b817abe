package dev.vap.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real PostgreSQL server whose data outlives this process. It listens on 127.0.0.1 only and trusts whoever connects
 * from there, as user {@value #USER}. Writes are durable unless the settings say otherwise.
 *
 * <p>The server is a process of its own. {@link #close()} stops it; if this process is killed instead, it runs on, and the
 * next start on the same directory stops it first. No shutdown hook is registered: the order in which an application
 * stops its parts is the application's matter. The server's log is {@code postgres.log} in the data directory, that of the
 * run before {@code postgres.log.old}.
 *
 * <p>All methods may be called from any thread. {@link #start} and {@link #close} block, never on an event loop please.
 */
public final class LocalPostgres implements AutoCloseable {
    public static final String DATABASE = "vap";
    public static final String USER = "postgres";

    private static final Logger log = LoggerFactory.getLogger(LocalPostgres.class);
    private static final int ATTEMPTS = 5;
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

    private final DataDirectoryLock lock;
    private final Postmaster postmaster;
    private final int port;
    private final Duration startTime;
    private boolean closed;

    private LocalPostgres(DataDirectoryLock lock, Postmaster postmaster, int port, Duration startTime) {
        this.lock = lock;
        this.postmaster = postmaster;
        this.port = port;
        this.startTime = startTime;
    }

    /**
     * Starts on any free port.
     *
     * @see #start(PostgresOptions)
     */
    public static LocalPostgres start(Path dataDir) throws InterruptedException {
        return start(PostgresOptions.in(dataDir));
    }

    /**
     * Creates the data where there is none, and returns once the server accepts connections and the database
     * {@value #DATABASE} exists.
     *
     * @throws DataDirectoryInUseException if another run uses the directory
     * @throws EmbeddedServerException if the server cannot be started; none is left running then
     */
    public static LocalPostgres start(PostgresOptions options) throws InterruptedException {
        DataDirectoryLock lock = DataDirectoryLock.acquire(options.dataDir(), "postgres");
        boolean started = false;
        try {
            LocalPostgres postgres = startLocked(options, lock);
            started = true;
            return postgres;
        } catch (IOException | SQLException e) {
            throw new EmbeddedServerException(
                    "PostgreSQL could not be started in %s: %s."
                            .formatted(options.dataDir(), PostgresWords.reason(String.valueOf(e.getMessage()))),
                    e);
        } finally {
            if (!started) {
                lock.close();
            }
        }
    }

    /** Stops the server that a killed run left on data that are going to be deleted. */
    static void endLeftover(Path dataDir) throws InterruptedException {
        DataDirectoryLock lock = DataDirectoryLock.acquire(dataDir, "postgres");
        try {
            Postmaster.endLeftover(dataDir);
        } finally {
            lock.close();
        }
    }

    private static LocalPostgres startLocked(PostgresOptions options, DataDirectoryLock lock)
            throws IOException, SQLException, InterruptedException {
        long started = System.nanoTime();
        long deadline = started + options.startDeadline().toNanos();
        PostgresBinaries binaries =
                PostgresBinaries.unpack(options.programs().orElseGet(() -> ProgramCache.directory(options.dataDir())));
        PostgresPrograms programs =
                new PostgresPrograms(binaries, options.dataDir().resolve("postgres-setup.log"));
        PostgresData data = new PostgresData(options, programs);
        Postmaster postmaster = new Postmaster(programs, options.dataDir());
        if (data.exists()) {
            data.requireVersion();
            postmaster.clearLeftovers();
        } else {
            data.create(remaining(deadline));
        }
        boolean ready = false;
        try {
            int port = startServer(options, data, postmaster, deadline);
            createDatabase(port);
            ready = true;
            Duration startTime = Duration.ofNanos(System.nanoTime() - started);
            log.info("PostgreSQL is ready at {} after {} ms", url(port, DATABASE), startTime.toMillis());
            return new LocalPostgres(lock, postmaster, port, startTime);
        } finally {
            if (!ready) {
                postmaster.stop();
            }
        }
    }

    private static int startServer(PostgresOptions options, PostgresData data, Postmaster postmaster, long deadline)
            throws IOException, InterruptedException {
        Path logFile = postmaster.logFile();
        if (Files.exists(logFile)) {
            Files.move(
                    logFile,
                    logFile.resolveSibling(logFile.getFileName() + ".old"),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        for (int attempt = 1; ; attempt++) {
            int port = options.port() != 0 ? options.port() : FreePort.find();
            data.writeSettings(port);
            if (postmaster.start(remaining(deadline))) {
                return port;
            }
            String said = postmaster.lastWords();
            boolean portTaken = PostgresWords.portTaken(said);
            if (portTaken && options.port() != 0) {
                throw new EmbeddedServerException(
                        "Port %d of %s is taken by another program: stop that one, or choose another port for PostgreSQL."
                                .formatted(port, FreePort.HOST));
            }
            if (attempt == ATTEMPTS || !(portTaken || PostgresWords.predecessorStillDies(said))) {
                throw new IOException(said);
            }
            LockSupport.parkNanos(RETRY_NANOS);
        }
    }

    private static Duration remaining(long deadline) {
        return Duration.ofNanos(Math.max(TimeUnit.SECONDS.toNanos(1), deadline - System.nanoTime()));
    }

    private static void createDatabase(int port) throws SQLException {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setServerNames(new String[] {FreePort.HOST});
        source.setPortNumbers(new int[] {port});
        source.setUser(USER);
        source.setDatabaseName("postgres");
        source.setConnectTimeout(10);
        source.setSocketTimeout(60);
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            boolean exists;
            try (ResultSet found =
                    statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + DATABASE + "'")) {
                exists = found.next();
            }
            if (!exists) {
                statement.execute("CREATE DATABASE " + DATABASE);
            }
        }
    }

    /** The address of database {@value #DATABASE}, {@code postgresql://postgres@127.0.0.1:PORT/vap}. */
    public String databaseUrl() {
        return url(port, DATABASE);
    }

    /** The address of another database of this server, which need not exist. */
    public String databaseUrl(String database) {
        return url(port, database);
    }

    private static String url(int port, String database) {
        return "postgresql://%s@%s:%d/%s".formatted(USER, FreePort.HOST, port, database);
    }

    public int port() {
        return port;
    }

    /** From the call of {@link #start} to a usable database. */
    public Duration startTime() {
        return startTime;
    }

    /** Whether the server process lives; it may have died without our doing. */
    public boolean running() {
        return postmaster.process().isPresent();
    }

    /** Ends open connections at once, keeps the data. Harmless when repeated, and while the thread is interrupted. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        boolean interrupted = Thread.interrupted();
        try {
            postmaster.stop();
        } catch (IOException e) {
            log.error("PostgreSQL could not be stopped; the next start will try again", e);
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            lock.close();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
