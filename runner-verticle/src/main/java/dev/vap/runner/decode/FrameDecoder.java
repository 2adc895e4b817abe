package dev.vap.runner.decode;

import dev.vap.shared.domain.SourceFault;
import java.time.Instant;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avcodec.AVProducerReferenceTime;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.SizeTPointer;

/**
 * Turns the packets of one stream into frames. Owns the native decoder, one packet and one frame, and frees them in
 * {@link #close()}. One thread at a time.
 */
final class FrameDecoder implements AutoCloseable {
    /** Refused packets one after another, with no frame between them, after which a stream is given up. */
    private static final int MAX_REFUSED = 600;

    private static final int FLAG_CORRUPT = 1;

    /** A packet that was there already is read in less. */
    private static final long WAITED_NANOS = 2_000_000;

    private final ReaderOptions options;
    private final AVCodecContext context;
    private final AVPacket packet;
    private final AVFrame frame;
    /** Null unless hardware decodes. */
    private final String hardware;
    /** Where its frames are fetched to. */
    private final AVFrame fetched;

    private final FrameNumbering numbering;
    private final CaptureClock capture = new CaptureClock();
    private final double micros;
    private long corrupt;
    private int refused;
    private boolean drained;
    private boolean untilKey;
    private boolean anyPacket;
    private boolean closed;
    private boolean inHardware;
    private long bytesRead;
    /** Of a live source: packets since the last frame, and what became of those that gave none. */
    private final boolean live;

    private boolean anyFrame;
    private long packetsSince;
    private long lateSince;
    private long undecodable;
    private long skipped;
    private long late;
    private Skip skip = Skip.NOTHING;
    private Skip wantedSkip = Skip.NOTHING;
    private long number = -1;

    private FrameDecoder(
            ReaderOptions options,
            AVCodecContext context,
            String hardware,
            FrameNumbering numbering,
            double micros,
            boolean live) {
        this.options = options;
        this.context = context;
        this.hardware = hardware;
        this.numbering = numbering;
        this.micros = micros;
        this.live = live;
        this.packet = avcodec.av_packet_alloc();
        this.frame = avutil.av_frame_alloc();
        this.fetched = hardware == null ? null : avutil.av_frame_alloc();
        if (packet == null || frame == null || (hardware != null && fetched == null)) {
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
        String hardware = null;
        AVRational base = input.stream().time_base();
        int result = avcodec.avcodec_parameters_to_context(context, parameters);
        if (result >= 0) {
            hardware = Hardware.prepare(context, codec, options);
            context.pkt_timebase(base);
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
        double micros = 1e6 * base.num() / base.den();
        return new FrameDecoder(
                options, context, hardware, new FrameNumbering(packetIsFrame(id)), micros, input.isTimed());
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
            inHardware = false;
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
        long asked = System.nanoTime();
        if (input.read(packet)) {
            try {
                boolean key = (packet.flags() & avcodec.AV_PKT_FLAG_KEY) != 0;
                if (untilKey && !key) {
                    return;
                }
                untilKey = false;
                anyPacket = true;
                bytesRead += packet.size();
                if (key && skip != wantedSkip) {
                    setSkip(wantedSkip);
                }
                if (live) {
                    arrived(System.nanoTime(), asked);
                    packetsSince++;
                    if (skip == Skip.NON_KEY && !key) {
                        lateSince++;
                        return;
                    }
                }
                if (!live && (packet.flags() & avcodec.AV_PKT_FLAG_DISCARD) == 0) {
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

    private void arrived(long now, long asked) {
        long timestamp = packet.dts() != Ffmpeg.NO_TIMESTAMP ? packet.dts() : packet.pts();
        if (timestamp == Ffmpeg.NO_TIMESTAMP) {
            return;
        }
        capture.packet(Math.round(timestamp * micros), now, now - asked > WAITED_NANOS);
        if (options.kind().isRtsp() && packet.pts() != Ffmpeg.NO_TIMESTAMP) {
            BytePointer data = avcodec.av_packet_get_side_data(packet, avcodec.AV_PKT_DATA_PRFT, (SizeTPointer) null);
            if (data != null && !data.isNull()) {
                long wallClock = new AVProducerReferenceTime(data).wallclock();
                capture.report(Math.round(packet.pts() * micros), wallClock);
            }
        }
    }

    /** When the current frame was captured; of a source without timestamps, now. */
    Instant capturedAt(Instant now) {
        long timestamp = frame().best_effort_timestamp();
        return timestamp == Ffmpeg.NO_TIMESTAMP
                ? now
                : capture.capturedAt(Math.round(timestamp * micros), System.nanoTime(), now);
    }

    /** For how long the current frame has been there, waiting to be read and decoded. */
    long latenessNanos() {
        long timestamp = frame().best_effort_timestamp();
        return timestamp == Ffmpeg.NO_TIMESTAMP
                ? 0
                : capture.latenessNanos(Math.round(timestamp * micros), System.nanoTime());
    }

    boolean believesSender() {
        return capture.believesSender();
    }

    /** Leaves out more at once; leaves out less from the next key frame on, without which the rest would be garbage. */
    void skip(Skip wanted) {
        wantedSkip = wanted;
        if (wanted.compareTo(skip) > 0) {
            setSkip(wanted);
        }
    }

    private void setSkip(Skip now) {
        skip = now;
        context.skip_frame(now.discard());
    }

    /** Null for software. */
    String hardware() {
        return hardware;
    }

    private void accept() {
        refused = 0;
        inHardware = hardware != null && Hardware.isInHardware(frame);
        if (inHardware) {
            int result = Hardware.fetch(frame, fetched);
            if (result < 0) {
                Hardware.broke(hardware);
                throw new MediaException(
                        SourceFault.IO,
                        options.subject() + " can't be decoded by " + hardware + " any more: " + Ffmpeg.describe(result)
                                + "; software takes over.");
            }
        }
        if ((long) frame.width() * frame.height() > options.maxPixels()) {
            throw MediaInput.tooLarge(options, frame.width(), frame.height());
        }
        if ((frame.flags() & FLAG_CORRUPT) != 0 || frame.decode_error_flags() != 0) {
            corrupt++;
        }
        number = live ? number + 1 + countGap() : numbering.frame(frame.pts());
    }

    /** A packet is a frame, but for those at the start that fill the decoder. */
    private long countGap() {
        long gap = anyFrame ? Math.max(0, packetsSince - 1) : 0;
        long caughtUp = Math.min(gap, lateSince);
        late += caughtUp;
        if (skip == Skip.NON_REFERENCE) {
            skipped += gap - caughtUp;
        } else {
            undecodable += gap - caughtUp;
        }
        anyFrame = true;
        packetsSince = 0;
        lateSince = 0;
        return gap;
    }

    /** Frames of a live source that were damaged. */
    long undecodable() {
        return undecodable;
    }

    /** Frames of a live source that the decoder left out because no other frame needs them. */
    long skipped() {
        return skipped;
    }

    /** Frames of a live source that were left out to catch up. */
    long late() {
        return late;
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
        return inHardware ? fetched : frame;
    }

    long number() {
        return number;
    }

    /** Of packets so far. */
    long bytesRead() {
        return bytesRead;
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
            if (fetched != null) {
                avutil.av_frame_free(fetched);
            }
            if (packet != null) {
                avcodec.av_packet_free(packet);
            }
            avcodec.avcodec_free_context(context);
        }
    }
}
