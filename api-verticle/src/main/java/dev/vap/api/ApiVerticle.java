package dev.vap.api;

import dev.vap.api.contract.Contract;
import dev.vap.api.http.ApiServer;
import dev.vap.api.http.SourceCheck;
import dev.vap.api.http.SourceIntake;
import dev.vap.api.inbox.InboxVerticle;
import dev.vap.api.live.InferenceNodes;
import dev.vap.api.live.LiveSockets;
import dev.vap.api.live.LiveStatus;
import dev.vap.api.live.ModelCatalog;
import dev.vap.api.live.PredictionHub;
import dev.vap.api.live.PreviewHub;
import dev.vap.api.live.Previews;
import dev.vap.api.live.RunnerQueries;
import dev.vap.api.media.MediaStore;
import dev.vap.shared.config.ConfigException;
import dev.vap.shared.config.VapSettings;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.ScenarioRef;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.messaging.DeadLetters;
import dev.vap.shared.messaging.KafkaConfig;
import dev.vap.shared.messaging.KafkaPublisher;
import dev.vap.shared.messaging.OutboxRelay;
import dev.vap.shared.messaging.TopicSetup;
import dev.vap.shared.messaging.TopicStates;
import dev.vap.shared.runtime.Closer;
import dev.vap.shared.runtime.ServiceContext;
import dev.vap.shared.storage.AdvisoryLock;
import dev.vap.shared.storage.ClusterState;
import dev.vap.shared.storage.Database;
import dev.vap.shared.storage.Outbox;
import dev.vap.shared.storage.Results;
import dev.vap.shared.storage.Runners;
import dev.vap.shared.storage.Scenarios;
import dev.vap.shared.storage.Workers;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The API service. PostgreSQL must be reachable within half a minute; Kafka need not be: commands are accepted meanwhile
 * and wait in the outbox.
 */
