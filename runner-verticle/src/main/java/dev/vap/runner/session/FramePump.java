package dev.vap.runner.session;

import dev.vap.runner.source.SourceSpec;
import dev.vap.runner.time.Timers;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.FrameBufferPool;
import dev.vap.shared.protocol.InferenceReply;
import dev.vap.shared.protocol.ModelInfo;
import dev.vap.shared.protocol.PreviewPicture;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.shared.protocol.SessionReport.InferenceReport;
import dev.vap.shared.storage.Ids;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;

/**
 * Moves frames from the lane through inference to the publisher. Confined to the session's context. It keeps
 * the order and the bounds; {@link FrameIntake} reads, {@link FrameAnalysis} asks the models.
 *
 * <p>A file: every frame is analysed, in order. Reading waits while enough frames are in flight or enough results are not
 * acknowledged; a frame that inference does not take is sent again until it does.
 *
 * <p>A live source: reading never waits. While enough frames are in flight the newest one is kept and replaces its
 * predecessor; a frame that inference does not take is dropped. Every drop is counted by its cause.
 */
final class FramePump {

    /** Until looking again whether something that nobody tells us about has changed: a free buffer, room in the log. */
    private static final Duration RECHECK = Duration.ofMillis(20);

    /** Buffers beyond those in flight: one being filled, one that a receiver may hold a moment longer than it needs. */
    private static final int SPARE_BUFFERS = 2;

    /** What the session has to know; called on its context. */
    interface Listener {
        void firstResult();

        /** The recording has been read, and every result is acknowledged. */
        void finished();

        /** A frame was read. */
        void read();

        /** The source can't be read on; {@link FramePump#resume()} once it can. */
        void sourceFailed(Throwable cause);

        void failed(Throwable cause);
    }

    private final SessionEnvironment env;
    private final SessionConfig config;
    private final Timers timers;
    private final DeployCommand command;
    private final String previewAddress;
    private final boolean live;
    private final FrameLane lane;
    private final Progress progress;
    private final Listener listener;
    private final Steps steps;
    private final FrameIntake intake;
    private final FrameAnalysis analysis;
    private final ResultPublisher publisher;
    private final int maxInFlight;
    private final FrameWindow window = new FrameWindow();
    private final Promise<Void> acknowledged = Promise.promise();
    private boolean rechecking;
    /** Read, and waiting for a place in flight (live). */
    private Frame newest;

    FramePump(
            SessionEnvironment env,
            DeployCommand command,
            SourceSpec spec,
            FrameLane lane,
            ModelInfo model,
            List<ModelInfo> stages,
            double sourceFps,
            Progress progress,
            Listener listener) {
        this.env = env;
        this.config = env.config();
        this.timers = env.timers();
        this.command = command;
        this.previewAddress = Addresses.preview(command.scenario());
        this.live = spec.live();
        this.lane = lane;
        this.progress = progress;
        this.listener = listener;
        this.maxInFlight = inFlight(config, live);
        this.steps = new Steps(timers, listener::failed);
        FrameBufferPool pool =
                new FrameBufferPool(model.input().maxBytes(), maxInFlight + SPARE_BUFFERS + (live ? SPARE_BUFFERS : 0));
        this.intake = new FrameIntake(
                env,
                env.vertx().getOrCreateContext(),
                spec,
                lane,
                pool,
                sourceFps,
                progress,
                steps,
                listener,
                new IntakeTaker());
        this.analysis = new FrameAnalysis(
                env, command, model, stages, live, maxInFlight, progress, steps, new AnalysisListener());
        this.publisher = new ResultPublisher(
                env.vertx().eventBus(),
                env.log(),
                timers,
                command.scenario(),
                config.maxUnacknowledged(),
                this::onAcknowledged,
                this::onNotStored);
    }

    private static int inFlight(SessionConfig config, boolean live) {
        return live ? config.liveInFlight() : config.fileInFlight();
    }

    /** Copies of source frames that a session may need at the same time: in flight, waiting for that, or being read. */
    static int sourceCopies(SessionConfig config, boolean live) {
        return inFlight(config, live) + 2 * SPARE_BUFFERS;
    }

    /** From the next frame that is read or sent to the model on. */
    void change(ScenarioOptions options) {
        analysis.change(options);
        intake.realtime(!live && options.realtime());
    }

    ResultPublisher publisher() {
        return publisher;
    }

    boolean sourceEnded() {
        return intake.hasEnded();
    }

    boolean inferenceBroken() {
        return analysis.isBroken();
    }

    InferenceReport inference() {
        return analysis.report();
    }

    /** Buffers handed out and not back. */
    int buffersInUse() {
        return intake.buffersInUse() + analysis.buffersInUse();
    }

    /** The reading in progress, if any: nothing else may use the lane before it completes. */
    Future<?> laneTask() {
        return intake.laneTask();
    }

    /** Reads the next frame if one may be read and none is being read. */
    void readOn() {
        intake.readOn();
    }

    /** The source is open again. */
    void resume() {
        intake.resume();
    }

    private final class IntakeTaker implements FrameIntake.Taker {

