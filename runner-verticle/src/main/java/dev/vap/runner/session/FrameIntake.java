package dev.vap.runner.session;

import dev.vap.runner.source.FrameSource;
import dev.vap.runner.source.SourceSpec;
import dev.vap.runner.time.Timers;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.FrameBufferPool;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;

/**
 * Gets frames from the lane, one at a time, into buffers of its own pool, and hands each of them on when its time has come.
 * Confined to the session's context; only the reading itself happens on the lane.
 */
final class FrameIntake {

    /** Who gets the frames; called on the session's context. */
    interface Taker {
        /** Whether a frame may be read now. If not, whoever answers asks to read on once it may. */
        boolean mayRead();

        /** All buffers are in use, and nobody tells when one is back: to be asked to read on in a moment. */
        void noBuffer();

        /** Owns the frame from here on. */
        void take(Frame frame);

        /** The source has no further frame. */
        void ended();
    }

    private final WorkerExecutor lanes;
    private final Context context;
    private final Timers timers;
    private final SourceSpec spec;
    private final FrameLane lane;
    private final FrameBufferPool pool;
    private final Progress progress;
    private final Steps steps;
    private final FramePump.Listener listener;
    private final Taker taker;
    private final double sourceFps;
    private Pacer pacer;
    private boolean realtime;
    private Future<?> laneTask = Future.succeededFuture();
    private boolean reading;
    private boolean ended;
    private boolean interrupted;
    private FrameSource.Drops counted = FrameSource.Drops.NONE;
    private long countedGated;
    /** Read, and waiting for its time (realtime). */
    private Frame held;

    /**
     * @param pool for the pictures for the model
     * @param sourceFps by which a recording without timestamps is paced
     */
    FrameIntake(
            SessionEnvironment env,
            Context context,
            SourceSpec spec,
            FrameLane lane,
            FrameBufferPool pool,
            double sourceFps,
            Progress progress,
            Steps steps,
            FramePump.Listener listener,
            Taker taker) {
        this.lanes = env.lanes();
        this.timers = env.timers();
        this.context = context;
        this.spec = spec;
        this.lane = lane;
        this.pool = pool;
        this.sourceFps = sourceFps;
        this.pacer = new Pacer(sourceFps);
        this.realtime = spec.realtime();
        this.progress = progress;
        this.steps = steps;
        this.listener = listener;
        this.taker = taker;
    }

    boolean hasEnded() {
        return ended;
    }

    int buffersInUse() {
        return pool.inUse();
    }

    /** The reading in progress, if any: nothing else may use the lane before it completes. */
    Future<?> laneTask() {
        return laneTask;
    }

    /** Reads the next frame if one may be read and none is being read. */
    void readOn() {
        if (steps.stopped() || reading || ended || interrupted || held != null || !taker.mayRead()) {
            return;
        }
        FrameBuffer target = pool.acquire();
        if (target == null && !spec.live()) {
            taker.noBuffer();
            return;
        }
        reading = true;
        Future<Frame> read = lanes.executeBlocking(() -> lane.read(target), false);
        laneTask = read;
        // Never from here: a reading that is over before this line would call back at once, read on, and so forth, ever
        // deeper.
        read.onComplete(result -> context.runOnContext(later -> {
            reading = false;
            steps.guarded(() -> onRead(target, result));
        }));
    }

    private void onRead(FrameBuffer target, AsyncResult<Frame> result) {
        Frame frame = result.result();
        if (target != null && (frame == null || frame.gated)) {
            target.release();
        }
        if (steps.stopped()) {
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
            taker.ended();
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

    private void schedule(Frame frame) {
        long wait = realtime ? pacer.untilDue(frame, timers.nanos()) : 0;
        if (wait == 0) {
            taker.take(frame);
            return;
        }
        held = frame;
        steps.after(Duration.ofNanos(wait), () -> takeHeld(frame));
    }

    private void takeHeld(Frame frame) {
        if (frame.equals(held)) {
            held = null;
            taker.take(frame);
        }
    }

    /** Whether the source is read at its own speed, from the frame on that is due at this moment. */
    void realtime(boolean wanted) {
        if (wanted == realtime) {
            return;
        }
        realtime = wanted;
        pacer = new Pacer(sourceFps);
        Frame waiting = held;
        if (!wanted && waiting != null && !steps.stopped()) {
            steps.guarded(() -> takeHeld(waiting));
        }
    }

    /** The source is open again. */
    void resume() {
        interrupted = false;
        readOn();
    }

    /** After {@link Steps#stop()}; harmless when repeated. */
    void stop() {
        if (held != null) {
            held.free();
            held = null;
        }
    }

    /** After {@link #stop()} and the last {@link #laneTask()}: memory that is still in use is freed when it is given back. */
    void close() {
        pool.close();
    }
}
