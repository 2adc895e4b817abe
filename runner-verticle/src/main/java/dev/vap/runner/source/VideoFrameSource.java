package dev.vap.runner.source;

import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaInfo;
import dev.vap.runner.decode.VideoReader;
import java.nio.ByteBuffer;

/** Frames of a {@link VideoReader}, which it owns: numbered from the start frame on, and repeated if asked for. */
public final class VideoFrameSource implements FrameSource {

    private static final double ASSUMED_FPS = 25;

    private final VideoReader reader;
    private final boolean loop;
    /** Added to the reader's numbers: frames of earlier rounds, or what a live source had counted before. */
    private long baseNumber;

    private long basePts;
    private long lastNumber = -1;
    private long lastPts = -1;
    private long frameMillis;
    private long expected;
    private long undecodable;

    private VideoFrameSource(VideoReader reader, boolean loop) {
        this.reader = reader;
        this.loop = loop;
        double fps = reader.info().framesPerSecond();
        this.frameMillis = Math.max(1, Math.round(1000 / (fps > 0 ? fps : ASSUMED_FPS)));
    }

    /** Opens the source and goes to its start frame. Blocks; what it opened is closed again if it throws. */
    public static VideoFrameSource open(SourceSpec spec, Cancellation cancellation) {
        VideoReader reader = VideoReader.open(spec.reader(), cancellation);
        try {
            VideoFrameSource source = new VideoFrameSource(reader, spec.loop());
            source.goTo(spec);
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
    public boolean next() {
        boolean more = reader.next();
        if (!more && loop) {
            again();
            more = reader.next();
        }
        if (more) {
            moved();
        }
        return more;
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
        }
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
    public long undecodable() {
        return undecodable;
    }

    @Override
    public void close() {
        reader.close();
    }
}
