package dev.vap.runner.decode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;

/** Writes a second of silence, with or without a cover picture, as MP4. */
final class TestAudio {
    private static final int RATE = 8000;

    private TestAudio() {}

    static void write(Path file, boolean cover) {
        Ffmpeg.load();
        AVFormatContext container = new AVFormatContext(null);
        ok(avformat.avformat_alloc_output_context2(container, null, "mp4", file.toString()));
        AVCodec aac = avcodec.avcodec_find_encoder(avcodec.AV_CODEC_ID_AAC);
        AVCodecContext codec = avcodec.avcodec_alloc_context3(aac);
        AVPacket packet = avcodec.av_packet_alloc();
        AVFrame frame = avutil.av_frame_alloc();
        AVIOContext out = new AVIOContext(null);
        try {
            codec.sample_rate(RATE);
            codec.sample_fmt(avutil.AV_SAMPLE_FMT_FLTP);
            avutil.av_channel_layout_default(codec.ch_layout(), 1);
            codec.bit_rate(32_000);
            codec.flags(codec.flags() | avcodec.AV_CODEC_FLAG_GLOBAL_HEADER);
            ok(avcodec.avcodec_open2(codec, aac, (AVDictionary) null));
            AVStream stream = avformat.avformat_new_stream(container, null);
            ok(avcodec.avcodec_parameters_from_context(stream.codecpar(), codec));
            stream.time_base(avutil.av_make_q(1, RATE));
            AVStream picture = cover ? pictureStream(container) : null;
            ok(avformat.avio_open(out, "file:" + file.toAbsolutePath(), avformat.AVIO_FLAG_WRITE));
            container.pb(out);
            ok(avformat.avformat_write_header(container, (AVDictionary) null));
            if (picture != null) {
                writePicture(container, picture, packet);
            }
            writeSilence(container, stream, codec, frame, packet);
            ok(avformat.av_write_trailer(container));
        } finally {
            avutil.av_frame_free(frame);
            avcodec.av_packet_free(packet);
            avcodec.avcodec_free_context(codec);
            avformat.avio_closep(out);
            avformat.avformat_free_context(container);
        }
    }

    private static AVStream pictureStream(AVFormatContext container) {
        AVStream picture = avformat.avformat_new_stream(container, null);
        AVCodecParameters parameters = picture.codecpar();
        parameters.codec_type(avutil.AVMEDIA_TYPE_VIDEO);
        parameters.codec_id(avcodec.AV_CODEC_ID_MJPEG);
        parameters.width(64);
        parameters.height(48);
        parameters.format(avutil.AV_PIX_FMT_YUVJ420P);
        picture.disposition(avformat.AV_DISPOSITION_ATTACHED_PIC);
        picture.time_base(avutil.av_make_q(1, 90_000));
        return picture;
    }

    private static void writePicture(AVFormatContext container, AVStream picture, AVPacket packet) {
        try {
            byte[] jpeg = TestClips.jpeg(64, 48, 1);
            ok(avcodec.av_new_packet(packet, jpeg.length));
            packet.data().put(jpeg, 0, jpeg.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        packet.stream_index(picture.index());
        packet.flags(avcodec.AV_PKT_FLAG_KEY);
        packet.pts(0);
        packet.dts(0);
        ok(avformat.av_interleaved_write_frame(container, packet));
    }

    private static void writeSilence(
            AVFormatContext container, AVStream stream, AVCodecContext codec, AVFrame frame, AVPacket packet) {
        frame.format(codec.sample_fmt());
        frame.nb_samples(codec.frame_size());
        frame.sample_rate(RATE);
        ok(avutil.av_channel_layout_copy(frame.ch_layout(), codec.ch_layout()));
        ok(avutil.av_frame_get_buffer(frame, 0));
        for (int samples = 0; samples <= RATE; samples += codec.frame_size()) {
            ok(avutil.av_frame_make_writable(frame));
            avutil.av_samples_set_silence(frame.data(), 0, frame.nb_samples(), 1, codec.sample_fmt());
            frame.pts(samples);
            encode(container, stream, codec, frame, packet);
        }
        encode(container, stream, codec, null, packet);
    }

    private static void encode(
            AVFormatContext container, AVStream stream, AVCodecContext codec, AVFrame frame, AVPacket packet) {
        ok(avcodec.avcodec_send_frame(codec, frame));
        while (avcodec.avcodec_receive_packet(codec, packet) >= 0) {
            packet.stream_index(stream.index());
            avcodec.av_packet_rescale_ts(packet, avutil.av_make_q(1, RATE), stream.time_base());
            ok(avformat.av_interleaved_write_frame(container, packet));
        }
    }

    private static void ok(int result) {
        if (result < 0) {
            throw new IllegalStateException(Ffmpeg.describe(result));
        }
    }
}
