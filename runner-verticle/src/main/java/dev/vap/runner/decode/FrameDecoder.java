package dev.vap.runner.decode;

import dev.vap.shared.domain.SourceFault;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;

/**
 * Turns the packets of one stream into frames. Owns the native decoder, one packet and one frame, and frees them in
 * {@link #close()}. One thread at a time.
 */
final class FrameDecoder implements AutoCloseable {
    /** Refused packets one after another, with no frame between them, after which a stream is given up. */
    private static final int MAX_REFUSED = 600;

    private static final int FLAG_CORRUPT = 1;

    private final ReaderOptions options;
    private final AVCodecContext context;
    private final AVPacket packet;
    private final AVFrame frame;
    private final FrameNumbering numbering;
    private long corrupt;
    private int refused;
    private boolean drained;
    private boolean untilKey;
    private boolean anyPacket;
    private boolean closed;
    private long number = -1;

    private FrameDecoder(ReaderOptions options, AVCodecContext context, FrameNumbering numbering) {
        this.options = options;
        this.context = context;
        this.numbering = numbering;
        this.packet = avcodec.av_packet_alloc();
        this.frame = avutil.av_frame_alloc();
        if (packet == null || frame == null) {
            close();
            throw new OutOfMemoryError("av_frame_alloc");
        }
    }

    static FrameDecoder open(ReaderOptions options, MediaInput input) {
        AVCodecParameters parameters = input.parameters();
        int id = parameters.codec_id();
        AVCodec codec = avcodec.avcodec_find_decoder(id);
        String name = Ffmpeg.string(avcodec.avcodec_get_name(id));
        if (codec == null) {
            throw new MediaException(
                    SourceFault.UNSUPPORTED_CODEC,
                    options.subject() + " is encoded as " + name
                            + ", which can't be decoded here: convert it to H.264.");
        }
        AVCodecContext context = avcodec.avcodec_alloc_context3(codec);
        if (context == null) {
            throw new OutOfMemoryError("avcodec_alloc_context3");
        }
        int result = avcodec.avcodec_parameters_to_context(context, parameters);
        if (result >= 0) {
            context.pkt_timebase(input.stream().time_base());
            context.thread_count(options.decoderThreads());
            context.max_pixels(options.maxPixels());
            result = avcodec.avcodec_open2(context, codec, (AVDictionary) null);
        }
        if (result < 0) {
            avcodec.avcodec_free_context(context);
            throw new MediaException(
                    SourceFault.UNSUPPORTED_CODEC,
                    options.subject() + " has a video stream (" + name + ") that the decoder refuses: "
                            + Ffmpeg.describe(result) + ".");
        }
        return new FrameDecoder(options, context, new FrameNumbering(packetIsFrame(id)));
    }

    /** Codecs whose packets hold one shown frame each; VP8, for one, also sends frames that are never shown. */
    private static boolean packetIsFrame(int codec) {
        return codec == avcodec.AV_CODEC_ID_H264
                || codec == avcodec.AV_CODEC_ID_HEVC
                || codec == avcodec.AV_CODEC_ID_MPEG4
                || codec == avcodec.AV_CODEC_ID_MJPEG
                || codec == avcodec.AV_CODEC_ID_VP9
                || codec == avcodec.AV_CODEC_ID_AV1
                || codec == avcodec.AV_CODEC_ID_MPEG2VIDEO;
    }

    /**
     * Decodes the next frame in the order of showing.
     *
     * @return false at the end of the source
     */
    boolean next(MediaInput input) {
        while (true) {
            int result = drained ? Ffmpeg.EOF : avcodec.avcodec_receive_frame(context, frame);
            if (result >= 0) {
                accept();
                return true;
            }
            if (result == Ffmpeg.EOF) {
                drained = true;
                return false;
            }
            if (result != Ffmpeg.AGAIN) {
                refuse(result);
                continue;
            }
            feed(input);
        }
    }

    private void feed(MediaInput input) {
        int result;
        if (input.read(packet)) {
            try {
                if (untilKey && (packet.flags() & avcodec.AV_PKT_FLAG_KEY) == 0) {
                    return;
                }
                untilKey = false;
                anyPacket = true;
                if ((packet.flags() & avcodec.AV_PKT_FLAG_DISCARD) == 0) {
                    numbering.packet(packet.pts());
                }
                result = avcodec.avcodec_send_packet(context, packet);
            } finally {
                avcodec.av_packet_unref(packet);
            }
        } else {
            result = avcodec.avcodec_send_packet(context, null);
        }
        if (result < 0 && result != Ffmpeg.EOF) {
            refuse(result);
        }
    }

    private void accept() {
        refused = 0;
        if ((long) frame.width() * frame.height() > options.maxPixels()) {
            throw MediaInput.tooLarge(options, frame.width(), frame.height());
        }
        if ((frame.flags() & FLAG_CORRUPT) != 0 || frame.decode_error_flags() != 0) {
            corrupt++;
        }
        number = numbering.frame(frame.pts());
    }

    private void refuse(int error) {
        corrupt++;
        if (++refused > MAX_REFUSED) {
            throw new MediaException(
                    SourceFault.CORRUPT,
                    options.subject() + " can't be decoded any further: " + refused
                            + " damaged packets in a row, the last one because of: " + Ffmpeg.describe(error) + ".");
        }
    }

    /** To be called after the demuxer was moved: drops what is inside and skips to the next key frame. */
    void moved() {
        avcodec.avcodec_flush_buffers(context);
        numbering.moved();
        drained = false;
        untilKey = true;
        refused = 0;
    }

    /** The current frame is the first one after {@link #moved()} whose number is known. */
    void landed(long knownNumber) {
        number = knownNumber;
        numbering.landed(frame.pts(), knownNumber);
    }

    /** The current frame; valid until the next {@link #next}. */
    AVFrame frame() {
        return frame;
    }

    long number() {
        return number;
    }

    boolean positionsProved() {
        return numbering.proved();
    }

    boolean anyPacket() {
        return anyPacket;
    }

    long corrupt() {
        return corrupt;
    }

    void corrupt(long value) {
        corrupt = value;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            if (frame != null) {
                avutil.av_frame_free(frame);
            }
            if (packet != null) {
                avcodec.av_packet_free(packet);
            }
            avcodec.avcodec_free_context(context);
        }
    }
}
