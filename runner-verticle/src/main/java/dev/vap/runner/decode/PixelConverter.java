package dev.vap.runner.decode;

import dev.vap.shared.domain.SourceFault;
import java.nio.ByteBuffer;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swscale;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.ffmpeg.swscale.SwsFilter;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * Converts decoded frames to packed pixels of one kind, whatever their own format: swscale with its default BT.601 matrix
 * whatever the stream says, and the range that the pixel format implies.
 *
 * <p>Owns the native scaler and frees it in {@link #close()}. One thread at a time.
 */
final class PixelConverter implements AutoCloseable {
    /**
     * swscale's vector code leaves out the last pixels of a row unless there is room for this many, as FFmpeg pads
     * too.
     */
    private static final int PIXELS_AT_ONCE = 32;

    private final String subject;
    private final int pixelFormat;
    private final int channels;
    private final int method;
    private final PointerPointer<Pointer> target = new PointerPointer<>(4);
    private final IntPointer targetStride = new IntPointer(4);
    private SwsContext scaler;
    /** Of the result, before it is turned. */
    private int width;

    private int height;
    private int format = avutil.AV_PIX_FMT_NONE;
    private int sourceWidth;
    private int sourceHeight;
    private final Scratch padded = new Scratch();
    private final Scratch upright = new Scratch();
    private byte[] row = new byte[0];

    private PixelConverter(String subject, int pixelFormat, int channels, int method) {
        this.subject = subject;
        this.pixelFormat = pixelFormat;
        this.channels = channels;
        this.method = method;
        for (int i = 0; i < 4; i++) {
            target.put(i, (Pointer) null);
            targetStride.put(i, 0);
        }
    }

    /** To BGR of the same size, as OpenCV's VideoCapture does it (BICUBIC). */
    static PixelConverter toBgr(String subject) {
        return new PixelConverter(subject, avutil.AV_PIX_FMT_BGR24, 3, swscale.SWS_BICUBIC);
    }

    /**
     * To brightness, 0 to 255, scaled by averaging areas. Of a frame in YUV only the luma plane is read, which for a small
     * picture costs a third of the conversion to BGR.
     */
    static PixelConverter toGrey(String subject) {
        return new PixelConverter(subject, avutil.AV_PIX_FMT_GRAY8, 1, swscale.SWS_AREA);
    }

    /** Like {@link #convert(AVFrame, int, int, int, ByteBuffer)} at the frame's own size. */
    void convert(AVFrame frame, int rotation, ByteBuffer out) {
        prepare(frame, frame.width(), frame.height());
        convertPrepared(frame, rotation, out);
    }

    /**
     * Writes the frame's pixels at the target's position, in height x width x channels bytes without padding, turned
     * clockwise by {@code rotation} degrees if that is 90, 180 or 270, and leaves the position behind them.
     *
     * @param toWidth of the result, after it was turned
     * @param toHeight of the result, after it was turned
     * @param out direct, with enough remaining bytes
     */
    void convert(AVFrame frame, int rotation, int toWidth, int toHeight, ByteBuffer out) {
        boolean quarter = rotation == 90 || rotation == 270;
        prepare(frame, quarter ? toHeight : toWidth, quarter ? toWidth : toHeight);
        convertPrepared(frame, rotation, out);
    }

    private void convertPrepared(AVFrame frame, int rotation, ByteBuffer out) {
        int packed = width * channels;
        int size = packed * height;
        boolean turn = rotation == 90 || rotation == 180 || rotation == 270;
        ByteBuffer rows = out;
        if (turn) {
            rows = upright.atLeast(size);
        }
        int start = rows.position();
        if (width % PIXELS_AT_ONCE == 0) {
            scale(frame, rows, packed);
        } else {
            int stride = (width + PIXELS_AT_ONCE - 1) / PIXELS_AT_ONCE * PIXELS_AT_ONCE * channels;
            ByteBuffer wide = padded.atLeast(Math.multiplyExact(stride, height));
            scale(frame, wide, stride);
            for (int y = 0; y < height; y++) {
                rows.put(start + y * packed, wide, y * stride, packed);
            }
        }
        if (turn) {
            turn(rows, rotation, out);
        }
        out.position(out.position() + size);
    }

    private void prepare(AVFrame frame, int toWidth, int toHeight) {
        if (scaler != null
                && frame.width() == sourceWidth
                && frame.height() == sourceHeight
                && frame.format() == format
                && toWidth == width
                && toHeight == height) {
            return;
        }
        free();
        sourceWidth = frame.width();
        sourceHeight = frame.height();
        format = frame.format();
        width = toWidth;
        height = toHeight;
        scaler = swscale.sws_getContext(
                sourceWidth,
                sourceHeight,
                format,
                width,
                height,
                pixelFormat,
                method,
                (SwsFilter) null,
                (SwsFilter) null,
                (DoublePointer) null);
        if (scaler == null) {
            throw new MediaException(
                    SourceFault.UNSUPPORTED_CODEC, subject + " has a pixel format that can't be converted.");
        }
    }

    private void scale(AVFrame frame, ByteBuffer rows, int stride) {
        try (BytePointer address = new BytePointer(rows)) {
            target.put(0, address);
            targetStride.put(0, stride);
            int lines =
                    swscale.sws_scale(scaler, frame.data(), frame.linesize(), 0, sourceHeight, target, targetStride);
            if (lines != height) {
                throw new MediaException(SourceFault.CORRUPT, subject + " has a frame that can't be converted.");
            }
        }
    }

    private void turn(ByteBuffer rows, int rotation, ByteBuffer out) {
        int packed = width * channels;
        int start = out.position();
        if (row.length < packed) {
            row = new byte[packed];
        }
        for (int y = 0; y < height; y++) {
            rows.get(y * packed, row, 0, packed);
            for (int x = 0; x < width; x++) {
                int pixel =
                        switch (rotation) {
                            case 90 -> x * height + height - 1 - y;
                            case 180 -> (height - 1 - y) * width + width - 1 - x;
                            default -> (width - 1 - x) * height + y;
                        };
                int at = start + pixel * channels;
                for (int c = 0; c < channels; c++) {
                    out.put(at + c, row[x * channels + c]);
                }
            }
        }
    }

    private void free() {
        if (scaler != null) {
            swscale.sws_freeContext(scaler);
            scaler = null;
        }
    }

    @Override
    public void close() {
        free();
        target.close();
        targetStride.close();
        padded.close();
        upright.close();
    }
}
