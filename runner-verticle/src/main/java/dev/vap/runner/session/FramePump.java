package dev.vap.runner.session;

import dev.vap.runner.inference.InferenceClient;
import dev.vap.runner.inference.InferenceFailure;
import dev.vap.runner.source.FrameSource;
import dev.vap.runner.source.SourceSpec;
import dev.vap.runner.time.Timers;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.FrameBufferPool;
import dev.vap.shared.protocol.InferenceReply;
import dev.vap.shared.protocol.ModelInfo;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.shared.protocol.SessionReport.InferenceReport;
import dev.vap.shared.storage.Ids;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Moves frames from the lane through inference to the publisher. Confined to the session's context; only the reading
 * itself happens on the lane, one frame at a time.
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
    private final Context context;
    private final SessionConfig config;
    private final Timers timers;
    private final DeployCommand command;
    private final SourceSpec spec;
    private final FrameLane lane;
    private final Progress progress;
    private final Listener listener;
    private final FrameBufferPool pool;
    private final InferenceClient inference;
    private final Pictures pictures;
    /** Null if the scenario has one model only. */
    private final Pipeline pipeline;

    private final ResultPublisher publisher;
    private final Pacer pacer;
    private final int maxInFlight;
    private final FrameWindow window = new FrameWindow();
    private final Set<Timers.Timer> running = new HashSet<>();
    private final Promise<Void> acknowledged = Promise.promise();
    private Future<?> laneTask = Future.succeededFuture();
    private boolean reading;
    private boolean rechecking;
    private boolean ended;
    private boolean interrupted;
    private boolean stopped;
    private FrameSource.Drops counted = FrameSource.Drops.NONE;
    private long countedGated;
    /** Read, and waiting for its time (realtime). */
    private Frame held;
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
        this.context = env.vertx().getOrCreateContext();
        this.config = env.config();
        this.timers = env.timers();
        this.command = command;
        this.spec = spec;
        this.lane = lane;
        this.progress = progress;
        this.listener = listener;
        this.maxInFlight = inFlight(config, spec.live());
        this.pacer = new Pacer(sourceFps);
        this.pool = new FrameBufferPool(
                model.input().maxBytes(), maxInFlight + SPARE_BUFFERS + (spec.live() ? SPARE_BUFFERS : 0));
        this.inference = new InferenceClient(
                env.inference(), timers, command.model(), spec.live() ? config.liveTimeout() : config.fileTimeout());
        this.pictures = new Pictures(command, model.input(), env.lanes(), maxInFlight);
        this.pipeline =
                stages.isEmpty() ? null : new Pipeline(env, command, stages, progress, spec.live(), maxInFlight);
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

    ResultPublisher publisher() {
        return publisher;
    }

    boolean sourceEnded() {
        return ended;
    }

    boolean inferenceBroken() {
        return inference.isBroken();
    }

    InferenceReport inference() {
        return inference.report();
    }

    /** Buffers handed out and not back. */
    int buffersInUse() {
        return pool.inUse() + (pipeline == null ? 0 : pipeline.buffersInUse());
    }

    /** The reading in progress, if any: nothing else may use the lane before it completes. */
    Future<?> laneTask() {
        return laneTask;
    }

    /** Reads the next frame if one may be read and none is being read. */
    void readOn() {
        if (stopped || reading || ended || interrupted || held != null || !mayRead()) {
            return;
        }
        FrameBuffer target = pool.acquire();
        if (target == null && !spec.live()) {
            recheckSoon();
            return;
        }
        reading = true;
        Future<Frame> read = env.lanes().executeBlocking(() -> lane.read(target), false);
        laneTask = read;
        // Never from here: a reading that is over before this line would call back at once, read on, and so forth, ever
        // deeper.
        read.onComplete(result -> context.runOnContext(later -> {
            reading = false;
            guarded(() -> onRead(target, result));
        }));
    }

    private boolean mayRead() {
        if (spec.live()) {
            return true;
        }
        if (window.size() >= maxInFlight || publisher.unacknowledged() + window.size() >= config.maxUnacknowledged()) {
            return false;
        }
        if (publisher.isFull()) {
            recheckSoon();
            return false;
        }
        return true;
    }

    private void onRead(FrameBuffer target, AsyncResult<Frame> result) {
        Frame frame = result.result();
        if (target != null && (frame == null || frame.gated)) {
            target.release();
        }
        if (stopped) {
            if (frame != null) {
                frame.free();
            }
            return;
        }
        countDrops();
        if (result.failed()) {
            interrupted = true;
            listener.sourceFailed(result.cause());
            return;
        }
        listener.read();
        if (frame == null) {
            ended = true;
            finishIfDone();
        } else if (frame.pixels() == null && !frame.gated) {
            progress.dropped("no_buffer");
            lane.missed();
            readOn();
        } else {
            schedule(frame);
        }
    }

    private void countDrops() {
        FrameSource.Drops now = lane.drops();
        count("undecodable", now.undecodable() - counted.undecodable());
        count("not_needed", now.skipped() - counted.skipped());
        count("late", now.late() - counted.late());
        counted = now;
        long gated = lane.gated();
        if (gated > countedGated) {
            progress.gated(gated - countedGated);
            countedGated = gated;
        }
    }

    private void count(String cause, long frames) {
        if (frames > 0) {
            progress.dropped(cause, frames);
        }
    }

    /** The source is open again. */
    void resume() {
        interrupted = false;
        readOn();
    }

    private void schedule(Frame frame) {
        long wait = spec.realtime() ? pacer.untilDue(frame, timers.nanos()) : 0;
        if (wait == 0) {
            dispatch(frame);
            return;
        }
        held = frame;
        after(Duration.ofNanos(wait), () -> {
            held = null;
            dispatch(frame);
        });
    }

    private void dispatch(Frame frame) {
        if (frame.gated) {
            // An older frame that waits for its place has to come before: this one tells less.
            if (newest == null) {
                window.add(frame);
            }
            emit();
            return;
        }
        if (spec.live() && window.size() >= maxInFlight) {
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

    private void send(Frame frame) {
        window.add(frame);
        frame.sentAt = timers.nanos();
        analyse(frame);
    }

    private void analyse(Frame frame) {
        frame.tries++;
        if (frame.tries > 1) {
            env.metrics().sentAgain();
        }
        frame.beingAnalysed = true;
        inference.analyse(pictures.of(frame)).onComplete(answer -> {
            frame.beingAnalysed = false;
            if (stopped) {
                frame.free();
            } else if (answer.succeeded()) {
                guarded(() -> onAnalysed(frame, answer.result()));
            } else {
                guarded(() -> onNotAnalysed(frame, InferenceFailure.of(answer.cause())));
            }
        });
    }

    private void onAnalysed(Frame frame, InferenceReply reply) {
        env.metrics().analysed(timers.nanos() - frame.sentAt);
        progress.waiting(null);
        if (pipeline == null || frame.source() == null) {
            if (pipeline != null) {
                pipeline.skipped("no_source");
            }
            frame.analysed(reply, reply.detections());
            emit();
            return;
        }
        frame.freePicture();
        frame.beingAnalysed = true;
        pipeline.look(frame, reply.detections()).onComplete(all -> {
            frame.beingAnalysed = false;
            if (stopped) {
                frame.free();
            } else if (all.succeeded()) {
                frame.analysed(reply, all.result());
                guarded(this::emit);
            } else {
                listener.failed(all.cause());
            }
        });
    }

    private void onNotAnalysed(Frame frame, InferenceFailure failure) {
        if (failure.kind() == InferenceFailure.Kind.FATAL) {
            listener.failed(failure.error());
            return;
        }
        progress.waiting(failure.error().getMessage());
        if (spec.live()) {
            frame.dropped();
            progress.dropped(failure.cause());
            lane.missed();
            emit();
            return;
        }
        if (failure.kind() == InferenceFailure.Kind.SUSPECT && ++frame.failures >= config.suspectTries()) {
            listener.failed(failure.error());
            return;
        }
        after(config.retry().delay(frame.tries, env.random()), () -> analyse(frame));
    }

    /** Publishes what is complete, in frame order; then goes on with what has become possible. */
    private void emit() {
        for (Frame frame = window.peekDone(); frame != null; frame = window.peekDone()) {
            if (frame.reply() != null || frame.gated) {
                if (!spec.live() && publisher.isFull()) {
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
            progress.done(reply.detector(), timers.nanos());
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
            if (stopped) {
                acknowledged.tryComplete();
            } else {
                guarded(this::finishIfDone);
            }
        }
        guarded(this::readOn);
    }

    private void onNotStored(Throwable cause) {
        if (stopped) {
            return;
        }
        if (spec.live()) {
            progress.dropped("kafka_failed");
        } else {
            listener.failed(cause);
        }
    }

    private void finishIfDone() {
        if (stopped || !ended || !window.isEmpty() || newest != null || publisher.unacknowledged() > 0) {
            return;
        }
        listener.finished();
    }

    private void recheckSoon() {
        if (!rechecking) {
            rechecking = true;
            after(RECHECK, () -> {
                rechecking = false;
                emit();
            });
        }
    }

    private void after(Duration delay, Runnable action) {
        Timers.Timer[] self = new Timers.Timer[1];
        self[0] = timers.after(delay, () -> {
            running.remove(self[0]);
            if (!stopped) {
                guarded(action);
            }
        });
        running.add(self[0]);
    }

    /** A bug in here must end the session with its cause, not leave it hanging. */
    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            listener.failed(e);
        }
    }

    /**
     * Ends all activity at once; harmless when repeated. Pixels that inference may not have taken yet are given back when
     * its answer, or the time-out, comes; all others now.
     */
    void stop() {
        if (stopped) {
            return;
        }
        stopped = true;
        running.forEach(Timers.Timer::cancel);
        running.clear();
        window.clear();
        if (held != null) {
            held.free();
            held = null;
        }
        if (newest != null) {
            newest.free();
            newest = null;
        }
        if (pipeline != null) {
            pipeline.stop();
        }
    }

    /** After {@link #stop()}: frees what is native; blocks for a moment, so not to be called on the event loop. */
    void close() {
        if (pipeline != null) {
            pipeline.close();
        }
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
