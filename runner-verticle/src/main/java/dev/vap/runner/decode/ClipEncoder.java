package dev.vap.runner.decode;

import dev.vap.shared.domain.SourceFault;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
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
 * Writes BGR frames to an MP4 file: H.264 by OpenH264 where the build has it, else MPEG-4 Part 2.
 *
 * <p>One thread at a time. The file is complete only after {@link #finish()}; {@link #close()} alone frees everything
 * and leaves a file without an index.
 */
public final class ClipEncoder implements AutoCloseable {
    private final ClipOptions options;
    private final String subject;
    private String encoder = "";
    private AVFormatContext container;
    private AVCodecContext codec;
    private AVStream stream;
    private AVFrame frame;
    private AVPacket packet;
    private SwsContext scaler;
    private final Scratch copy = new Scratch();
    private long nextSlot;
    private boolean finished;

    private ClipEncoder(ClipOptions options) {
        this.options = options;
        Object name = Objects.requireNonNullElse(options.path().getFileName(), options.path());
        this.subject = "The clip " + name;
    }

    /** Creates the file and writes its header. The caller closes the encoder. */
    public static ClipEncoder open(ClipOptions options) {
        Ffmpeg.load();
        ClipEncoder clip = new ClipEncoder(options);
        try {
            clip.openContainer();
            clip.openCodec();
            clip.openPictures();
            clip.writeHeader();
            return clip;
        } catch (RuntimeException | Error e) {
            clip.close();
            throw e;
        }
    }

    /** FFmpeg's name of the encoder in use: {@code libopenh264} or {@code mpeg4}. */
    public String encoder() {
        return encoder;
    }

    private void openContainer() {
        container = new AVFormatContext(null);
        try (BytePointer url = new BytePointer("file:" + options.path().toAbsolutePath(), StandardCharsets.UTF_8);
                BytePointer format = new BytePointer("mp4", StandardCharsets.UTF_8)) {
            // The muxer opens the file a second time, by this name, to move the index to the front.
            check(avformat.avformat_alloc_output_context2(container, null, format, url), "can't be created");
            AVIOContext file = new AVIOContext(null);
            check(avformat.avio_open(file, url, avformat.AVIO_FLAG_WRITE), "can't be created");
            container.pb(file);
        }
    }

    private void openCodec() {
        AVCodec chosen = options.bFrames() > 0 ? null : avcodec.avcodec_find_encoder_by_name("libopenh264");
        if (chosen == null) {
            chosen = avcodec.avcodec_find_encoder_by_name("mpeg4");
        }
        if (chosen == null) {
            throw new MediaException(
                    SourceFault.UNSUPPORTED_CODEC, subject + " can't be written: there is no encoder.");
        }
        encoder = Ffmpeg.string(chosen.name());
        codec = avcodec.avcodec_alloc_context3(chosen);
        AVRational rate = avutil.av_d2q(options.framesPerSecond(), 60_000);
        codec.width(options.width());
        codec.height(options.height());
        codec.pix_fmt(avutil.AV_PIX_FMT_YUV420P);
        codec.time_base(avutil.av_inv_q(rate));
        codec.framerate(rate);
        codec.gop_size(options.keyEvery());
        codec.max_b_frames(options.bFrames());
        codec.thread_count(1);
        codec.bit_rate(bitRate());
        if ((container.oformat().flags() & avformat.AVFMT_GLOBALHEADER) != 0) {
            codec.flags(codec.flags() | avcodec.AV_CODEC_FLAG_GLOBAL_HEADER);
        }
        check(avcodec.avcodec_open2(codec, chosen, (AVDictionary) null), "can't be encoded as " + encoder);
        stream = avformat.avformat_new_stream(container, null);
        stream.time_base(codec.time_base());
        stream.avg_frame_rate(rate);
        check(avcodec.avcodec_parameters_from_context(stream.codecpar(), codec), "can't be created");
    }

    private long bitRate() {
        if (options.bitRate() > 0) {
            return options.bitRate();
        }
        // Generous: a quarter of a byte a pixel at 25 frames a second.
        double bits = 2.0 * options.width() * options.height() * Math.min(25, Math.max(5, options.framesPerSecond()));
        return (long) Math.min(50_000_000, Math.max(200_000, bits));
    }

    private void openPictures() {
        frame = avutil.av_frame_alloc();
        packet = avcodec.av_packet_alloc();
        frame.format(codec.pix_fmt());
        frame.width(options.width());
        frame.height(options.height());
        check(avutil.av_frame_get_buffer(frame, 0), "can't be created");
        scaler = swscale.sws_getContext(
                options.width(),
                options.height(),
                avutil.AV_PIX_FMT_BGR24,
                options.width(),
                options.height(),
                codec.pix_fmt(),
                swscale.SWS_BICUBIC,
                (SwsFilter) null,
                (SwsFilter) null,
                (DoublePointer) null);
        if (scaler == null) {
            throw new MediaException(SourceFault.IO, subject + " can't be created: no memory for converting.");
        }
    }

    private void writeHeader() {
        AVDictionary muxer = new AVDictionary(null);
        try {
            if (options.indexFirst()) {
                Ffmpeg.put(muxer, "movflags", "+faststart");
            }
            check(avformat.avformat_write_header(container, muxer), "can't be written");
        } finally {
            avutil.av_dict_free(muxer);
        }
    }

    /** Writes a frame one frame time after the one before. */
    public void write(ByteBuffer bgr) {
        write(bgr, nextSlot);
    }

    /**
     * Writes a frame at a time of its own, for a variable frame rate.
     *
     * @param bgr height x width x 3 remaining bytes, without padding; copied, its position stays
     * @param slot when it is shown, in frame times after the start; larger than that of the frame before
     */
    public void write(ByteBuffer bgr, long slot) {
        if (finished || container == null) {
            throw new IllegalStateException("the clip is finished");
        }
        int size = options.width() * options.height() * 3;
        if (bgr.remaining() != size) {
            throw new IllegalArgumentException("a frame has " + size + " bytes, not " + bgr.remaining());
        }
        if (slot < nextSlot) {
            throw new IllegalArgumentException("frame at slot " + slot + " comes after the one at " + (nextSlot - 1));
        }
        // swscale's vector code may read some bytes past the last pixel, so the pixels are copied to where there are
        // some.
        ByteBuffer direct = copy.atLeast(size);
        direct.put(0, bgr, bgr.position(), size);
        check(avutil.av_frame_make_writable(frame), "can't be encoded");
        try (BytePointer pixels = new BytePointer(direct);
                PointerPointer<Pointer> rows = new PointerPointer<>(4);
                IntPointer stride = new IntPointer(options.width() * 3, 0, 0, 0)) {
            rows.put(0, pixels).put(1, (Pointer) null).put(2, (Pointer) null).put(3, (Pointer) null);
            swscale.sws_scale(scaler, rows, stride, 0, options.height(), frame.data(), frame.linesize());
        }
        frame.pts(slot);
        nextSlot = slot + 1;
        encode(frame);
    }

    private void encode(AVFrame next) {
        check(avcodec.avcodec_send_frame(codec, next), "can't be encoded");
        while (true) {
            int result = avcodec.avcodec_receive_packet(codec, packet);
            if (result == Ffmpeg.AGAIN || result == Ffmpeg.EOF) {
                return;
            }
            check(result, "can't be encoded");
            avcodec.av_packet_rescale_ts(packet, codec.time_base(), stream.time_base());
            packet.stream_index(stream.index());
            if (packet.duration() == 0) {
                packet.duration(avutil.av_rescale_q(1, codec.time_base(), stream.time_base()));
            }
            // Takes over the packet's content.
            check(avformat.av_interleaved_write_frame(container, packet), "can't be written");
        }
    }

    /** Writes what the encoder holds back, and the index. Harmless when repeated. */
    public void finish() {
        if (!finished && container != null) {
            finished = true;
            encode(null);
            check(avformat.av_write_trailer(container), "can't be written");
        }
    }

    private void check(int result, String what) {
        if (result < 0) {
            throw new MediaException(SourceFault.IO, subject + " " + what + ": " + Ffmpeg.describe(result) + ".");
        }
    }

    /** Frees everything native and closes the file. Harmless when repeated. */
    @Override
    public void close() {
        if (scaler != null) {
            swscale.sws_freeContext(scaler);
            scaler = null;
        }
        if (packet != null) {
            avcodec.av_packet_free(packet);
            packet = null;
        }
        if (frame != null) {
            avutil.av_frame_free(frame);
            frame = null;
        }
        if (codec != null) {
            avcodec.avcodec_free_context(codec);
            codec = null;
        }
        if (container != null) {
            if (!container.isNull()) {
                if (container.pb() != null) {
                    avformat.avio_closep(container.pb());
                }
                avformat.avformat_free_context(container);
            }
            container = null;
        }
        copy.close();
    }
}
