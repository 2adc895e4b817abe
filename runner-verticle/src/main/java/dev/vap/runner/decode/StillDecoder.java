package dev.vap.runner.decode;

import dev.vap.shared.domain.SourceFault;
import java.nio.ByteBuffer;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;

/**
 * Decodes single pictures (JPEG, PNG, WebP, BMP) to BGR or grey. Owns what is native and frees it in {@link #close()}; one thread at
 * a time.
 */
public final class StillDecoder implements AutoCloseable {

    private final ReaderOptions options;
    private final PixelConverter toBgr;
    private final PixelConverter toGrey;
    private final Scratch pixels = new Scratch();
    private final Scratch brightness = new Scratch();
    private final AVPacket packet;
    private final AVFrame frame;
    private AVCodecContext context;
    private int codecId;
    private boolean any;
    private boolean closed;

    /**
     * @param options whose subject is named in errors, and whose limit of pixels holds
     */
    public StillDecoder(ReaderOptions options) {
        Ffmpeg.load();
        this.options = options;
        this.toBgr = PixelConverter.toBgr(options.subject());
        this.toGrey = PixelConverter.toGrey(options.subject());
        this.packet = avcodec.av_packet_alloc();
        this.frame = avutil.av_frame_alloc();
        if (packet == null || frame == null) {
            close();
            throw new OutOfMemoryError("av_frame_alloc");
        }
    }

    /**
     * Decodes a picture and makes it the current one.
     *
     * @param mediaType such as {@code image/jpeg}
     * @throws MediaException if it is none
     */
    public void decode(byte[] bytes, int length, String mediaType) {
        if (length == 0) {
            throw new MediaException(SourceFault.EMPTY, options.subject() + " sent an empty picture.");
        }
        open(mediaType);
        any = false;
        int result = avcodec.av_new_packet(packet, length);
        if (result < 0) {
            throw new OutOfMemoryError("av_new_packet");
        }
        try {
            packet.data().put(bytes, 0, length);
            result = avcodec.avcodec_send_packet(context, packet);
            if (result >= 0) {
                result = avcodec.avcodec_receive_frame(context, frame);
            }
        } finally {
            avcodec.av_packet_unref(packet);
        }
        if (result < 0) {
            throw new MediaException(SourceFault.CORRUPT, options.subject() + " sent a picture that can't be decoded.");
        }
        any = true;
    }

    private void open(String mediaType) {
        int wanted =
                switch (mediaType) {
                    case "image/jpeg", "image/jpg", "image/pjpeg" -> avcodec.AV_CODEC_ID_MJPEG;
                    case "image/png" -> avcodec.AV_CODEC_ID_PNG;
                    case "image/webp" -> avcodec.AV_CODEC_ID_WEBP;
                    case "image/bmp" -> avcodec.AV_CODEC_ID_BMP;
                    default ->
                        throw new MediaException(
                                SourceFault.UNSUPPORTED_CODEC,
                                options.subject() + " sends pictures of the type " + mediaType
                                        + ", which can't be decoded here: choose JPEG.");
                };
        if (context != null && wanted == codecId) {
            return;
        }
        free();
        AVCodec codec = avcodec.avcodec_find_decoder(wanted);
        context = codec == null ? null : avcodec.avcodec_alloc_context3(codec);
        if (context == null) {
            throw new MediaException(
                    SourceFault.UNSUPPORTED_CODEC, options.subject() + " sends pictures that can't be decoded here.");
        }
        codecId = wanted;
        context.max_pixels(options.maxPixels());
        context.thread_count(1);
        if (avcodec.avcodec_open2(context, codec, (AVDictionary) null) < 0) {
            free();
            throw new MediaException(
                    SourceFault.UNSUPPORTED_CODEC, options.subject() + " sends pictures that can't be decoded here.");
        }
    }

    /** FFmpeg's short name. */
    public String codec() {
        return Ffmpeg.string(avcodec.avcodec_get_name(codecId));
    }

    /** Pixels of the current picture. */
    public int width() {
        return frame.width();
    }

    /** Pixels of the current picture. */
    public int height() {
        return frame.height();
    }

    /** The current picture as packed BGR; direct, valid until the next call of this method or {@link #close()}. */
    public ByteBuffer bgr() {
        requirePicture();
        ByteBuffer bgr = pixels.atLeast(Math.multiplyExact(Math.multiplyExact(frame.width(), frame.height()), 3));
        toBgr.convert(frame, 0, bgr);
        return bgr.flip();
    }

    /**
     * The current picture's brightness, scaled to that size by averaging areas; packed, direct, valid until the next call of
     * this method or {@link #close()}.
     */
    public ByteBuffer grey(int width, int height) {
        requirePicture();
        ByteBuffer grey = brightness.atLeast(Math.multiplyExact(width, height));
        toGrey.convert(frame, 0, width, height, grey);
        return grey.flip();
    }

    private void requirePicture() {
        if (!any) {
            throw new IllegalStateException("no current picture");
        }
    }

    private void free() {
        if (context != null) {
            avcodec.avcodec_free_context(context);
            context = null;
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            any = false;
            free();
            if (frame != null) {
                avutil.av_frame_free(frame);
            }
            if (packet != null) {
                avcodec.av_packet_free(packet);
            }
            toBgr.close();
            toGrey.close();
            pixels.close();
            brightness.close();
        }
    }
}
