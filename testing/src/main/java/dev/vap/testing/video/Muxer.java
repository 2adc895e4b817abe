package dev.vap.testing.video;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;

/** Puts frames of a {@link TestStream} into containers. */
final class Muxer {
    private Muxer() {}

    static void mp4(TestStream source, Path file, boolean indexFirst) {
        Natives.load();
        AVFormatContext container = new AVFormatContext(null);
        AVIOContext bytes = new AVIOContext(null);
        // The muxer opens the file a second time, by this name, to move the index to the front.
        try (BytePointer url = new BytePointer("file:" + file.toAbsolutePath(), StandardCharsets.UTF_8);
                BytePointer format = new BytePointer("mp4", StandardCharsets.UTF_8)) {
            Natives.check(avformat.avformat_alloc_output_context2(container, null, format, url), "make an MP4");
            Natives.check(avformat.avio_open(bytes, url, avformat.AVIO_FLAG_WRITE), "create " + file);
            container.pb(bytes);
            write(container, source, 0, source.spec().frames(), "movflags", indexFirst ? "+faststart" : "");
        } finally {
            if (!bytes.isNull()) {
                avformat.avio_closep(bytes);
            }
            avformat.avformat_free_context(container);
        }
    }

    static byte[] mpegTs(TestStream source, long first, int count) {
        Natives.load();
        AVFormatContext container = new AVFormatContext(null);
        AVIOContext bytes = new AVIOContext(null);
        BytePointer written = new BytePointer((BytePointer) null);
        try (BytePointer format = new BytePointer("mpegts", StandardCharsets.UTF_8)) {
            Natives.check(
                    avformat.avformat_alloc_output_context2(container, null, format, (BytePointer) null),
                    "make an MPEG-TS");
            Natives.check(avformat.avio_open_dyn_buf(bytes), "allocate a buffer");
            container.pb(bytes);
            // Packet counters start anew in every part; the flag says so to whoever reads the parts as one stream.
            write(container, source, first, count, "mpegts_flags", "+initial_discontinuity");
        } finally {
            if (!bytes.isNull()) {
                int size = avformat.avio_close_dyn_buf(bytes, written);
                written.capacity(size);
            }
            avformat.avformat_free_context(container);
        }
        byte[] result = new byte[(int) written.capacity()];
        written.get(result);
        avutil.av_free(written);
        return result;
    }

    private static void write(
            AVFormatContext container, TestStream source, long first, int count, String option, String value) {
        AVStream stream = avformat.avformat_new_stream(container, null);
        AVRational ticks = avutil.av_make_q(1, StreamSpec.TICKS_PER_SECOND);
        stream.time_base(ticks);
        stream.avg_frame_rate(avutil.av_d2q(source.spec().framesPerSecond(), 60_000));
        describe(stream.codecpar(), source);
        AVDictionary options = new AVDictionary(null);
        AVPacket packet = avcodec.av_packet_alloc();
        try {
            if (!value.isEmpty()) {
                Natives.put(options, option, value);
            }
            Natives.check(avformat.avformat_write_header(container, options), "write a header");
            for (long number = first; number < first + count; number++) {
                TestStream.Unit unit = source.unit(number);
                byte[] bytes = unit.annexB();
                Natives.check(avcodec.av_new_packet(packet, bytes.length), "allocate a packet");
                packet.data().put(bytes, 0, bytes.length);
                packet.pts(source.spec().ticks(number));
                packet.dts(packet.pts());
                packet.duration(source.spec().ticks(number + 1) - packet.pts());
                packet.flags(unit.key() ? avcodec.AV_PKT_FLAG_KEY : 0);
                avcodec.av_packet_rescale_ts(packet, ticks, stream.time_base());
                // Takes over the packet's content.
                Natives.check(avformat.av_interleaved_write_frame(container, packet), "write a frame");
            }
            Natives.check(avformat.av_write_trailer(container), "write a trailer");
        } finally {
            avcodec.av_packet_free(packet);
            avutil.av_dict_free(options);
        }
    }

    private static void describe(AVCodecParameters parameters, TestStream source) {
        if (source.spec().codec() != StreamSpec.Codec.H264) {
            throw new IllegalArgumentException("only H.264 is written to files, not " + source.spec());
        }
        parameters.codec_type(avutil.AVMEDIA_TYPE_VIDEO);
        parameters.codec_id(avcodec.AV_CODEC_ID_H264);
        parameters.width(source.spec().width());
        parameters.height(source.spec().height());
        parameters.format(avutil.AV_PIX_FMT_YUV420P);
        byte[] sets = new TestStream.Unit(List.of(source.sps(), source.pps()), false).annexB();
        // Freed with the parameters.
        BytePointer extra = new BytePointer(avutil.av_mallocz(sets.length + avcodec.AV_INPUT_BUFFER_PADDING_SIZE));
        extra.put(sets, 0, sets.length);
        parameters.extradata(extra);
        parameters.extradata_size(sets.length);
    }
}
