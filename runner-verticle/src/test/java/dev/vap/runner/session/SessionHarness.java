package dev.vap.runner.session;

import dev.vap.runner.inference.Breaker;
import dev.vap.runner.inference.InferenceDirectory;
import dev.vap.runner.inference.InferenceRouter;
import dev.vap.runner.source.SourceConfig;
import dev.vap.runner.source.SourceOpener;
import dev.vap.runner.time.VertxTimers;
import dev.vap.shared.config.Settings;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.InferenceCodecs;
import dev.vap.shared.protocol.PreviewCodec;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.runtime.Backoff;
import dev.vap.testing.FakeClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/** A Vert.x with a fake inference and a fake log, on which sessions run as they do in a runner. */
final class SessionHarness {

    static final Duration SHORT = Duration.ofMillis(300);

    static final String PROCESS = "here";
    static final String HOST = "host-1";

    final Vertx vertx = Vertx.vertx();
    final FakeResultLog log = new FakeResultLog();
    final FakeInference inference = new FakeInference(vertx);
    final FakeClock clock = FakeClock.standing();
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final List<SessionReport.State> states = new CopyOnWriteArrayList<>();
    private final WorkerExecutor lanes = vertx.createSharedWorkerExecutor("vap-session-test", 4);
    private final Context context;
    SessionConfig config;
    private InferenceRouter router;
    ToLongFunction<SourceUrl> attempts = url -> 0;

    SessionHarness() throws Exception {
        InferenceCodecs.register(vertx.eventBus());
        PreviewCodec.register(vertx.eventBus());
        Promise<Context> made = Promise.promise();
        vertx.runOnContext(v -> made.complete(Vertx.currentContext()));
        context = made.future().await(5, TimeUnit.SECONDS);
        config = config(4, 32, Duration.ofSeconds(10));
    }

    static SessionConfig config(int fileInFlight, int maxUnacknowledged, Duration fileTimeout) {
        SessionConfig base =
                SessionConfig.from(Settings.of(Map.of("MEDIA_ROOT", System.getProperty("java.io.tmpdir"))), 2);
        // Every frame, and quick to try again.
        SourceConfig source = new SourceConfig(
                base.source().mediaRoot(),
                0,
                base.source().schemes(),
                base.source().limits(),
                null,
                new SourceConfig.Retry(
                        new Backoff(Duration.ofMillis(20), Duration.ofMillis(50), 0.2),
                        Duration.ofMillis(100),
                        Duration.ofSeconds(10),
                        Map.of(SourceFault.NO_VIDEO_STREAM, 3)));
        return new SessionConfig(
                source,
                fileInFlight,
                2,
                maxUnacknowledged,
                fileTimeout,
                SHORT,
                new Backoff(Duration.ofMillis(5), Duration.ofMillis(50), 0.2),
                Duration.ofSeconds(2),
                Duration.ofSeconds(1),
                3,
                new Breaker(5, Duration.ofMillis(100)),
                Duration.ofMillis(200));
    }

    Session start(DeployCommand command, SourceOpener opener) throws Exception {
        SessionEnvironment environment = new SessionEnvironment(
                vertx,
                lanes,
                config,
                opener,
                url -> attempts.applyAsLong(url),
                router(),
                log,
                new SessionMetrics(registry),
                clock,
                new VertxTimers(vertx),
                new Random(1));
        return onContext(() -> {
            Session[] self = new Session[1];
            self[0] = new Session(
                    environment, command, () -> states.add(self[0].report().state()));
            self[0].start();
            return self[0];
        });
    }

    /** What the sessions of a runner share; made by the first one. */
    InferenceRouter router() throws Exception {
        if (router == null) {
            VertxTimers timers = new VertxTimers(vertx);
            InferenceDirectory directory = new InferenceDirectory(vertx.eventBus(), timers, PROCESS, HOST);
            onContext(directory::start).await(5, TimeUnit.SECONDS);
            router = new InferenceRouter(vertx, timers, config.breaker(), new Random(2), directory, registry);
        }
        return router;
    }

    SessionReport report(Session session) throws Exception {
        return onContext(session::report);
    }

    void stop(Session session) throws Exception {
        onContext(() -> {
            session.stop("test");
            return null;
        });
    }

    SessionOutcome outcome(Session session) throws Exception {
        return session.ended().await(20, TimeUnit.SECONDS);
    }

    <T> T onContext(Callable<T> work) throws Exception {
        Promise<T> promise = Promise.promise();
        context.runOnContext(v -> {
            try {
                promise.complete(work.call());
            } catch (Exception e) {
                promise.fail(e);
            }
        });
        return promise.future().await(10, TimeUnit.SECONDS);
    }

    double counter(String name, String tag, String value) {
        var counter = registry.find(name).tag(tag, value).counter();
        return counter == null ? 0 : counter.count();
    }

    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }
}
