package dev.vap.runner;

import dev.vap.runner.control.Assignments;
import dev.vap.runner.control.Heartbeats;
import dev.vap.runner.control.Inbound;
import dev.vap.runner.control.KafkaLink;
import dev.vap.runner.control.Lease;
import dev.vap.runner.control.Lifeline;
import dev.vap.runner.control.PreviewDemands;
import dev.vap.runner.control.RunnerIdentity;
import dev.vap.runner.control.SessionFactory;
import dev.vap.runner.decode.VideoReader;
import dev.vap.runner.inference.InferenceDirectory;
import dev.vap.runner.inference.InferenceRouter;
import dev.vap.runner.onvif.DiscoveryService;
import dev.vap.runner.probe.ProbeService;
import dev.vap.runner.probe.Probes;
import dev.vap.runner.session.Session;
import dev.vap.runner.session.SessionEnvironment;
import dev.vap.runner.session.SessionMetrics;
import dev.vap.runner.simulate.SimulatedSessions;
import dev.vap.runner.simulate.Simulation;
import dev.vap.runner.time.Timers;
import dev.vap.runner.time.VertxTimers;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.HeartbeatReply;
import dev.vap.shared.protocol.Protocol;
import dev.vap.shared.runtime.Closer;
import dev.vap.shared.runtime.OpenCv;
import dev.vap.shared.runtime.ProcessId;
import dev.vap.shared.runtime.ServiceContext;
import dev.vap.shared.storage.Database;
import dev.vap.shared.storage.Ids;
import dev.vap.shared.storage.Runners;
import io.micrometer.core.instrument.Gauge;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A runner: takes the scenarios that the orchestrator assigns to it, analyses them, and reports. One event-loop verticle;
 * sessions live on its context and block on the pool {@code vap-session}.
 *
 * <p>Starting needs PostgreSQL, for the lease; Kafka, inference and the orchestrator may come later. Stopping hands the
 * sessions over: they end, their ends are reported, and the lease is given back.
 */
