package dev.vap.testing;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One PostgreSQL and one Kafka for all tests of this JVM, started by the first one that asks and stopped when the JVM
 * ends: containers where a Docker daemon answers, embedded servers otherwise. The system property or environment
 * variable {@code VAP_TEST_SERVERS} decides instead if it says {@code docker} or {@code embedded}.
 *
 * <p>Tests share the servers, so each takes a database of its own ({@link #newDatabase()}) and prefixes its topics and
 * consumer groups ({@link #newTopicPrefix()}). Safe for use by any thread.
 */
public final class TestServers {
    public static final String CHOICE = "VAP_TEST_SERVERS";

    /** Marks this JVM's databases and topics, should servers ever be shared between JVMs. */
    private static final String MARK =
            HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt(), 4);

    private static final AtomicInteger COUNTER = new AtomicInteger();
    private static final List<AutoCloseable> OPEN = new ArrayList<>();

    private static final AtomicBoolean ASKED = new AtomicBoolean();
    private static final CompletableFuture<TestServers> SHARED = new CompletableFuture<>();

    private final Backend backend;

    private TestServers(Backend backend) {
        this.backend = backend;
    }

    /**
     * Blocks while the servers start.
     *
     * @throws IllegalStateException if they do not; further calls repeat that at once
     */
    public static TestServers get() {
        if (ASKED.compareAndSet(false, true)) {
            try {
                SHARED.complete(startShared());
            } catch (Throwable e) {
                SHARED.completeExceptionally(e);
            }
        }
        try {
            return SHARED.join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause();
            throw new IllegalStateException("The test servers could not be started: " + cause.getMessage(), cause);
        }
    }

    /** A started PostgreSQL apart from the shared one, embedded even where there is Docker. */
    public static OwnPostgres ownPostgres() {
        return started(new OwnPostgres());
    }

    /** A started Kafka apart from the shared one, embedded even where there is Docker. */
    public static OwnKafka ownKafka() {
        return started(new OwnKafka());
    }

    private static <T extends OwnServer> T started(T server) {
        closeAtExit(server);
        boolean started = false;
        try {
            server.start();
            started = true;
            return server;
        } finally {
            if (!started) {
                server.close();
            }
        }
    }

    /** A new, empty database, as {@code postgresql://user[:password]@host:port/name}. */
    public String newDatabase() {
        String name = "t" + MARK + "_" + COUNTER.incrementAndGet();
        backend.databases().create(name);
        return backend.databases().url(name);
    }

    /** The database {@code vap}, which all tests of this JVM share. */
    public String databaseUrl() {
        return backend.databases().url("vap");
    }

    /** {@code host:port}. */
    public String kafkaBootstrap() {
        return backend.kafkaBootstrap();
    }

    /** Starts like no other one, such as {@code t3f9a-7.}; also fit for consumer groups. */
    public String newTopicPrefix() {
        return "t" + MARK + "-" + COUNTER.incrementAndGet() + ".";
    }

    private static void closeAtExit(AutoCloseable server) {
        synchronized (OPEN) {
            if (OPEN.isEmpty()) {
                Runtime.getRuntime().addShutdownHook(new Thread(TestServers::closeAll, "vap-test-servers-close"));
            }
            OPEN.add(server);
        }
    }

    private static void closeAll() {
        List<AutoCloseable> servers;
        synchronized (OPEN) {
            servers = List.copyOf(OPEN);
        }
        for (AutoCloseable server : servers) {
            try {
                server.close();
            } catch (Exception e) {
                System.err.println("vap tests: cannot stop " + server + ": " + e);
            }
        }
    }

    private static TestServers startShared() {
        long started = System.nanoTime();
        try {
            Backend backend = choose();
            closeAtExit(backend);
            System.out.printf(
                    "vap tests: %s, ready after %d ms%n",
                    backend.description(), (System.nanoTime() - started) / 1_000_000);
            return new TestServers(backend);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while the test servers started", e);
        }
    }

    private static Backend choose() throws InterruptedException {
        String choice = System.getProperty(CHOICE, System.getenv(CHOICE));
        if ("docker".equals(choice)) {
            return DockerBackend.start();
        }
        if (!"embedded".equals(choice) && Docker.answers()) {
            try {
                return DockerBackend.start();
            } catch (RuntimeException e) {
                System.out.println("vap tests: Docker answers, but its containers do not start: " + e);
            }
        }
        return EmbeddedBackend.start();
    }
}
