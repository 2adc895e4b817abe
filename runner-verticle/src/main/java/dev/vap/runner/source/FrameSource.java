package dev.vap.runner.source;

import dev.vap.runner.decode.MediaInfo;
import java.nio.ByteBuffer;
import java.time.Instant;

/**
 * Frames of one run of a scenario. Confined to one thread at a time; its calls block, within the deadlines of the reader
 * below it, and end early when the {@link dev.vap.runner.decode.Cancellation} it was opened with is cancelled. They throw
 * {@link dev.vap.runner.decode.MediaException}; after that only {@link #close()} makes sense.
 */
public interface FrameSource extends AutoCloseable {

    /**
     * Frames that were not decoded since the source was opened.
     *
     * @param undecodable damaged
     * @param skipped left out by the decoder because no one wanted them
     * @param late left out by the decoder to catch up with the camera
     */
    record Drops(long undecodable, long skipped, long late) {
        public static final Drops NONE = new Drops(0, 0, 0);
    }

    /**
     * How it is read.
     *
     * @param clock where capture times come from: {@code rtcp}, {@code arrival}; null for a recording
     * @param hwaccel what decodes; null for software
     * @param framesPerSecond as measured where the container does not say; 0 if unknown
     */
    record Details(String clock, String hwaccel, double framesPerSecond) {}

    MediaInfo info();

    Details details();

    /**
     * So many frames a second are wanted from now on; the others may be left out.
     *
     * @param framesPerSecond 0 for all
     */
    default void wanted(double framesPerSecond) {}

    /** Decodes the next frame and makes it the current one; false at the end. */
    boolean next();

    /** Of the current frame, as results carry it: grows by one from frame to frame, with gaps for dropped ones. */
    long frameNumber();

    /** Time in the stream, milliseconds, growing over repeats of a file; -1 if unknown. */
    long ptsMillis();

    /**
     * When the current frame was captured; of a recording, {@code now}.
     *
     * @param now this machine's time
     */
    Instant capturedAt(Instant now);

    /** How long the current frame was there before it was read and decoded; 0 of a recording. */
    long latenessNanos();

    /** Pixels. */
    int width();

    /** Pixels. */
    int height();

    /** The current frame as packed BGR from position 0; direct, valid until the next call of this object. */
    ByteBuffer bgr();

    /**
     * The current frame's brightness, scaled to that size by averaging areas: packed bytes from position 0; direct, valid
     * until the next call of this object. Much cheaper than {@link #bgr()}, and independent of it.
     */
    ByteBuffer grey(int width, int height);

    Drops drops();

    /** Bytes of video read so far. */
    long bytesRead();

    /** Frees everything native; harmless when repeated. */
    @Override
    void close();
}
