package dev.vap.standalone.platform;

import dev.vap.api.ApiVerticle;
import dev.vap.embedded.EmbeddedOptions;
import dev.vap.embedded.EmbeddedServers;
import dev.vap.inference.InferenceVerticle;
import dev.vap.orchestrator.OrchestratorVerticle;
import dev.vap.runner.RunnerVerticle;
import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.shared.runtime.ServiceContext;
import dev.vap.shared.runtime.Services;
import dev.vap.shared.storage.Database;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole platform: PostgreSQL and Kafka unless the settings name others, inference, orchestrator, runner and API.
 * {@link #start} and {@link #close} block and may be called from any thread, one at a time.
 */
public final class Platform implements AutoCloseable {

    /** What a user may be told meanwhile. */
    public static final String STARTING = "Starting PostgreSQL, Kafka and the services ...";

    private static final Logger LOG = LoggerFactory.getLogger(Platform.class);
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration STOP_ONE = Duration.ofSeconds(5);

    /** What has been started, newest first. */
    private final Deque<Part> started = new ArrayDeque<>();

    private ServiceContext services;
    private ApiVerticle api;
    private boolean closed;

    private record Part(String name, Close close) {}

    @FunctionalInterface
    private interface Close {
        void run() throws InterruptedException, ExecutionException, TimeoutException;
    }

    private Platform() {}

    /**
     * Returns once the API answers.
     *
     * @param alsoAllowed real paths of files that may be analysed although they lie outside the media root; called by any
     *     thread
     * @throws dev.vap.standalone.CommandException if a part can't be started; nothing is left running then
     * @throws InterruptedException likewise
     */
    public static Platform start(Settings settings, Predicate<Path> alsoAllowed) throws InterruptedException {
        Platform platform = new Platform();
        boolean ready = false;
        try {
            platform.startParts(settings, alsoAllowed);
            ready = true;
            return platform;
        } finally {
            if (!ready) {
                platform.close();
            }
        }
    }

    private void startParts(Settings settings, Predicate<Path> alsoAllowed) throws InterruptedException {
        long begin = System.nanoTime();
        PortCheck.requireFree(settings.get(VapSettings.HTTP_HOST), settings.get(VapSettings.HTTP_PORT));
        // Needs neither PostgreSQL nor Kafka: loads its native libraries and the model while those start.
        Background<ServiceContext> early = Background.start("inference", () -> startInference(settings));
        try {
            EmbeddedServers servers = startServers(settings);
            LOG.debug("PostgreSQL and Kafka after {} ms", millisSince(begin));
            services = complete(settled(early), servers);
        } finally {
            if (services == null) {
                abandon(early);
            }
        }
        await("The database could not be prepared", migrate());
        LOG.debug("migrated after {} ms", millisSince(begin));
        api = new ApiVerticle(services, alsoAllowed);
        await(
                "The platform could not be started",
                Future.all(
                        deploy("orchestrator", new OrchestratorVerticle(services)),
                        deploy("runner", new RunnerVerticle(services)),
                        deploy("API", api)));
        LOG.info("the platform is up after {} ms", millisSince(begin));
    }

    private EmbeddedServers startServers(Settings settings) throws InterruptedException {
        EmbeddedOptions options = EmbeddedOptions.in(settings.get(VapSettings.DATA_DIR))
                .withDatabaseUrl(settings.find(VapSettings.DATABASE_URL))
                .withKafkaBootstrap(
                        settings.find(VapSettings.KAFKA_BOOTSTRAP_SERVERS).map(brokers -> String.join(",", brokers)));
        try {
            EmbeddedServers servers = EmbeddedServers.start(options);
            onClose("the embedded servers", servers::close);
            return servers;
        } catch (RuntimeException e) {
            throw Failures.explain("PostgreSQL and Kafka could not be started", e);
        }
    }

    /** On a thread of its own; whoever asked for it closes it. */
    private static ServiceContext startInference(Settings settings)
            throws InterruptedException, ExecutionException, TimeoutException {
        ServiceContext context = Services.local(settings);
        get(context.vertx().deployVerticle(new InferenceVerticle(context)), START);
        return context;
    }

    private ServiceContext complete(ServiceContext early, EmbeddedServers servers) {
        onClose("Vert.x and inference", () -> get(early.vertx().close(), STOP_ONE));
        Map<String, String> found = new HashMap<>();
        found.put(VapSettings.DATABASE_URL.key(), servers.databaseUrl());
        found.put(VapSettings.KAFKA_BOOTSTRAP_SERVERS.key(), servers.kafkaBootstrap());
        if (early.settings().find(VapSettings.KAFKA_BOOTSTRAP_SERVERS).isEmpty()) {
            // This process alone reads them, with one consumer for each; every further one costs the broker at each
            // request.
            found.put(
                    VapSettings.KAFKA_PARTITIONS.key(),
                    early.settings()
                            .find(VapSettings.KAFKA_PARTITIONS)
                            .orElse(1)
                            .toString());
        }
        return early.withSettings(early.settings().with(found));
    }

    private static void abandon(Background<ServiceContext> early) throws InterruptedException {
        boolean interrupted = Thread.interrupted();
        try {
            get(early.await(START).vertx().close(), STOP_ONE);
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("Vert.x was not started, or did not stop", e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Future<Void> migrate() {
        Database database = Database.open(services);
        return database.migrate().eventually(database::close);
    }

    private Future<String> deploy(String name, Deployable verticle) {
        Future<String> deployed = services.vertx().deployVerticle(verticle);
        onClose(name, () -> {
            if (deployed.succeeded()) {
                get(services.vertx().undeploy(deployed.result()), STOP_ONE);
            }
        });
        return deployed;
    }

    private void onClose(String name, Close close) {
        started.push(new Part(name, close));
    }

    private static <T> T settled(Background<T> background) throws InterruptedException {
        try {
            return background.await(START);
        } catch (ExecutionException e) {
            throw Failures.explain("The " + background.name() + " could not be started", e.getCause());
        } catch (TimeoutException e) {
            throw Failures.explain("The " + background.name() + " is not ready after " + START.toSeconds() + " s", e);
        }
    }

    private static void await(String what, Future<?> future) throws InterruptedException {
        try {
            get(future, START);
        } catch (ExecutionException e) {
            throw Failures.explain(what, e.getCause());
        } catch (TimeoutException e) {
            throw Failures.explain(what + " within " + START.toSeconds() + " s", e);
        }
    }

    private static <T> T get(Future<T> future, Duration deadline)
            throws InterruptedException, ExecutionException, TimeoutException {
        return future.toCompletionStage().toCompletableFuture().get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** With the addresses of the servers that really run. */
    public Settings settings() {
        return services.settings();
    }

    public int port() {
        return api.port();
    }

    /** Of the console and the API, for a browser on this machine. */
    public String url() {
        String host = services.settings().get(VapSettings.HTTP_HOST);
        boolean any = host.equals("0.0.0.0") || host.equals("::");
        String shown = any ? "127.0.0.1" : host;
        return "http://" + (shown.contains(":") ? "[" + shown + "]" : shown) + ":" + port();
    }

    /** Returns by an interrupt only: the platform works without the caller. */
    public void awaitInterrupt() throws InterruptedException {
        new CountDownLatch(1).await();
    }

    /** In reverse order, each part within some seconds; a failure skips nothing. Harmless when repeated or interrupted. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        boolean interrupted = Thread.interrupted();
        while (!started.isEmpty()) {
            Part part = started.pop();
            try {
                part.close().run();
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException | TimeoutException | RuntimeException e) {
                LOG.warn(
                        "{} did not stop cleanly: {}",
                        part.name(),
                        Optional.ofNullable(e.getMessage()).orElse(e.getClass().getSimpleName()));
                LOG.debug("stopping {}", part.name(), e);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static long millisSince(long begin) {
        return (System.nanoTime() - begin) / 1_000_000;
    }
}
