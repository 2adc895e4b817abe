package dev.vap.runner.decode;

import dev.vap.shared.domain.SourceFault;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the frames of one video source in the order in which they are shown.
 *
 * <p>Confined to one thread at a time, except {@link #interrupt()}. Decoding ({@link #next()}) and conversion to pixels
 * ({@link #bgr()}, {@link #copyBgrTo}, {@link #grey}) are separate, so a frame that is not wanted costs no conversion. Waiting for
 * the source is bounded by the {@link ReaderOptions.Limits}; a single decoding step is not, but is finite. All
 * methods throw {@link MediaException} when the source fails; after that only {@link #close()} makes sense.
 */
public final class VideoReader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(VideoReader.class);

    /** Skipping fewer frames than this decodes them; more looks for a key frame, which reads the whole file once. */
    private static final int NEAR = 250;

    private final ReaderOptions options;
    private final String subject;
    private final Cancellation cancellation;
    private final CallGuard guard;
    private final PixelConverter toBgr;
    private final PixelConverter toGrey;
    private final Scratch pixels = new Scratch();
    private final Scratch brightness = new Scratch();
    private MediaInput input;
    private FrameDecoder decoder;
    private MediaInfo info;
    private long startTime;
    private boolean current;
    private boolean held;
    private boolean anyFrame;
    private boolean closed;

    private VideoReader(ReaderOptions options, Cancellation cancellation) {
        this.options = options;
        this.cancellation = cancellation;
        this.guard = new CallGuard(cancellation);
        this.subject = options.subject();
        this.toBgr = PixelConverter.toBgr(subject);
        this.toGrey = PixelConverter.toGrey(subject);
    }

    /** Loads FFmpeg (0.7 s), which the first reader would do otherwise. */
    public static void warmUp() {
        Ffmpeg.load();
    }

    /** Opens a source; blocks up to {@link ReaderOptions.Limits#open()}. The caller closes the reader. */
    public static VideoReader open(ReaderOptions options) {
        return open(options, new Cancellation());
    }

    /** Like {@link #open(ReaderOptions)}, and ends early when {@code cancellation} is cancelled, as later calls do. */
    public static VideoReader open(ReaderOptions options, Cancellation cancellation) {
        return open(options, null, cancellation);
    }

    /**
     * Reads what was asked for already.
     *
     * @param opened the answer to the source's URL, or null; closed by the reader, also if this throws
     */
    public static VideoReader open(ReaderOptions options, ByteStream opened, Cancellation cancellation) {
        Ffmpeg.load();
        VideoReader reader = new VideoReader(options, cancellation);
        try {
            reader.openNative(opened);
            reader.info = reader.input.info();
            if (reader.info.width() == 0) {
                reader.findSize();
            }
            return reader;
        } catch (RuntimeException | Error e) {
            reader.close();
            throw e;
        }
    }

    /** Some streams do not describe their frames: the first one does. It is the one that {@link #next()} returns first. */
    private void findSize() {
        held = decode();
        if (held) {
            AVFrame frame = decoder.frame();
            info = quarterTurned()
                    ? info.sized(frame.height(), frame.width())
                    : info.sized(frame.width(), frame.height());
        }
    }

    private void openNative(ByteStream opened) {
        input = MediaInput.open(options, guard, opened);
        decoder = FrameDecoder.open(options, input);
        startTime = input.stream().start_time();
        current = false;
        held = false;
        anyFrame = false;
    }

    private void closeNative() {
        if (decoder != null) {
            decoder.close();
            decoder = null;
        }
        if (input != null) {
            input.close();
            input = null;
        }
    }

    /** What the container says about the source; may be called after {@link #close()}. */
    public MediaInfo info() {
        return info;
    }

    /**
     * Decodes the next frame and makes it the current one.
     *
     * @return false at the end of the source
     */
    public boolean next() {
        requireOpen();
        if (held) {
            held = false;
            current = true;
            return true;
        }
        current = decode();
        return current;
    }

    private boolean decode() {
        guard.begin(anyFrame ? options.limits().read() : options.limits().firstFrame());
        guard.check(subject);
        if (decoder.next(input)) {
            if (!anyFrame) {
                anyFrame = true;
                if (startTime == Ffmpeg.NO_TIMESTAMP) {
                    startTime = decoder.frame().best_effort_timestamp();
                }
            }
            return true;
        }
        if (!anyFrame && !input.isTimed()) {
            throw decoder.anyPacket()
                    ? new MediaException(
                            SourceFault.CORRUPT,
                            options.subject() + " has no frame that can be decoded: it is damaged or encrypted.")
                    : new MediaException(SourceFault.EMPTY, options.subject() + " is a video without a single frame.");
        }
        return false;
    }

    /**
     * 0-based position of the current frame in the source. Grows by one with each frame, except that a frame which
     * could not be decoded leaves a gap.
     */
    public long frameNumber() {
        requireFrame();
        return decoder.number();
    }

    /**
     * When the current frame is shown, in milliseconds after the start of the stream; -1 if the source does not say.
     */
    public long ptsMillis() {
        requireFrame();
        long timestamp = decoder.frame().best_effort_timestamp();
        if (timestamp == Ffmpeg.NO_TIMESTAMP || startTime == Ffmpeg.NO_TIMESTAMP) {
            return -1;
        }
        AVRational base = input.stream().time_base();
        return Math.round((double) (timestamp - startTime) * base.num() * 1000 / base.den());
    }

    /**
     * When the current frame was captured, by the sender's clock where that tells and is believable, else by when it
     * arrived, or would have without waiting for us. Only of a live source.
     *
     * @param now the time of this machine
     */
    public Instant capturedAt(Instant now) {
        requireFrame();
        return decoder.capturedAt(now);
    }

    /** Whether {@link #capturedAt} told the sender's time. */
    public boolean believesSender() {
        return decoder != null && decoder.believesSender();
    }

    /** How long the current frame of a live source has waited to be read and decoded. */
    public long latenessNanos() {
        requireFrame();
        return decoder.latenessNanos();
    }

    /** What the decoder may leave out from now on; less than before, from the next key frame on. */
    public void skip(Skip wanted) {
        requireOpen();
        decoder.skip(wanted);
    }

    /** Frames of a live source that were too damaged to decode. */
    public long undecodable() {
        requireOpen();
        return decoder.undecodable();
    }

    /** Frames of a live source that were left out since no other frame needs them ({@link Skip#NON_REFERENCE}). */
    public long skipped() {
        requireOpen();
        return decoder.skipped();
    }

    /** Frames of a live source that were left out to catch up ({@link Skip#NON_KEY}). */
    public long late() {
        requireOpen();
        return decoder.late();
    }

    /** FFmpeg's name of the hardware that decodes; null for software. */
    public String hardware() {
        return decoder == null ? null : decoder.hardware();
    }

    /** Bytes of the video stream read so far. */
    public long bytesRead() {
        return decoder == null ? 0 : decoder.bytesRead();
    }

    /** Pixels in a row of the current frame, after rotation. */
    public int frameWidth() {
        requireFrame();
        AVFrame frame = decoder.frame();
        return quarterTurned() ? frame.height() : frame.width();
    }

    /** Rows of the current frame, after rotation. */
    public int frameHeight() {
        requireFrame();
        AVFrame frame = decoder.frame();
        return quarterTurned() ? frame.width() : frame.height();
    }

    /** Bytes of the current frame as BGR: height x width x 3. */
    public int frameBytes() {
        requireFrame();
        AVFrame frame = decoder.frame();
        return Math.multiplyExact(Math.multiplyExact(frame.width(), frame.height()), 3);
    }

    private boolean quarterTurned() {
        return info.rotation() == 90 || info.rotation() == 270;
    }

    /**
     * Damaged packets that were passed over, and frames that were decoded in spite of damage, since the source was
     * opened or {@link #skipTo} was called.
     */
    public long corruptFrames() {
        requireOpen();
        return decoder.corrupt();
    }

    /**
     * The current frame as packed BGR, height x width x 3 bytes from position 0 to the limit. The direct buffer
     * belongs to the reader, is overwritten by the next call of this method, and must not be touched after a call that
     * returned a larger one (the size has changed) or after {@link #close()}: its memory is gone then.
     */
    public ByteBuffer bgr() {
        ByteBuffer bgr = pixels.atLeast(frameBytes());
        copyBgrTo(bgr);
        return bgr.flip();
    }

    /**
     * The current frame's brightness, scaled to that size by averaging areas and upright like {@link #bgr()}: a packed row
     * of bytes, 0 (black) to 255, after the other, from position 0 to the limit. Reads the luma of a frame in YUV as it was
     * decoded, so a frame of which only this is wanted costs no conversion. The direct buffer is the reader's, as that of
     * {@link #bgr()} is.
     */
    public ByteBuffer grey(int width, int height) {
        requireFrame();
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("a picture of " + width + "x" + height + " pixels can't be made");
        }
        ByteBuffer grey = brightness.atLeast(Math.multiplyExact(width, height));
        toGrey.convert(decoder.frame(), info.rotation(), width, height, grey);
        return grey.flip();
    }

    /**
     * Converts the current frame to packed BGR into memory of the caller's, {@link #frameBytes()} bytes from the
     * target's position on, and moves the position behind them. This is the way without a copy.
     *
     * @throws IllegalArgumentException if the target is not direct or too small
     */
    public void copyBgrTo(ByteBuffer target) {
        int bytes = frameBytes();
        if (!target.isDirect() || target.isReadOnly() || target.remaining() < bytes) {
            throw new IllegalArgumentException("the target has to be a direct, writable buffer of " + bytes + " bytes");
        }
        toBgr.convert(decoder.frame(), info.rotation(), target);
    }

    /**
     * Makes the following {@link #next()} return the frame with exactly this number, or the first one after it if it
     * can't be decoded, or false if the source ends before. Until then no frame is current. Going back opens the
     * source again.
     *
     * <p>May read and decode a large part of the file; each step is bounded by the read timeout and ended by {@link
     * #interrupt()}, the whole is not bounded.
     */
    public void skipTo(long frameNumber) {
        requireOpen();
        if (frameNumber < 0) {
            throw new IllegalArgumentException("frame numbers start at 0, not at " + frameNumber);
        }
        boolean here = held && decoder.number() == frameNumber;
        current = false;
        if (here) {
            return;
        }
        if (frameNumber <= decoder.number()) {
            reopen();
        }
        held = false;
        decoder.corrupt(0);
        long near = Math.max(decoder.number(), FrameNumbering.PROBATION) + NEAR;
        if (frameNumber <= near || !jump(frameNumber)) {
            while (!held && decode()) {
                held = decoder.number() >= frameNumber;
            }
        }
    }

    /** Tries to get there over a key frame; leaves the reader somewhere before the frame if it can't. */
    private boolean jump(long frameNumber) {
        while (decoder.number() < FrameNumbering.PROBATION) {
            if (!decode()) {
                return true;
            }
        }
        if (!decoder.positionsProved() || options.kind() != SourceKind.FILE) {
            return false;
        }
        PacketIndex index;
        try (MediaInput scanned = MediaInput.open(options, guard)) {
            index = PacketIndex.scan(scanned);
        }
        if (index == null || frameNumber > Integer.MAX_VALUE) {
            return false;
        }
        int wanted = (int) Math.min(frameNumber, index.frames() - 1L);
        int key = index.keyBefore(wanted);
        if (key < 0 || index.number(index.keyShown(key)) <= decoder.number()) {
            return false;
        }
        if (land(index, index.keyShown(key), wanted) || land(index, index.keyDecoded(key), wanted)) {
            decoder.corrupt(0);
            // Past the end: the last frame is only the way to get there.
            held = wanted == frameNumber;
            return true;
        }
        LOG.debug("{}: no way to frame {} over a key frame, decoding from the start", options.subject(), frameNumber);
        reopen();
        return false;
    }

    /** Seeks, and decodes up to the wanted frame; false if it did not come out exactly. */
    private boolean land(PacketIndex index, long seekTo, int wanted) {
        if (!input.seek(seekTo)) {
            return false;
        }
        decoder.moved();
        long timestamp = index.timestamp(wanted);
        boolean first = true;
        while (decode()) {
            long shown = decoder.frame().pts();
            int number = index.number(shown);
            if (shown == timestamp) {
                decoder.landed(wanted);
                return true;
            }
            if (number < 0 || shown > timestamp || (first && number > wanted - PacketIndex.PREROLL / 2)) {
                return false;
            }
            first = false;
        }
        return false;
    }

    private void reopen() {
        closeNative();
        openNative(null);
    }

    /** Ends the current and all later calls with {@link SourceFault#INTERRUPTED}; for any thread, harmless at any time. */
    public void interrupt() {
        cancellation.cancel();
    }

    /** Frees everything native. Harmless when repeated. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            current = false;
            held = false;
            closeNative();
            toBgr.close();
            toGrey.close();
            pixels.close();
            brightness.close();
            guard.close();
        }
    }

    private void requireOpen() {
        if (closed || decoder == null) {
            throw new IllegalStateException(
                    closed ? "the reader is closed" : "the reader has failed and can only be closed");
        }
    }

    private void requireFrame() {
        if (!current) {
            throw new IllegalStateException(
                    closed ? "the reader is closed" : "no current frame: next() has to return true first");
        }
    }
}
