package dev.vap.embedded;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.metadata.storage.Formatter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real Kafka broker with its KRaft controller, inside this process, whose data outlives it. It listens on 127.0.0.1
 * only, without authentication. Ports may change from one run to the next.
 *
 * <p>It needs some 40 MB of heap and talks a lot: set the loggers {@code kafka}, {@code org.apache.kafka} and
 * {@code state.change.logger} to WARN, and {@code org.apache.kafka.controller.QuorumController} to
 * ERROR, since it warns at every start. If its disk fails, Kafka halts the process, as it would a broker's own.
 *
 * <p>No shutdown hook is registered: the order in which an application stops its parts is the application's matter. A
 * killed process loses nothing that was acknowledged (the operating system has it), but a power cut may: Kafka does not
 * sync each write.
 *
 * <p>All methods may be called from any thread. {@link #start} and {@link #close} block, never on an event loop please.
 */
public final class LocalKafka implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LocalKafka.class);

    private final DataDirectoryLock lock;
    private final KafkaNode node;
    private final int port;
    private final int controllerPort;
    private final Duration startTime;
    private boolean closed;

    private LocalKafka(DataDirectoryLock lock, KafkaNode node, int port, int controllerPort, Duration startTime) {
        this.lock = lock;
        this.node = node;
        this.port = port;
        this.controllerPort = controllerPort;
        this.startTime = startTime;
    }

    /**
     * Starts on any free ports.
     *
     * @see #start(KafkaOptions)
     */
    public static LocalKafka start(Path dataDir) {
        return start(KafkaOptions.in(dataDir));
    }

    /** Starts on the given port; after {@link #close()}, clients of the earlier broker find this one. */
    public static LocalKafka start(Path dataDir, int port) {
        return start(KafkaOptions.in(dataDir).withPort(port));
    }

    /**
     * Creates the data where there is none, and returns once the broker serves clients.
     *
     * @throws DataDirectoryInUseException if another run uses the directory
     * @throws EmbeddedServerException if the broker cannot be started; nothing is left running then
     */
    public static LocalKafka start(KafkaOptions options) {
        DataDirectoryLock lock = DataDirectoryLock.acquire(options.dataDir(), "kafka");
        boolean started = false;
        try (BoundSockets sockets = new BoundSockets()) {
            LocalKafka kafka = startLocked(options, lock, sockets);
            started = true;
            return kafka;
        } catch (EmbeddedServerException e) {
            throw e;
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw new EmbeddedServerException(
                    "Kafka could not be started in %s: %s".formatted(options.dataDir(), e.getMessage()), e);
        } finally {
            if (!started) {
                lock.close();
            }
        }
    }

    private static LocalKafka startLocked(KafkaOptions options, DataDirectoryLock lock, BoundSockets sockets)
            throws Exception {
        long started = System.nanoTime();
        Path directory = options.dataDir().resolve("kafka");
        if (!Files.exists(directory.resolve("meta.properties"))) {
            format(options.dataDir(), directory);
        }
        int port = sockets.bind(KafkaSettings.BROKER, options.port());
        int controllerPort = sockets.bind(KafkaSettings.CONTROLLER, options.controllerPort());
        Map<String, String> settings =
                new HashMap<>(KafkaSettings.of(directory, port, controllerPort, options.startDeadline()));
        settings.putAll(options.settings());
        KafkaNode node = KafkaNode.start(new KafkaConfig(settings, false), sockets);
        Duration startTime = Duration.ofNanos(System.nanoTime() - started);
        log.info("Kafka is ready at {}:{} after {} ms", FreePort.HOST, port, startTime.toMillis());
        return new LocalKafka(lock, node, port, controllerPort, startTime);
    }

    /** Appears by one rename, so that a run killed in between leaves nothing that looks like data. */
    private static void format(Path dataDir, Path directory) throws Exception {
        Path unfinished = dataDir.resolve("kafka.new");
        for (Path leftover : new Path[] {unfinished, directory}) {
            if (Files.exists(leftover)) {
                FileTrees.delete(leftover);
            }
        }
        Files.createDirectories(unfinished);
        new Formatter()
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .setClusterId(Uuid.randomUuid().toString())
                .setNodeId(KafkaSettings.NODE_ID)
                .setControllerListenerName(KafkaSettings.CONTROLLER)
                .addDirectory(unfinished.toString())
                .setMetadataLogDirectory(unfinished.toString())
                .run();
        Files.move(unfinished, directory);
    }

    /** {@code 127.0.0.1:PORT}. */
    public String bootstrapServers() {
        return FreePort.HOST + ":" + port;
    }

    public int port() {
        return port;
    }

    public int controllerPort() {
        return controllerPort;
    }

    /** From the call of {@link #start} to a broker that serves clients. */
    public Duration startTime() {
        return startTime;
    }

    /** Keeps the data. Harmless when repeated, and while the thread is interrupted. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        boolean interrupted = Thread.interrupted();
        try {
            node.close();
        } finally {
            lock.close();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
