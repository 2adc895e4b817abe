package dev.vap.runner.session;

import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaException;
import dev.vap.runner.decode.MediaInfo;
import dev.vap.runner.motion.MotionGate;
import dev.vap.runner.preprocess.Letterbox;
import dev.vap.runner.preprocess.Scaling;
import dev.vap.runner.source.FrameSource;
import dev.vap.runner.source.Sampler;
import dev.vap.runner.source.SourceOpener;
import dev.vap.runner.source.SourceSpec;
import dev.vap.runner.time.Timers;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.FrameBufferPool;
import dev.vap.shared.protocol.InputSpec;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The blocking half of a session: it owns the source and the letterbox. Called by one thread at a time (never the event
 * loop), except what it tells of itself. The source may be closed and opened again; numbers go on then.
 */
final class FrameLane {

    private static final double ASSUMED_FPS = 25;
    private static final long GATED_RESULT_MILLIS = 1_000;

    /** How far it is opened for; live or not is known once it is open. */
    private volatile SourceSpec spec;

    private final SourceOpener opener;
    private final Cancellation cancellation;
    private final InstantSource clock;
    private final Timers timers;
    private final SessionMetrics metrics;
    private final LanePreviews previews;
    private Sampler sampler;
    private FrameSource source;
    /** What the gate looks at. */
    private final MotionGate.Picture current = (width, height) -> source.grey(width, height);

    /** Options that count from the next frame on; null once they do. */
    private final AtomicReference<ScenarioOptions> changed = new AtomicReference<>();

    private Letterbox letterbox;
    /** Null if every frame passes. */
    private volatile MotionGate gate;

    private int sourceCopies;
    private FrameBufferPool copyPool;
    private int copyBytes;
    /** Of the frame before the current one, in the stream; -1 if there was none since the source was opened. */
    private long passedMillis = -1;

    private boolean anyGated;
    private long gatedSoFar;
    private long lastGatedMillis;
    private boolean readAhead;
    private boolean closed;
    private FrameSource.Drops before = FrameSource.Drops.NONE;
    private volatile boolean anyRead;
    private volatile long captured;
    private volatile FrameSource.Drops drops = FrameSource.Drops.NONE;
    private volatile FrameSource.Details details;
    private volatile long framesPassed;
    private volatile long gated;

    FrameLane(
            SourceSpec spec,
            SourceOpener opener,
            Cancellation cancellation,
            InstantSource clock,
            Timers timers,
            SessionMetrics metrics,
            LanePreviews previews) {
        this.spec = spec;
        this.opener = opener;
        this.cancellation = cancellation;
        this.clock = clock;
        this.timers = timers;
        this.metrics = metrics;
        this.previews = previews;
    }

    /** As far as it is known: to be asked after {@link #open()}. */
    SourceSpec spec() {
        return spec;
    }

    /** Before it is opened: what the model wants to see. */
    void model(int width, int height) {
        spec = spec.forModel(width, height);
    }

    /** Opens the source and goes to the start frame, or, if it was open before, to the frame after the last one read. */
    MediaInfo open() {
        if (closed) {
            throw new IllegalStateException("the lane is closed");
        }
        applyChange();
        if (anyRead) {
            spec = spec.startingAt(framesPassed);
        }
        // Of what comes over HTTP it is only known afterwards whether it is a recording.
        boolean before = beginsBefore();
        source = opener.open(before ? spec.startingAt(spec.startFrame() - 1) : spec, cancellation);
        spec = spec.opened(source.info().live());
        if (beginsBefore() && !before) {
            source.close();
            source = opener.open(spec.startingAt(spec.startFrame() - 1), cancellation);
        }
        sampler = new Sampler(spec.fps());
        passedMillis = -1;
        readAhead = false;
        details = source.details();
        if (beginsBefore()) {
            passOver();
        }
        return source.info();
    }

    /** Of a recording that is gone on with, the frame before was the last one taken: the sampler has to know its place. */
    private boolean beginsBefore() {
        return !spec.live() && spec.fps() > 0 && spec.startFrame() > 0;
    }

    private void passOver() {
        if (source.next()) {
            if (source.frameNumber() < spec.startFrame()) {
                sampler.take(streamMillis());
            } else {
                // The one before can't be decoded; this one has not been looked at yet.
                readAhead = true;
            }
        }
    }

    /** Closes the source, which may be opened again; harmless when repeated. */
    void closeSource() {
        if (source != null) {
            FrameSource old = source;
            source = null;
            before = drops;
            previews.forget();
            old.close();
        }
    }

    /**
     * To be called before the first frame is read.
     *
     * @param copies of source frames that may be kept at the same time; 0 if nobody wants them
     */
    void prepareFor(InputSpec input, int copies) {
        applyChange();
        letterbox = new Letterbox(input);
        sourceCopies = copies;
        if (spec.options().gated()) {
            gate = new MotionGate(spec.options().motion());
        }
    }

    /** These options count from the next frame on. Safe for any thread. */
    void change(ScenarioOptions options) {
        changed.set(options);
    }

    private void applyChange() {
        ScenarioOptions options = changed.getAndSet(null);
        if (options == null) {
            return;
        }
        SourceSpec before = spec;
        spec = before.with(options);
        if (source != null && spec.fps() != before.fps()) {
            source.wanted(spec.fps());
            sampler = new Sampler(spec.fps());
            if (passedMillis >= 0) {
                // It has to know its place, or it would take one frame too many.
                sampler.take(passedMillis);
            }
        }
        if (letterbox != null
                && !Objects.equals(options.motion(), before.options().motion())) {
            MotionGate old = gate;
            gate = options.gated() ? new MotionGate(options.motion()) : null;
            if (old != null) {
                old.close();
            }
        }
    }

