package dev.vap.runner.source;

import dev.vap.runner.decode.ByteStream;
import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaInfo;
import dev.vap.runner.decode.ReaderOptions;
import dev.vap.runner.decode.Skip;
import dev.vap.runner.decode.VideoReader;
import java.nio.ByteBuffer;
import java.time.Instant;

/**
 * Frames of a {@link VideoReader}, which it owns: numbered from the start frame on, and repeated if asked for. Tells the
 * decoder of a live source what it may leave out: frames that nobody wants, and all but key frames while it lags behind.
 */
public final class VideoFrameSource implements FrameSource {

    private static final double ASSUMED_FPS = 25;

    /** That far behind the camera, catching up matters more than any single frame. */
    private static final long LATE_NANOS = 1_000_000_000L;

    private static final long CAUGHT_UP_NANOS = 300_000_000L;

    /** Timestamps that go back by more belong to a stream that began anew. */
    private static final long REORDERED_MILLIS = 1_000;

    /** Rates are measured over so many frames at least. */
    private static final int MEASURED = 10;

    private final VideoReader reader;
    private final boolean loop;
    private final boolean live;
    private double wantedFps;
    /** Added to the reader's numbers: frames of earlier rounds, or what a live source had counted before. */
    private long baseNumber;

    private long basePts;
    private long lastNumber = -1;
    private long lastPts = -1;
    private long frameMillis;
    private long expected;
    private long undecodable;
    private long overtaken;
    private long firstPts = -1;
    private long firstNumber;
    private boolean catchingUp;

    private VideoFrameSource(VideoReader reader, SourceSpec spec) {
        this.reader = reader;
        this.loop = spec.loop();
        this.live = spec.live();
        this.wantedFps = spec.fps();
        double fps = reader.info().framesPerSecond();
        this.frameMillis = Math.max(1, Math.round(1000 / (fps > 0 ? fps : ASSUMED_FPS)));
    }

    /**
     * Opens the source and goes to its start frame. Blocks; what it opened is closed again if it throws.
     *
     * @param opened the answer to its URL, or null
     */
    static VideoFrameSource open(SourceSpec spec, ReaderOptions options, ByteStream opened, Cancellation cancellation) {
        VideoReader reader = VideoReader.open(options, opened, cancellation);
        try {
            SourceSpec known = spec.opened(reader.info().live());
            VideoFrameSource source = new VideoFrameSource(reader, known);
            source.goTo(known);
            return source;
        } catch (RuntimeException | Error e) {
            reader.close();
            throw e;
        }
    }

    private void goTo(SourceSpec spec) {
        long start = spec.startFrame();
        if (spec.live()) {
            baseNumber = start;
            return;
        }
        if (start == 0) {
            return;
        }
        long frames = reader.info().frameCount();
        if (spec.loop() && frames > 0) {
            // The count is an estimate: the place in the picture may be off by a little, the numbers are exact.
            baseNumber = start - start % frames;
        } else if (spec.loop()) {
            baseNumber = start;
        }
        expected = start - baseNumber;
        basePts = frames > 0 ? baseNumber * frameMillis : 0;
        if (expected > 0) {
            reader.skipTo(expected);
        }
    }

    @Override
    public MediaInfo info() {
        return reader.info();
    }

    @Override
    public void wanted(double framesPerSecond) {
        wantedFps = framesPerSecond;
    }

    @Override
    public boolean next() {
        boolean more = reader.next();
        while (more && isOvertaken()) {
            overtaken++;
            more = reader.next();
        }
        if (!more && loop) {
            again();
            more = reader.next();
        }
        if (more) {
            moved();
        }
        return more;
    }

    /**
     * Whether a later frame has been shown already: until a decoder has learnt how a live stream with B-frames is
     * reordered, it may give the first of them too late.
     */
    private boolean isOvertaken() {
        long pts = live && lastPts >= 0 ? reader.ptsMillis() : -1;
        return pts >= 0 && pts < lastPts && lastPts - pts < REORDERED_MILLIS;
    }

    private void again() {
        baseNumber += Math.max(lastNumber + 1, expected);
        basePts += lastPts < 0 ? 0 : lastPts + frameMillis;
        expected = 0;
        lastPts = -1;
        reader.skipTo(0);
    }

    private void moved() {
        lastNumber = reader.frameNumber();
        undecodable += Math.max(0, lastNumber - expected);
        expected = lastNumber + 1;
        long pts = reader.ptsMillis();
        if (pts >= 0) {
            if (lastPts >= 0 && pts > lastPts && pts - lastPts < 1000) {
                frameMillis = pts - lastPts;
            }
            lastPts = pts;
            if (firstPts < 0 || pts < firstPts) {
                firstPts = pts;
                firstNumber = lastNumber;
            }
        }
        if (live) {
            chooseSkip();
        }
    }

    private void chooseSkip() {
        long behind = reader.latenessNanos();
        catchingUp = behind > (catchingUp ? CAUGHT_UP_NANOS : LATE_NANOS);
        boolean half = wantedFps > 0 && framesPerSecond() >= 2 * wantedFps;
        reader.skip(catchingUp ? Skip.NON_KEY : half ? Skip.NON_REFERENCE : Skip.NOTHING);
    }

    private double framesPerSecond() {
        double told = reader.info().framesPerSecond();
        long frames = lastNumber - firstNumber;
        boolean measurable = firstPts >= 0 && frames >= MEASURED && lastPts > firstPts;
        return live && measurable ? frames * 1000.0 / (lastPts - firstPts) : told;
    }

    @Override
    public Details details() {
        String clock = live ? (reader.believesSender() ? "rtcp" : "arrival") : null;
        return new Details(clock, reader.hardware(), framesPerSecond());
    }

    @Override
    public Instant capturedAt(Instant now) {
        return live ? reader.capturedAt(now) : now;
    }

    @Override
    public long latenessNanos() {
        return live ? reader.latenessNanos() : 0;
    }

    @Override
    public long frameNumber() {
        return baseNumber + lastNumber;
    }

    @Override
    public long ptsMillis() {
        long pts = reader.ptsMillis();
        return pts < 0 ? -1 : basePts + pts;
    }

    @Override
    public int width() {
        return reader.frameWidth();
    }

    @Override
    public int height() {
        return reader.frameHeight();
    }

    @Override
    public ByteBuffer bgr() {
        return reader.bgr();
    }

    @Override
    public ByteBuffer grey(int width, int height) {
        return reader.grey(width, height);
    }

    @Override
    public Drops drops() {
        return live
                ? new Drops(reader.undecodable() + overtaken, reader.skipped(), reader.late())
                : new Drops(undecodable, 0, 0);
    }

    @Override
    public long bytesRead() {
        return reader.bytesRead();
    }

    @Override
    public void close() {
        reader.close();
    }
}
