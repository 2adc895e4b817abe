package dev.vap.testing.video;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;

/** Draws the frames of a {@link StreamSpec} and compresses them. One thread; owns native memory until closed. */
final class Encoder implements AutoCloseable {
    private final StreamSpec spec;
    private final AVCodecContext codec;
    private final AVFrame frame;
    private final AVPacket packet;
    private final List<byte[]> done = new ArrayList<>();

    private Encoder(StreamSpec spec) {
        this.spec = spec;
        boolean h264 = spec.codec() == StreamSpec.Codec.H264;
        String name = h264 ? "libopenh264" : "mjpeg";
        AVCodec chosen = avcodec.avcodec_find_encoder_by_name(name);
        if (chosen == null) {
            throw new IllegalStateException("This build of FFmpeg has no encoder " + name + ".");
        }
        codec = avcodec.avcodec_alloc_context3(chosen);
        frame = avutil.av_frame_alloc();
        packet = avcodec.av_packet_alloc();
        AVDictionary options = new AVDictionary(null);
        try {
            AVRational rate = avutil.av_d2q(spec.framesPerSecond(), 60_000);
            codec.width(spec.width());
            codec.height(spec.height());
            codec.pix_fmt(h264 ? avutil.AV_PIX_FMT_YUV420P : avutil.AV_PIX_FMT_YUVJ420P);
            codec.time_base(avutil.av_inv_q(rate));
            codec.framerate(rate);
            codec.gop_size(spec.keyEvery());
            codec.max_b_frames(0);
            codec.thread_count(1);
            codec.bit_rate(Math.max(200_000, 4L * spec.width() * spec.height()));
            if (!h264) {
                // RTP knows only the standard tables.
                Natives.put(options, "huffman", "default");
            }
            Natives.check(avcodec.avcodec_open2(codec, chosen, options), "open the encoder " + name);
            frame.format(codec.pix_fmt());
            frame.width(spec.width());
            frame.height(spec.height());
            Natives.check(avutil.av_frame_get_buffer(frame, 0), "allocate a frame");
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        } finally {
            avutil.av_dict_free(options);
        }
    }

    /** One access unit a frame: H.264 with start codes, or a JPEG picture. */
    static List<byte[]> encode(StreamSpec spec) {
        Natives.load();
        try (Encoder encoder = new Encoder(spec)) {
            for (int i = 0; i < spec.frames(); i++) {
                encoder.draw(i);
                encoder.encodeFrame(encoder.frame);
            }
            encoder.encodeFrame(null);
            if (encoder.done.size() != spec.frames()) {
                throw new IllegalStateException(
                        "The encoder made " + encoder.done.size() + " of " + spec.frames() + " frames.");
            }
            return encoder.done;
        }
    }

    /** A light box that travels from left to right over a grey slope. */
    private void draw(int number) {
        Natives.check(avutil.av_frame_make_writable(frame), "write to a frame");
        int side = spec.height() / 4;
        int left = TestStream.boxLeft(spec, number);
        int top = (spec.height() - side) / 2;
        byte[] row = new byte[spec.width()];
        for (int y = 0; y < spec.height(); y++) {
            for (int x = 0; x < row.length; x++) {
                boolean inBox = x >= left && x < left + side && y >= top && y < top + side;
                row[x] = (byte) (inBox ? 230 : 40 + 60 * (x + y) / (spec.width() + spec.height()));
            }
            put(0, y, row, row.length);
        }
        byte[] grey = new byte[(spec.width() + 1) / 2];
        Arrays.fill(grey, (byte) 128);
        for (int y = 0; y < (spec.height() + 1) / 2; y++) {
            put(1, y, grey, grey.length);
            put(2, y, grey, grey.length);
        }
        frame.pts(number);
    }

    private void put(int plane, int y, byte[] row, int length) {
        BytePointer target = frame.data(plane);
        target.position((long) y * frame.linesize(plane)).put(row, 0, length);
    }

    private void encodeFrame(AVFrame next) {
        Natives.check(avcodec.avcodec_send_frame(codec, next), "encode a frame");
        while (true) {
            int result = avcodec.avcodec_receive_packet(codec, packet);
            if (result == Natives.AGAIN || result == Natives.EOF) {
                return;
            }
            Natives.check(result, "encode a frame");
            byte[] bytes = new byte[packet.size()];
            packet.data().get(bytes);
            done.add(bytes);
            avcodec.av_packet_unref(packet);
        }
    }

    @Override
    public void close() {
        avcodec.av_packet_free(packet);
        avutil.av_frame_free(frame);
        avcodec.avcodec_free_context(codec);
    }
}
