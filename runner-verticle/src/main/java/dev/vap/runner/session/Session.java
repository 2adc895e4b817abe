package dev.vap.runner.session;

import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaException;
import dev.vap.runner.decode.MediaInfo;
import dev.vap.runner.source.FrameSource;
import dev.vap.runner.source.SourceSpec;
import dev.vap.runner.source.SourceSupervisor;
import dev.vap.runner.time.Timers;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.ModelInfo;
import dev.vap.shared.protocol.PreviewPicture;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.protocol.SessionReport.SourceReport;
import dev.vap.shared.protocol.SessionReport.State;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
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
    /** With the options of now. */
    private DeployCommand command;

    private final Runnable onChange;
    private final Progress progress;
    private final Cancellation cancellation = new Cancellation();
    private final LanePreviews previews;
    private final Promise<SessionOutcome> ended = Promise.promise();
    private State state = State.STARTING;
    /** Null for a file, whose failure is the session's. */
    private SourceSupervisor supervisor;

    private FrameLane lane;
    private Future<?> laneTask = Future.succeededFuture();
    /** Null before the source was first open. */
    private MediaInfo media;

    private ModelInfo model;
    /** Models of the pipeline; null until all are known. */
    private List<ModelInfo> stages;

    private boolean preparing;
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
        this.previews = new LanePreviews(command, timers, env.metrics());
    }

    @Override
    public void start() {
        SourceSpec wanted;
        try {
            wanted = SourceSpec.of(command, env.config().source().liveFps());
        } catch (VapException e) {
            end(SessionOutcome.failed(e));
            return;
        }
        lane = new FrameLane(wanted, env.opener(), cancellation, env.clock(), timers, env.metrics(), previews);
        ModelLookup lookup = new ModelLookup(
                env.vertx().eventBus(), timers, env.config(), env.random(), env.inference()::modelAddresses);
        Future<ModelInfo> found = lookup.find(command.model(), () -> outcome != null, progress::waiting)
                .onSuccess(this::onModel)
                .onFailure(this::fail);
        findStages(lookup);
        if (!wanted.isSupervised()) {
            onLane(lane::open).onSuccess(this::onOpened).onFailure(this::fail);
            return;
        }
        supervisor = new SourceSupervisor(
                env.config().source().retry(),
                () -> env.attempts().applyAsLong(wanted.url()),
                timers,
                env.random(),
                new SourceActions());
        if (wanted.url().scheme() == SourceUrl.Scheme.ONVIF) {
            // Which of the camera's streams is the best one depends on the model.
            found.onSuccess(info -> {
                lane.model(info.input().width(), info.input().height());
                supervisor.start();
            });
        } else {
            supervisor.start();
        }
    }

    private void onModel(ModelInfo found) {
        if (outcome == null) {
            model = found;
            progress.waiting(null);
            runOnceReady();
        }
    }

    private void findStages(ModelLookup lookup) {
        List<Future<ModelInfo>> lookups = command.options().pipeline().stream()
                .map(stage -> lookup.find(stage.model(), () -> outcome != null, progress::waiting))
                .toList();
        Future.all(lookups)
                .onSuccess(all -> {
                    if (outcome == null) {
                        stages = lookups.stream().map(Future::result).toList();
                        runOnceReady();
                    }
                })
                .onFailure(this::fail);
    }

    private void onOpened(MediaInfo info) {
        if (outcome == null) {
            media = info;
            runOnceReady();
        }
    }

    private void runOnceReady() {
        if (model == null || stages == null || media == null || preparing) {
            return;
        }
        preparing = true;
        int copies = stages.isEmpty()
                ? 0
                : FramePump.sourceCopies(env.config(), lane.spec().live());
        onLane(() -> {
                    lane.prepareFor(model.input(), copies);
                    return null;
                })
                .onSuccess(done -> run())
                .onFailure(this::fail);
    }

    private void run() {
        if (outcome != null) {
            return;
        }
        SourceSpec spec = lane.spec();
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
        pump = new FramePump(
                env, command, spec, lane, model, stages, media.framesPerSecond(), progress, new PumpListener());
        // They may have changed since the lane was made ready.
        pump.change(command.options());
        pump.readOn();
    }

    private <T> Future<T> onLane(Callable<T> work) {
        // One after the other: the lane bears one thread at a time.
        Future<T> task = laneTask.transform(before -> env.lanes().executeBlocking(work, false));
        laneTask = task;
        return task;
    }

    @Override
    public void stop(String reason) {
        end(SessionOutcome.stopped(reason));
    }

    @Override
    public void change(ScenarioOptions options) {
        if (outcome != null) {
            return;
        }
        command = command.with(options, command.revision());
        if (lane != null) {
            lane.change(options);
        }
        if (pump != null) {
            pump.change(options);
        }
    }

    @Override
    public void watch(Duration ttl) {
        previews.want(ttl);
        PreviewPicture kept = previews.kept();
        if (kept != null && outcome == null) {
            env.vertx().eventBus().publish(Addresses.preview(command.scenario()), kept);
        }
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
        if (supervisor != null) {
            supervisor.stop();
        }
        cancellation.cancel();
        if (how.state() == State.STOPPED) {
            become(State.STOPPING);
        }
        Future<Void> acknowledged = Future.succeededFuture();
        if (pump != null) {
            pump.stop();
            laneTask = Future.join(laneTask, pump.laneTask());
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
                                    try {
                                        if (pump != null) {
                                            pump.close();
                                        }
                                    } finally {
                                        lane.close();
                                    }
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
                Map.copyOf(progress.dropped()),
                progress.gated(),
                pump == null ? null : pump.inference(),
                progress.objects());
    }

    private long framesTotal() {
        boolean known = media != null && !media.live() && !lane.spec().loop();
        return known ? media.frameCount() : -1;
    }

    private SourceReport source(long now) {
        Long captured = lane == null ? null : lane.capturedNanos();
        long age = captured == null ? -1 : Math.max(0, (now - captured) / 1_000_000);
        boolean over = outcome != null || (pump != null && pump.sourceEnded());
        FrameSource.Details details = lane == null ? null : lane.details();
        SourceSupervisor.State state = supervisor == null
                ? new SourceSupervisor.State(media == null ? "connecting" : "streaming", null, null, 0, -1)
                : supervisor.state();
        return new SourceReport(
                over ? "ended" : state.name(),
                outcome != null ? outcome.reason() : state.reason(),
                state.fault(),
                state.attempts(),
                over ? -1 : state.retryMillis(),
                age,
                media == null ? null : media.codec(),
                media == null ? 0 : media.width(),
                media == null ? 0 : media.height(),
                details == null ? 0 : details.framesPerSecond(),
                details == null ? null : details.clock(),
                details == null ? null : details.hwaccel());
    }

    private String reason() {
        if (outcome != null) {
            return outcome.reason();
        }
        if (pump != null && pump.publisher().waitingNanos() > KAFKA_SLOW_NANOS) {
            return "waiting for Kafka to acknowledge " + pump.publisher().unacknowledged() + " results";
        }
        if (supervisor != null && supervisor.state().reason() != null) {
            return supervisor.state().reason();
        }
        String waiting = progress.waiting();
        if (waiting != null && pump != null && pump.inferenceBroken()) {
            return waiting + " (circuit breaker open)";
        }
        return waiting;
    }

    private final class SourceActions implements SourceSupervisor.Actions {

        @Override
        public Future<MediaInfo> open() {
            return onLane(lane::open);
        }

        @Override
        public Future<Void> close() {
            return onLane(() -> {
                        lane.closeSource();
                        return null;
                    })
                    .mapEmpty();
        }

        @Override
        public void opened(MediaInfo info) {
            onOpened(info);
            if (pump != null) {
                pump.resume();
            }
        }

        @Override
        public void gaveUp(Throwable cause) {
            fail(cause);
        }

        @Override
        public void changed() {
            SourceSupervisor.State now = supervisor.state();
            if (now.name().equals("backing_off")) {
                if (now.fault() != null) {
                    env.metrics().sourceFailed(now.fault());
                }
                LOG.atWarn()
                        .addKeyValue("scenario", command.scenario())
                        .addKeyValue("epoch", command.epoch())
                        .log("source tried again in {} ms: {}", now.retryMillis(), now.reason());
            }
            onChange.run();
        }
    }

    private final class PumpListener implements FramePump.Listener {

        @Override
        public void read() {
            if (supervisor != null) {
                supervisor.frame();
            }
        }

        @Override
        public void sourceFailed(Throwable cause) {
            if (supervisor != null && outcome == null) {
                supervisor.failed(cause);
            } else {
                fail(cause);
            }
        }

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
