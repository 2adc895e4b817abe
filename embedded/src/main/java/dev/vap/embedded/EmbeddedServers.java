package dev.vap.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * PostgreSQL and Kafka side by side in one data directory, which stays locked as long as they run.
 *
 * <p>All methods may be called from any thread. {@link #start} and {@link #close} block, never on an event loop please.
 */
public final class EmbeddedServers implements AutoCloseable {
    /** What a server may take beyond its own deadline before it is taken for stuck. */
    private static final Duration GRACE = Duration.ofSeconds(30);

    private final EmbeddedOptions options;
    private final DataDirectoryLock lock;
    private final Optional<LocalPostgres> postgres;
    private final Optional<LocalKafka> kafka;

    private EmbeddedServers(
            EmbeddedOptions options,
            DataDirectoryLock lock,
            Optional<LocalPostgres> postgres,
            Optional<LocalKafka> kafka) {
        this.options = options;
        this.lock = lock;
        this.postgres = postgres;
        this.kafka = kafka;
    }

    /**
     * Returns once both are usable. They start at the same time, each with the deadline of its own options.
     *
     * @throws DataDirectoryInUseException if another run uses the directory
     * @throws EmbeddedServerException if one of them cannot be started; the other one is stopped then and the directory
     *     is free again
     */
    public static EmbeddedServers start(EmbeddedOptions options) throws InterruptedException {
        DataDirectoryLock lock = DataDirectoryLock.acquire(options.dataDir(), "vap");
        boolean started = false;
        try {
            EmbeddedServers servers = startBoth(options, lock);
            started = true;
            return servers;
        } finally {
            if (!started) {
                lock.close();
            }
        }
    }

    private static EmbeddedServers startBoth(EmbeddedOptions options, DataDirectoryLock lock)
            throws InterruptedException {
        Optional<Starting<LocalPostgres>> postgres = options.databaseUrl().isPresent()
                ? Optional.empty()
                : Optional.of(Starting.begin("PostgreSQL", () -> LocalPostgres.start(options.postgres())));
        Optional<Starting<LocalKafka>> kafka = options.kafkaBootstrap().isPresent()
                ? Optional.empty()
                : Optional.of(Starting.begin("Kafka", () -> LocalKafka.start(options.kafka())));
        boolean started = false;
        boolean hurry = true;
        try {
            EmbeddedServers servers = new EmbeddedServers(
                    options,
                    lock,
                    await(postgres, options.postgres().startDeadline()),
                    await(kafka, options.kafka().startDeadline()));
            started = true;
            return servers;
        } catch (EmbeddedServerException e) {
            // One has ended already, and the other one starts more safely than it is interrupted.
            hurry = false;
            throw e;
        } finally {
            if (!started) {
                boolean interrupt = hurry;
                postgres.ifPresent(starting -> starting.abandon(interrupt));
                kafka.ifPresent(starting -> starting.abandon(interrupt));
            }
        }
    }

    private static <T extends AutoCloseable> Optional<T> await(Optional<Starting<T>> starting, Duration deadline)
            throws InterruptedException {
        return starting.isEmpty()
                ? Optional.empty()
                : Optional.of(starting.get().await(deadline.plus(GRACE)));
    }

    /**
     * Deletes a data directory that nobody uses any more, and stops the PostgreSQL that a killed run left in it.
     *
     * @throws DataDirectoryInUseException if a run uses it
     */
    public static void discard(Path dataDir) throws IOException, InterruptedException {
        if (!Files.isDirectory(dataDir)) {
            return;
        }
        DataDirectoryLock lock = DataDirectoryLock.acquire(dataDir, "vap");
        try {
            LocalPostgres.endLeftover(dataDir);
        } finally {
            // Before the deletion, since a locked file cannot be deleted everywhere.
            lock.close();
        }
        FileTrees.delete(dataDir);
    }

    /** The one given, or that of the server started here. */
    public String databaseUrl() {
        return options.databaseUrl().orElseGet(() -> postgres.orElseThrow().databaseUrl());
    }

    /** The one given, or that of the broker started here. */
    public String kafkaBootstrap() {
        return options.kafkaBootstrap().orElseGet(() -> kafka.orElseThrow().bootstrapServers());
    }

    /** Empty where a database was given. */
    public Optional<LocalPostgres> postgres() {
        return postgres;
    }

    /** Empty where a Kafka was given. */
    public Optional<LocalKafka> kafka() {
        return kafka;
    }

    /** Kafka first, PostgreSQL, the lock last; a failure skips nothing. Harmless when repeated. */
    @Override
    public void close() {
        try {
            kafka.ifPresent(LocalKafka::close);
        } finally {
            try {
                postgres.ifPresent(LocalPostgres::close);
            } finally {
                lock.close();
            }
        }
    }
}