    /**
     * Reads up to the next frame to analyse.
     *
     * @param target filled with the picture for the model, and part of the frame returned, whose owner releases it; stays
     *     the caller's if null is returned or something is thrown. Null to read without preparing.
     * @return null at the end of the source; a frame without pixels and {@link Frame#gated} at most once a second of the
     *     stream while nothing moves, its target stays the caller's too; in between, while somebody watches, frames that are
     *     {@link Frame#isOnlyShown}
     */
    Frame read(FrameBuffer target) {
        while (true) {
            long started = timers.nanos();
            if (!readAhead && !source.next()) {
                if (spec.live()) {
                    throw new MediaException(SourceFault.ENDED, "The stream ended: the camera or server closed it.");
                }
                return null;
            }
            readAhead = false;
            long read = timers.nanos();
            metrics.decoded(read - started);
            captured = read - source.latenessNanos();
            anyRead = true;
            count(source.drops());
            framesPassed = source.frameNumber() + 1;
            if (changed.get() != null) {
                applyChange();
            }
            long millis = streamMillis();
            boolean wanted = sampler.take(millis);
            passedMillis = millis;
            if (wanted) {
                Frame frame = gate == null ? prepare(target) : gated(target, millis);
                if (frame != null) {
                    return frame;
                }
            }
        }
    }

    /** Null if nothing is to be told of the frame. */
    private Frame gated(FrameBuffer target, long millis) {
        long started = timers.nanos();
        boolean passes =
                gate.look(current, source.width(), source.height(), millis).passes();
        metrics.gateLooked(timers.nanos() - started);
        if (passes) {
            return prepare(target);
        }
        gatedSoFar++;
        gated = gatedSoFar;
        boolean tell = !anyGated || millis < lastGatedMillis || millis - lastGatedMillis >= GATED_RESULT_MILLIS;
        boolean watched = previews.due(spec.fps());
        if (!tell && !watched) {
            return null;
        }
        Frame frame = frame(null, null, true);
        if (watched) {
            frame.preview(previews.of(frame, source.bgr(), spec.fps()));
        }
        if (tell) {
            anyGated = true;
            lastGatedMillis = millis;
        } else {
            frame.onlyShow();
        }
        return frame;
    }

    /** Frames so far in which nothing moved. */
    long gated() {
        return gated;
    }

    /** A frame that passed the gate was not analysed after all. Safe for any thread. */
    void missed() {
        MotionGate present = gate;
        if (present != null) {
            present.demand();
        }
    }

    private void count(FrameSource.Drops now) {
        drops = new FrameSource.Drops(
                before.undecodable() + now.undecodable(), before.skipped() + now.skipped(), before.late() + now.late());
        if (spec.live()) {
            details = source.details();
        }
    }

    private Frame prepare(FrameBuffer target) {
        Scaling scaling = null;
        ByteBuffer pixels = null;
        if (target != null) {
            long started = timers.nanos();
            pixels = source.bgr();
            scaling = letterbox.apply(pixels, source.width(), source.height(), target);
            metrics.letterboxed(timers.nanos() - started);
        }
        Frame frame = frame(scaling, target, false);
        if (target != null && previews.due(spec.fps())) {
            frame.preview(previews.of(frame, pixels, spec.fps()));
        }
        if (target != null && sourceCopies > 0) {
            frame.source(copy(pixels));
        }
        return frame;
    }

    /** Null if there are too many already. */
    private FrameBuffer copy(ByteBuffer bgr) {
        int bytes = source.width() * source.height() * 3;
        if (copyPool == null || copyBytes != bytes) {
            if (copyPool != null) {
                copyPool.close();
            }
            copyPool = new FrameBufferPool(bytes, sourceCopies);
            copyBytes = bytes;
        }
        FrameBuffer copy = copyPool.acquire();
        if (copy != null) {
            copy.memory().put(0, bgr, 0, bytes);
        }
        return copy;
    }

    private Frame frame(Scaling scaling, FrameBuffer pixels, boolean isGated) {
        return new Frame(
                source.frameNumber(),
                source.ptsMillis(),
                // As exact as the store is, so that the same frame has the same time wherever it is shown.
                source.capturedAt(clock.instant()).truncatedTo(ChronoUnit.MICROS),
                source.width(),
                source.height(),
                scaling,
                pixels,
                isGated);
    }

    private long streamMillis() {
        long pts = source.ptsMillis();
        if (pts >= 0) {
            return pts;
        }
        if (spec.live()) {
            return timers.nanos() / 1_000_000;
        }
        double fps = source.info().framesPerSecond();
        return Math.round(source.frameNumber() * 1000 / (fps > 0 ? fps : ASSUMED_FPS));
    }

    /** When the newest frame was captured, monotonic; null before the first. */
    Long capturedNanos() {
        return anyRead ? captured : null;
    }

    FrameSource.Drops drops() {
        return drops;
    }

    /** How the source is read; null before it was opened. */
    FrameSource.Details details() {
        return details;
    }

    /** Place in the source behind the last frame read; 0 if none was. */
    long framesPassed() {
        return framesPassed;
    }

    /** Frees everything native; harmless when repeated, also after a failed {@link #open()}. */
    void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            previews.close();
            if (gate != null) {
                gate.close();
            }
            if (letterbox != null) {
                letterbox.close();
            }
            if (copyPool != null) {
                copyPool.close();
            }
        } finally {
            closeSource();
        }
    }
}