public final class RunnerVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(RunnerVerticle.class);
    private static final String POOL = "vap-session";
    private static final Duration KAFKA_START_PATIENCE = Duration.ofSeconds(3);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);

    /** For telling how thousands of sessions ended; without it the orchestrator finds the lease gone, which does as well. */
    private static final Duration HAND_OVER_PATIENCE = Duration.ofSeconds(3);

    /** What a process killed by SIGKILL ends with. */
    private static final int KILLED = 137;

    private final ServiceContext service;
    private final RunnerConfig given;
    /** What has to be undone, last first. */
    private final Closer closer = new Closer(CLOSE_PATIENCE.multipliedBy(3));

    private final UUID instance = Ids.next();

    private RunnerConfig config;
    private RunnerIdentity identity;
    private Timers timers;
    private KafkaLink kafka;
    private Assignments assignments;
    private Inbound inbound;
    private Lifeline lifeline;
    private Lease lease;
    private Heartbeats heartbeats;
    private boolean lost;

    public RunnerVerticle(ServiceContext service) {
        this(service, null);
    }

    /**
     * @param config null to take it from the settings
     */
    public RunnerVerticle(ServiceContext service, RunnerConfig config) {
        this.service = service;
        this.given = config;
    }

    @Override
    public Future<?> start() {
        timers = new VertxTimers(vertx);
        Future<?> started = vertx.executeBlocking(this::prepare, false)
                .compose(prepared -> {
                    config = prepared;
                    build();
                    return Future.all(listenForAssignments(), listenForViewers(), listenToKafka());
                })
                .compose(listening ->
                        lease.take(config.startPatience(), config.lease().plusSeconds(1)))
                .onSuccess(taken -> {
                    heartbeats.start();
                    LOG.info("runner {} takes up to {} sessions", config.runnerId(), config.maxWorkers());
                });
        return started.recover(e -> closeAll().transform(closed -> Future.failedFuture(e)));
    }

    /** Off the event loop: the name of this host, and native code that the first session would have to wait for. */
    private RunnerConfig prepare() {
        RunnerConfig prepared = given != null ? given : RunnerConfig.from(service.settings(), hostName(), new Random());
        if (prepared.simulation().isEmpty()) {
            OpenCv.load();
        }
        return prepared;
    }

    private static Void loadFfmpeg() {
        VideoReader.warmUp();
        return null;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown-host";
        }
    }

    private void build() {
        Database database = Database.open(service);
        closer.add("PostgreSQL", database::close);
        identity = new RunnerIdentity(
                config.runnerId(),
                instance,
                config.host(),
                ProcessHandle.current().pid(),
                config.maxWorkers());
        kafka = new KafkaLink(
                vertx,
                config.kafka(),
                timers,
                "runner-" + config.runnerId(),
                config.maxWorkers() * config.session().maxUnacknowledged(),
                record -> inbound.command(record),
                () -> assignments.mayHaveMissed());
        closer.add("Kafka", () -> kafka.close(CLOSE_PATIENCE));
        SessionMetrics metrics = new SessionMetrics(service.registry());
        assignments = new Assignments(
                identity,
                config.lease(),
                config.heartbeat(),
                timers,
                config.simulation().map(s -> simulated(s, metrics)).orElseGet(() -> real(metrics)),
                kafka::report,
                () -> heartbeats.soon());
        inbound = new Inbound(config.runnerId(), assignments, service.registry(), timers);
        lifeline = new Lifeline(timers, config.lease());
        lease = new Lease(new RunnerRow(database), timers, config.heartbeat(), new LeaseListener());
        heartbeats = new Heartbeats(
                Heartbeats.over(vertx.eventBus(), config.lease()),
                timers,
                config.heartbeat(),
                assignments::heartbeat,
                new HeartbeatListener());
        Gauge sessions = Gauge.builder("vap_sessions", assignments, Assignments::running)
                .description("sessions of this runner")
                .register(service.registry());
        closer.add("the gauge of sessions", () -> {
            service.registry().remove(sessions);
            return Future.succeededFuture();
        });
    }

    private SessionFactory real(SessionMetrics metrics) {
        // Not waited for: the first session would load it otherwise, and say so if it can't.
        vertx.executeBlocking(RunnerVerticle::loadFfmpeg, false);
        WorkerExecutor lanes = vertx.createSharedWorkerExecutor(POOL, config.maxWorkers(), 10, TimeUnit.MINUTES);
        closer.add("the session pool", lanes::close);
        Sources sources = new Sources(service.settings());
        closer.add("the sources", () -> {
            sources.close();
            return Future.succeededFuture();
        });
        Probes probes = new Probes(sources.connector(), config.runnerId());
        ProbeService probing = new ProbeService(vertx, probes);
        closer.add("probing", probing::close);
        probing.start();
        DiscoveryService discovering = new DiscoveryService(vertx, sources.discovery()::find, config.runnerId());
        closer.add("discovery", discovering::close);
        discovering.start();
        InferenceDirectory directory = new InferenceDirectory(
                vertx.eventBus(), timers, ProcessId.of(vertx), service.node().host());
        closer.add("the directory of inference processes", directory::close);
        directory.start();
        Random random = new Random();
        InferenceRouter router =
                new InferenceRouter(vertx, timers, config.session().breaker(), random, directory, service.registry());
        closer.add("the way to inference", () -> {
            router.close();
            return Future.succeededFuture();
        });
        SessionEnvironment environment = new SessionEnvironment(
                vertx,
                lanes,
                config.session(),
                sources.connector(),
                sources::waitBeforeAttempt,
                router,
                kafka,
                metrics,
                service.clock(),
                timers,
                random);
        return (command, onChange) -> new Session(environment, command, onChange);
    }

    private SessionFactory simulated(Simulation simulation, SessionMetrics metrics) {
        return new SimulatedSessions(
                simulation, vertx.eventBus(), kafka, metrics, service.clock(), timers, () -> Runtime.getRuntime()
                        .halt(KILLED));
    }

    private Future<Void> listenForAssignments() {
        MessageConsumer<JsonObject> consumer = vertx.eventBus()
                .consumer(Addresses.runnerSync(config.runnerId()), message -> inbound.assigned(message.body()));
        closer.add("the assignments", consumer::unregister);
        return consumer.completion();
    }

    private Future<Void> listenForViewers() {
        PreviewDemands demands = new PreviewDemands(vertx, config.runnerId(), assignments);
        closer.add("the wishes of viewers", demands::close);
        return demands.start();
    }

    /** Waits a moment, so that no command is missed between taking the lease and listening; not for ever. */
    private Future<Void> listenToKafka() {
        kafka.start();
        return within(KAFKA_START_PATIENCE, kafka.listening());
    }

    /** Succeeds whatever becomes of the work, after {@code patience} at the latest. */
    private Future<Void> within(Duration patience, Future<?> work) {
        return work.timeout(patience.toMillis(), TimeUnit.MILLISECONDS).transform(done -> Future.succeededFuture());
    }

    @Override
    public Future<?> stop() {
        if (lease == null) {
            return closeAll();
        }
        Future<Void> drained = assignments.drain();
        heartbeats.soon();
        return within(config.stopPatience(), drained)
                .compose(done -> {
                    // Some may be on their way, in a heartbeat that is lost or never answered.
                    assignments.tellAgain();
                    return within(HAND_OVER_PATIENCE, heartbeats.last(assignments::hasMoreToTell));
                })
                .compose(done -> within(CLOSE_PATIENCE, lease.release()))
                .transform(done -> closeAll());
    }

    /** Closes in reverse; one failure skips nothing. Harmless when repeated. */
    private Future<Void> closeAll() {
        if (lease != null) {
            heartbeats.stop();
        }
        return closer.close();
    }

    private void stopIfLost() {
        if (lifeline.isLost()) {
            if (!lost) {
                LOG.error(
                        "neither PostgreSQL nor an orchestrator was reached for {} ms: all sessions are stopped",
                        config.lease().toMillis());
            }
            assignments.stopAll("lost contact: neither PostgreSQL nor an orchestrator was reached for one lease");
        } else if (lost) {
            assignments.mayHaveMissed();
        }
        lost = lifeline.isLost();
    }

    private final class LeaseListener implements Lease.Listener {

        @Override
        public void renewed(long askedAt) {
            lifeline.answered(askedAt);
        }

        @Override
        public void taken() {
            assignments.stopAll("another process runs under this runner's id");
        }

        @Override
        public boolean isDraining() {
            return assignments.isDraining();
        }
    }

    private final class HeartbeatListener implements Heartbeats.Listener {

        @Override
        public void answered(HeartbeatReply reply, long askedAt) {
            lifeline.answered(askedAt);
            assignments.apply(reply);
            if (assignments.hasMoreToTell()) {
                heartbeats.soon();
            }
        }

        @Override
        public void interval() {
            stopIfLost();
        }
    }

    /** This runner's row in the database. */
    private final class RunnerRow implements Lease.Store {

        private final Database database;
        private final Runners runners;

        RunnerRow(Database database) {
            this.database = database;
            this.runners = new Runners(database);
        }

        @Override
        public Future<Boolean> renew(boolean draining) {
            return runners.renew(claim(), draining, config.lease());
        }

        @Override
        public Future<Void> prepare() {
            return database.migrate();
        }

        @Override
        public Future<Void> release() {
            return runners.release(claim());
        }

        private Runners.Claim claim() {
            return new Runners.Claim(
                    identity.runnerId(),
                    identity.instance(),
                    identity.host(),
                    identity.pid(),
                    identity.capacity(),
                    Protocol.VERSION,
                    version());
        }

        /** Jars know it; classes in a folder do not. */
        private static String version() {
            String version = RunnerVerticle.class.getPackage().getImplementationVersion();
            return version == null ? "dev" : version;
        }
    }
}