        @Override
        public boolean mayRead() {
            if (live) {
                return true;
            }
            if (window.size() >= maxInFlight
                    || publisher.unacknowledged() + window.size() >= config.maxUnacknowledged()) {
                return false;
            }
            if (publisher.isFull()) {
                recheckSoon();
                return false;
            }
            return true;
        }

        @Override
        public void noBuffer() {
            recheckSoon();
        }

        @Override
        public void take(Frame frame) {
            dispatch(frame);
        }

        @Override
        public void ended() {
            finishIfDone();
        }
    }

    private final class AnalysisListener implements FrameAnalysis.Listener {

        @Override
        public void done() {
            emit();
        }

        @Override
        public void missed() {
            lane.missed();
        }

        @Override
        public void failed(Throwable cause) {
            listener.failed(cause);
        }
    }

    private void dispatch(Frame frame) {
        show(frame);
        if (frame.isOnlyShown()) {
            readOn();
            return;
        }
        if (frame.gated) {
            // An older frame that waits for its place has to come before: this one tells less.
            if (newest == null) {
                window.add(frame);
            }
            emit();
            return;
        }
        if (live && window.size() >= maxInFlight) {
            if (newest != null) {
                newest.dropped();
                progress.dropped("superseded");
            }
            newest = frame;
        } else {
            send(frame);
        }
        readOn();
    }

    /** Once for all who watch, in whatever process. */
    private void show(Frame frame) {
        PreviewPicture picture = frame.takePreview();
        if (picture != null) {
            env.vertx().eventBus().publish(previewAddress, picture);
        }
    }

    private void send(Frame frame) {
        window.add(frame);
        analysis.send(frame);
    }

    /** Publishes what is complete, in frame order; then goes on with what has become possible. */
    private void emit() {
        for (Frame frame = window.peekDone(); frame != null; frame = window.peekDone()) {
            if (frame.reply() != null || frame.gated) {
                if (!live && publisher.isFull()) {
                    recheckSoon();
                    break;
                }
                publish(frame);
            }
            window.removeOldest();
        }
        if (newest != null && window.size() < maxInFlight) {
            Frame next = newest;
            newest = null;
            send(next);
        }
        finishIfDone();
        readOn();
    }

    private void publish(Frame frame) {
        InferenceReply reply = frame.reply();
        ResultMessage result = new ResultMessage(
                Ids.next(),
                command.scenario(),
                command.epoch(),
                frame.number,
                frame.readAt,
                ageMillis(frame),
                frame.ptsMillis,
                frame.sourceWidth,
                frame.sourceHeight,
                command.model(),
                frame.gated ? ResultMessage.NO_DETECTOR : reply.detector(),
                frame.gated ? 0 : reply.inferenceMicros() / 1000.0,
                frame.detections(),
                frame.gated);
        boolean first = progress.framesDone() == 0;
        if (!publisher.publish(result)) {
            progress.dropped("kafka_behind");
        }
        if (frame.gated) {
            progress.doneGated();
        } else {
            progress.done(reply.detector(), frame.detections(), timers.nanos());
        }
        if (first) {
            listener.firstResult();
        }
    }

    private long ageMillis(Frame frame) {
        return Math.max(0, Duration.between(frame.readAt, env.clock().instant()).toMillis());
    }

    private void onAcknowledged() {
        env.metrics().acknowledged();
        if (publisher.unacknowledged() == 0) {
            if (steps.stopped()) {
                acknowledged.tryComplete();
            } else {
                steps.guarded(this::finishIfDone);
            }
        }
        steps.guarded(this::readOn);
    }

    private void onNotStored(Throwable cause) {
        if (steps.stopped()) {
            return;
        }
        if (live) {
            progress.dropped("kafka_failed");
        } else {
            listener.failed(cause);
        }
    }

    private void finishIfDone() {
        if (steps.stopped()
                || !intake.hasEnded()
                || !window.isEmpty()
                || newest != null
                || publisher.unacknowledged() > 0) {
            return;
        }
        listener.finished();
    }

    private void recheckSoon() {
        if (!rechecking) {
            rechecking = true;
            steps.after(RECHECK, () -> {
                rechecking = false;
                emit();
            });
        }
    }

    /**
     * Ends all activity at once; harmless when repeated. Pixels that inference may not have taken yet are given back when
     * its answer, or the time-out, comes; all others now.
     */
    void stop() {
        if (steps.stopped()) {
            return;
        }
        steps.stop();
        window.clear();
        intake.stop();
        if (newest != null) {
            newest.free();
            newest = null;
        }
        analysis.stop();
    }

    /** After {@link #stop()}: frees what is native; blocks for a moment, so not to be called on the event loop. */
    void close() {
        analysis.close();
        intake.close();
    }

    /** Completes once Kafka has acknowledged what it was handed, or so much time has passed. To be called after stop. */
    Future<Void> acknowledgedWithin(Duration patience) {
        if (publisher.unacknowledged() == 0) {
            return Future.succeededFuture();
        }
        Timers.Timer timer = timers.after(patience, acknowledged::tryComplete);
        return acknowledged.future().onComplete(done -> timer.cancel());
    }
}