public final class ApiVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(ApiVerticle.class);

    /** The relay sends 500 at once; dead letters come on top. */
    private static final int MAX_PENDING = 2_000;

    /** For a scenario that shows nothing. */
    private static final Duration PICTURE_PATIENCE = Duration.ofSeconds(10);

    private static final Duration DELIVERY = Duration.ofSeconds(10);

    private final ServiceContext services;
    private final ApiConfig config;
    private final Predicate<Path> alsoAllowed;
    private final Closer closer = new Closer(Duration.ofSeconds(5));
    private boolean stopping;
    private volatile int port = -1;

    public ApiVerticle(ServiceContext services) {
        this(services, file -> false);
    }

    /**
     * @param alsoAllowed real paths of files that may be opened although they lie outside the media root; called on
     *     worker threads
     */
    public ApiVerticle(ServiceContext services, Predicate<Path> alsoAllowed) {
        this.services = services;
        this.config = ApiConfig.from(services.settings());
        this.alsoAllowed = alsoAllowed;
    }

    /** The port it listens on, once it was deployed; -1 before. */
    public int port() {
        return port;
    }

    @Override
    public Future<?> start() {
        KafkaConfig kafka = KafkaConfig.from(services.settings());
        Database database = Database.open(services);
        closer.add("PostgreSQL", database::close);
        Outbox outbox = new Outbox(database, kafka.topics());
        KafkaPublisher publisher = new KafkaPublisher(vertx, kafka, "api-outbox", MAX_PENDING, DELIVERY);
        closer.add("the producer", () -> publisher.close(Duration.ofSeconds(2)));
        Future<Contract> contract = vertx.executeBlocking(Contract::load, false);
        return Future.all(database.prepare(), contract)
                .compose(ready -> listen(database, outbox, kafka, contract.result()))
                .onSuccess(bound -> {
                    port = bound;
                    LOG.info("the API listens on http://{}:{}", config.host(), bound);
                    startMessaging(database, outbox, kafka, publisher);
                })
                .recover(e -> stop().compose(closed -> Future.failedFuture(e)));
    }

    @Override
    public Future<Void> stop() {
        stopping = true;
        return closer.close();
    }

    private Future<Integer> listen(Database database, Outbox outbox, KafkaConfig kafka, Contract contract) {
        Scenarios scenarios = new Scenarios(database, outbox);
        Results results = new Results(database);
        LiveStatus live = new LiveStatus(
                vertx, System::nanoTime, services.settings().get(VapSettings.RUNNER_HEARTBEAT), services.registry());
        ModelCatalog models = new ModelCatalog(vertx, System::nanoTime);
        PredictionHub hub = new PredictionHub(vertx, services.registry());
        PreviewHub previews =
                new PreviewHub(vertx, System::nanoTime, live, uuid -> isToRun(scenarios, uuid), services.registry());
        LiveSockets sockets = new LiveSockets(vertx, hub, services.registry());
        TopicStates topics = new TopicStates(vertx, kafka, System::nanoTime);
        InferenceNodes inference = new InferenceNodes(vertx, System::nanoTime);
        closer.add("the states of topics", topics::close);
        closer.add("the inference nodes", inference::close);
        closer.add("the live status", live::close);
        closer.add("the model catalog", models::close);
        ApiServer server = new ApiServer(
                vertx,
                new ApiServer.Parts(
                        database,
                        scenarios,
                        new Workers(database),
                        results,
                        new Runners(database),
                        new ClusterState(database),
                        services.cluster(),
                        topics,
                        inference,
                        live,
                        models,
                        hub,
                        new Previews(vertx, previews, live, PICTURE_PATIENCE, services.registry()),
                        sockets,
                        new SourceIntake(
                                vertx,
                                new SourceCheck(config.mediaRoot(), alsoAllowed),
                                config.schemes(),
                                config.addresses()),
                        new RunnerQueries(vertx),
                        openMedia(),
                        config.defaultModel(),
                        kafka.bootstrapServers(),
                        services.registry(),
                        contract,
                        new ApiServer.HttpLimits(config.origins(), config.maxConnections())));
        closer.add("the HTTP server", server::close);
        // Before the server, which would wait for them.
        closer.add("live predictions", hub::close);
        closer.add("previews", previews::close);
        closer.add("live WebSockets", sockets::close);
        return Future.join(live.start(), inference.start(), models.start(), hub.start(), previews.start())
                .compose(ready -> server.listen(config.host(), config.port()))
                .recover(e -> Future.failedFuture(explainBind(e)));
    }

    /** What the store does not answer is taken to go on. */
    private static Future<Boolean> isToRun(Scenarios scenarios, UUID uuid) {
        return scenarios
                .get(ScenarioRef.of(uuid))
                .map(scenario -> scenario.status().isStartingOrRunning())
                .otherwise(e -> !(e instanceof VapException v && v.code() == ErrorCode.SCENARIO_NOT_FOUND));
    }

    private MediaStore openMedia() {
        MediaStore media = new MediaStore(config.mediaRoot(), config.mediaMaxBytes());
        vertx.executeBlocking(() -> media.removeAbandoned(Instant.now()), false)
                .onSuccess(removed -> {
                    if (removed > 0) {
                        LOG.info("{} uploads that nobody went on with for an hour were removed", removed);
                    }
                })
                .onFailure(e -> LOG.warn("looking for abandoned uploads failed: {}", e.getMessage()));
        return media;
    }

    /**
     * In the background, once the topics exist: a consumer that starts before its topic does notices it seconds late, and
     * a producer might create it with the broker's defaults.
     */
    private void startMessaging(Database database, Outbox outbox, KafkaConfig kafka, KafkaPublisher publisher) {
        TopicSetup.ensure(vertx, kafka)
                .onSuccess(done -> {
                    if (stopping) {
                        return;
                    }
                    OutboxRelay relay = new OutboxRelay(
                            vertx, outbox, AdvisoryLock.ofRelay(vertx, database), publisher, services.registry());
                    relay.start();
                    closer.add("the outbox relay", relay::close);
                    DeadLetters deadLetters = new DeadLetters(publisher, services.registry());
                    vertx.deployVerticle(
                                    new InboxVerticle(kafka, new Results(database), deadLetters, services.registry()))
                            .onFailure(e -> LOG.error("the inbox could not start: {}", e.getMessage(), e));
                })
                .onFailure(e -> LOG.debug("setting up the topics ended", e));
    }

    private Throwable explainBind(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof java.net.BindException || cause instanceof java.net.UnknownHostException) {
                String text = String.valueOf(cause.getMessage());
                boolean inUse = text.contains("in use");
                return new ConfigException(List.of(
                        inUse
                                ? "Port " + config.port() + " on " + config.host()
                                        + " is in use: stop the other program or choose another port with --port or"
                                        + " HTTP_PORT (0 takes a free one)."
                                : "The API can't listen on " + config.host() + ":" + config.port() + " (" + text
                                        + "): set HTTP_HOST to an address of this machine and HTTP_PORT to a port"
                                        + " that may be used."));
            }
        }
        return e;
    }
}
