package dev.vap.runner.session;

import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaException;
import dev.vap.runner.decode.MediaInfo;
import dev.vap.runner.source.SourceSpec;
import dev.vap.runner.time.Timers;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.ModelInfo;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.protocol.SessionReport.SourceReport;
import dev.vap.shared.protocol.SessionReport.State;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Map;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One scenario being analysed, from its deployment to its end, which comes exactly once. Confined to one event-loop context;
 * what blocks runs on {@link SessionEnvironment#lanes()}.
 */
public final class Session implements RunningSession {

    private static final Logger LOG = LoggerFactory.getLogger(Session.class);

    /** Kafka usually answers within milliseconds; from here on it is worth telling. */
    private static final long KAFKA_SLOW_NANOS = 2_000_000_000L;

    private static final double ALMOST_ALL = 0.95;

    private final SessionEnvironment env;
    private final Timers timers;
    private final DeployCommand command;
    private final Runnable onChange;
    private final Progress progress;
    private final Cancellation cancellation = new Cancellation();
    private final Promise<SessionOutcome> ended = Promise.promise();
    private State state = State.STARTING;
    private SourceSpec spec;
    private FrameLane lane;
    private Future<?> laneTask = Future.succeededFuture();
    private MediaInfo media;
    private FramePump pump;
    private SessionOutcome outcome;

    /**
     * @param onChange called on this context whenever the state has changed
     */
    public Session(SessionEnvironment env, DeployCommand command, Runnable onChange) {
        this.env = env;
        this.timers = env.timers();
        this.command = command;
        this.onChange = onChange;
        this.progress = new Progress(env.metrics());
    }

    @Override
    public void start() {
        try {
            spec = SourceSpec.of(command, env.config().mediaRoot(), env.config().liveFps());
        } catch (VapException e) {
            end(SessionOutcome.failed(e));
            return;
        }
        lane = new FrameLane(spec, env.opener(), cancellation, env.clock(), timers, env.metrics());
        Future<MediaInfo> opened =
                onLane(lane::open).onSuccess(info -> media = info).onFailure(this::fail);
        Future<ModelInfo> model = new ModelLookup(env.vertx().eventBus(), timers, env.config(), env.random())
                .find(command.model(), () -> outcome != null, progress::waiting)
                .onFailure(this::fail);
        // Both failures have been told above.
        Future.all(opened, model).onSuccess(both -> prepare(model.result()));
    }

    private void prepare(ModelInfo model) {
        if (outcome != null) {
            return;
        }
        progress.waiting(null);
        onLane(() -> {
                    lane.prepareFor(model.input());
                    return null;
                })
                .onSuccess(done -> run(model))
                .onFailure(this::fail);
    }

    private void run(ModelInfo model) {
        if (outcome != null) {
            return;
        }
        LOG.atInfo()
                .addKeyValue("scenario", command.scenario())
                .addKeyValue("epoch", command.epoch())
                .log(
                        "analyses {} ({} {}x{}) with {} from frame {}",
                        Redact.url(command.cameraUrl()),
                        media.codec(),
                        media.width(),
                        media.height(),
                        command.model(),
                        spec.startFrame());
        pump = new FramePump(env, command, spec, lane, model, media.framesPerSecond(), progress, new PumpListener());
        pump.readOn();
    }

    private <T> Future<T> onLane(Callable<T> work) {
        Future<T> task = env.lanes().executeBlocking(work, false);
        laneTask = task;
        return task;
    }

    @Override
    public void stop(String reason) {
        end(SessionOutcome.stopped(reason));
    }

    private void fail(Throwable cause) {
        if (outcome != null) {
            return;
        }
        SessionOutcome failure = SessionOutcome.failed(cause);
        end(failure);
        if (cause instanceof VapException || cause instanceof MediaException) {
            LOG.atWarn()
                    .addKeyValue("scenario", command.scenario())
                    .addKeyValue("epoch", command.epoch())
                    .log("session failed: {}", failure.reason());
        } else {
            LOG.atError()
                    .addKeyValue("scenario", command.scenario())
                    .addKeyValue("epoch", command.epoch())
                    .log("session failed", cause);
        }
    }

    private void end(SessionOutcome how) {
        if (outcome != null) {
            return;
        }
        outcome = how;
        cancellation.cancel();
        if (how.state() == State.STOPPED) {
            become(State.STOPPING);
        }
        Future<Void> acknowledged = Future.succeededFuture();
        if (pump != null) {
            pump.stop();
            laneTask = pump.laneTask();
            acknowledged = pump.acknowledgedWithin(env.config().ackPatience());
        }
        Future.join(closeLane(), acknowledged).onComplete(done -> {
            become(how.state());
            ended.complete(how);
        });
    }

    private Future<Void> closeLane() {
        if (lane == null) {
            return Future.succeededFuture();
        }
        return laneTask.<Void>transform(previous -> env.lanes()
                        .executeBlocking(
                                () -> {
                                    lane.close();
                                    return null;
                                },
                                false))
                .onFailure(e -> LOG.atError()
                        .addKeyValue("scenario", command.scenario())
                        .log("a source was not closed", e));
    }

    private void become(State next) {
        state = next;
        onChange.run();
    }

    @Override
    public Future<SessionOutcome> ended() {
        return ended.future();
    }

    @Override
    public State state() {
        return state;
    }

    /** Frame buffers handed out and not back yet. */
    public int buffersInUse() {
        return pump == null ? 0 : pump.buffersInUse();
    }

    @Override
    public SessionReport report() {
        long now = timers.nanos();
        return new SessionReport(
                command.scenario(),
                command.workerId(),
                command.epoch(),
                state,
                pump == null ? -1 : pump.publisher().lastAcknowledged(),
                progress.framesDone(),
                framesTotal(),
                Math.round(progress.perSecond(now) * 100) / 100.0,
                progress.detector(),
                source(now),
                reason(),
                Map.copyOf(progress.dropped()));
    }

    private long framesTotal() {
        return media == null || spec.live() || spec.loop() ? -1 : media.frameCount();
    }

    private SourceReport source(long now) {
        Long read = lane == null ? null : lane.lastReadNanos();
        long age = read == null ? -1 : Math.max(0, (now - read) / 1_000_000);
        boolean over = outcome != null || (pump != null && pump.sourceEnded());
        String phase = over ? "ended" : media == null ? "connecting" : "streaming";
        String why = outcome == null ? null : outcome.reason();
        return media == null
                ? SourceReport.of(phase, why)
                : new SourceReport(
                        phase,
                        why,
                        null,
                        0,
                        -1,
                        age,
                        media.codec(),
                        media.width(),
                        media.height(),
                        media.framesPerSecond(),
                        null,
                        null);
    }

    private String reason() {
        if (outcome != null) {
            return outcome.reason();
        }
        if (pump != null && pump.publisher().waitingNanos() > KAFKA_SLOW_NANOS) {
            return "waiting for Kafka to acknowledge " + pump.publisher().unacknowledged() + " results";
        }
        String waiting = progress.waiting();
        if (waiting != null && pump != null && pump.inferenceBroken()) {
            return waiting + " (circuit breaker open)";
        }
        return waiting;
    }

    private final class PumpListener implements FramePump.Listener {

        @Override
        public void firstResult() {
            if (state == State.STARTING) {
                become(State.RUNNING);
            }
        }

        @Override
        public void finished() {
            long passed = lane.framesPassed();
            long expected = framesTotal();
            // The count of some containers is an estimate.
            boolean early = passed > 0 && passed < expected * ALMOST_ALL;
            end(early ? SessionOutcome.finishedEarly(passed, expected) : SessionOutcome.finished());
        }

        @Override
        public void failed(Throwable cause) {
            fail(cause);
        }
    }
}
