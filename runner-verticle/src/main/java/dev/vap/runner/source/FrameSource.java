package dev.vap.runner.source;

import dev.vap.runner.decode.MediaInfo;
import java.nio.ByteBuffer;

/**
 * Frames of one run of a scenario. Confined to one thread at a time; its calls block, within the deadlines of the reader
 * below it, and end early when the {@link dev.vap.runner.decode.Cancellation} it was opened with is cancelled. They throw
 * {@link dev.vap.runner.decode.MediaException}; after that only {@link #close()} makes sense.
 */
public interface FrameSource extends AutoCloseable {

    MediaInfo info();

    /** Decodes the next frame and makes it the current one; false at the end. */
    boolean next();

    /** Of the current frame, as results carry it: grows by one from frame to frame, with gaps for undecodable ones. */
    long frameNumber();

    /** Time in the stream, milliseconds, growing over repeats of a file; -1 if unknown. */
    long ptsMillis();

    /** Pixels. */
    int width();

    /** Pixels. */
    int height();

    /** The current frame as packed BGR from position 0; direct, valid until the next call of this object. */
    ByteBuffer bgr();

    /** Frames that could not be decoded so far. */
    long undecodable();

    /** Frees everything native; harmless when repeated. */
    @Override
    void close();
}
