package dev.vap.runner.session;

import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaInfo;
import dev.vap.runner.preprocess.Letterbox;
import dev.vap.runner.preprocess.Scaling;
import dev.vap.runner.source.FrameSource;
import dev.vap.runner.source.Sampler;
import dev.vap.runner.source.SourceOpener;
import dev.vap.runner.source.SourceSpec;
import dev.vap.runner.time.Timers;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.InputSpec;
import java.time.InstantSource;

/**
 * The blocking half of a session: it owns the source and the letterbox. Called by one thread at a time (never the event
 * loop), except what it counts.
 */
final class FrameLane {

    private static final double ASSUMED_FPS = 25;

    private final SourceSpec spec;
    private final SourceOpener opener;
    private final Cancellation cancellation;
    private final InstantSource clock;
    private final Timers timers;
    private final SessionMetrics metrics;
    private final Sampler sampler;
    private FrameSource source;
    private Letterbox letterbox;
    private boolean readAhead;
    private boolean closed;
    private volatile boolean anyRead;
    private volatile long lastRead;
    private volatile long undecodable;
    private volatile long framesPassed;

    FrameLane(
            SourceSpec spec,
            SourceOpener opener,
            Cancellation cancellation,
            InstantSource clock,
            Timers timers,
            SessionMetrics metrics) {
        this.spec = spec;
        this.opener = opener;
        this.cancellation = cancellation;
        this.clock = clock;
        this.timers = timers;
        this.metrics = metrics;
        this.sampler = new Sampler(spec.fps());
    }

    /** Opens the source and goes to the start frame. */
    MediaInfo open() {
        boolean resampled = !sampler.takesAll() && !spec.live() && spec.startFrame() > 0;
        if (!resampled) {
            source = opener.open(spec, cancellation);
            return source.info();
        }
        // The frame before was the last one taken: the sampler has to know its place, or it would take one more.
        SourceSpec earlier =
                new SourceSpec(spec.reader(), false, spec.fps(), spec.loop(), spec.realtime(), spec.startFrame() - 1);
        source = opener.open(earlier, cancellation);
        if (source.next()) {
            if (source.frameNumber() < spec.startFrame()) {
                sampler.take(streamMillis());
            } else {
                // The one before can't be decoded; this one has not been looked at yet.
                readAhead = true;
            }
        }
        return source.info();
    }

    /** To be called once, before the first frame is read. */
    void prepareFor(InputSpec input) {
        letterbox = new Letterbox(input);
    }

    /**
     * Reads up to the next frame to analyse.
     *
     * @param target filled with the picture for the model, and part of the frame returned, whose owner releases it; stays
     *     the caller's if null is returned or something is thrown. Null to read without preparing.
     * @return null at the end of the source
     */
    Frame read(FrameBuffer target) {
        while (true) {
            long started = timers.nanos();
            if (!readAhead && !source.next()) {
                return null;
            }
            readAhead = false;
            long read = timers.nanos();
            metrics.decoded(read - started);
            lastRead = read;
            anyRead = true;
            undecodable = source.undecodable();
            framesPassed = source.frameNumber() + 1;
            if (sampler.take(streamMillis())) {
                return prepare(target);
            }
        }
    }

    private Frame prepare(FrameBuffer target) {
        int width = source.width();
        int height = source.height();
        Scaling scaling = null;
        if (target != null) {
            long started = timers.nanos();
            scaling = letterbox.apply(source.bgr(), width, height, target);
            metrics.letterboxed(timers.nanos() - started);
        }
        return new Frame(source.frameNumber(), source.ptsMillis(), clock.instant(), width, height, scaling, target);
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

    /** When the newest frame was read, monotonic; null before the first. */
    Long lastReadNanos() {
        return anyRead ? lastRead : null;
    }

    long undecodable() {
        return undecodable;
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
            if (letterbox != null) {
                letterbox.close();
            }
        } finally {
            if (source != null) {
                source.close();
            }
        }
    }
}
