package dev.vap.runner.decode;

import dev.vap.shared.domain.SourceFault;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avcodec.AVPacketSideData;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * An opened source and its best video stream: the demuxer's side. Owns the native context and frees it in {@link
 * #close()}. One thread at a time; every call is bounded by the guard.
 */
final class MediaInput implements AutoCloseable {
    private static final int NO_PICTURES = avformat.AV_DISPOSITION_ATTACHED_PIC
            | avformat.AV_DISPOSITION_TIMED_THUMBNAILS
            | avformat.AV_DISPOSITION_STILL_IMAGE;

    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(1);

    /** Times in a row that the demuxer may find nothing but damage before that is taken for the end. */
    private static final int MAX_BROKEN_READS = 1000;

    private final ReaderOptions options;
    /** Asked for with every packet: to make it anew each time would cost more than the rest of the asking. */
    private final String subject;

    private final CallGuard guard;
    private final AVFormatContext context;
    /** Where the bytes come from if FFmpeg does not fetch them; else null. */
    private final StreamIo io;

    private AVStream stream;
    private boolean timed;
    private boolean closed;

    private MediaInput(ReaderOptions options, CallGuard guard, AVFormatContext context, StreamIo io) {
        this.options = options;
        this.subject = options.subject();
        this.guard = guard;
        this.context = context;
        this.io = io;
    }

    /** Opens, probes and chooses the stream, all within {@link ReaderOptions.Limits#open()}. */
    static MediaInput open(ReaderOptions options, CallGuard guard) {
        return open(options, guard, null);
    }

    /**
     * @param opened the answer to the source's URL, if it was asked for already; owned by the input, also if this throws
     */
    static MediaInput open(ReaderOptions options, CallGuard guard, ByteStream opened) {
        StreamIo io = null;
        AVFormatContext context;
        try {
            guard.begin(options.limits().open());
            guard.check(options.subject());
            if (options.kind() == SourceKind.FILE) {
                FileInspector.requireReadable(options.path(), options.subject());
            }
            DemuxerChoice choice = DemuxerChoice.of(options);
            ByteStream bytes = opened;
            if (options.kind() == SourceKind.HTTP) {
                bytes = opened != null ? opened : options.openStream(options.url(), guard);
                opened = bytes;
                choice = DemuxerChoice.of(bytes, options);
                io = new StreamIo(options, guard);
            }
            context = openContext(options, guard, choice, io, bytes);
        } catch (RuntimeException | Error e) {
            if (io != null) {
                io.close();
            }
            if (opened != null) {
                opened.close();
            }
            throw e;
        }
        MediaInput input = new MediaInput(options, guard, context, io);
        try {
            input.probe();
            input.choose();
            input.timed = input.isLive(input.durationMillis(input.stream.time_base()));
            return input;
        } catch (RuntimeException | Error e) {
            input.close();
            throw e;
        }
    }

    private static AVFormatContext openContext(
            ReaderOptions options, CallGuard guard, DemuxerChoice choice, StreamIo io, ByteStream bytes) {
        AVDictionary dictionary = new AVDictionary(null);
        String address = bytes == null ? options.nativeUrl() : bytes.address();
        try (BytePointer url = new BytePointer(address, StandardCharsets.UTF_8)) {
            Ffmpeg.put(dictionary, choice.options());
            Ffmpeg.put(dictionary, options.demuxerOptions());
            Ffmpeg.put(dictionary, "protocol_whitelist", options.kind().protocols());
            Ffmpeg.put(dictionary, "format_whitelist", options.kind().containers());
            Ffmpeg.put(dictionary, "enable_drefs", "0");
            AVFormatContext context = avformat.avformat_alloc_context();
            if (context == null) {
                throw new OutOfMemoryError("avformat_alloc_context");
            }
            guard.guard(context);
            if (io != null) {
                io.attach(context, bytes);
            }
            if (options.kind().isRtsp()) {
                guard.watchRedirects(context);
            }
            // On failure FFmpeg frees the context itself.
            int result = avformat.avformat_open_input(context, url, choice.format(), dictionary);
            guard.watchNoMore();
            if (result == avutil.AVERROR_HTTP_OTHER_4XX() && choice.isVideoOnly()) {
                // Playing without a video stream is an error; with the others it can be told what there is.
                return openContext(options, guard, choice.ofAllMedia(), io, bytes);
            }
            if (result < 0) {
                throw explain(result, options, guard, io);
            }
            return context;
        } finally {
            avutil.av_dict_free(dictionary);
        }
    }

    private static MediaException explain(int error, ReaderOptions options, CallGuard guard, StreamIo io) {
        if (guard.redirect() != null) {
            return new RedirectException(options.subject(), guard.redirect());
        }
        guard.check(options.subject());
        if (io != null && io.failure() != null) {
            return io.failure();
        }
        return OpenErrors.explain(error, options);
    }

    /**
     * Reads as far as needed to know the codecs. The decoders that FFmpeg tries here get the same limit of pixels as
     * ours.
     */
    private void probe() {
        int streams = context.nb_streams();
        if (options.kind().isRtsp() && !describesVideo()) {
            // To wait for frames of what was described without any would take until the deadline.
            throw noVideo();
        }
        if (options.kind().isRtsp() && codecsAreDescribed()) {
            // FFmpeg would decode half a second of video to guess how frames are reordered; the decoder finds out
            // anyway.
            return;
        }
        AVDictionary[] dictionaries = new AVDictionary[streams];
        try (PointerPointer<Pointer> slots = new PointerPointer<>(Math.max(1, streams))) {
            for (int i = 0; i < streams; i++) {
                dictionaries[i] = new AVDictionary(null);
                Ffmpeg.put(dictionaries[i], "max_pixels", Long.toString(options.maxPixels()));
                Ffmpeg.put(dictionaries[i], "threads", "1");
                slots.put(i, dictionaries[i]);
            }
            int result = avformat.avformat_find_stream_info(context, streams == 0 ? null : slots);
            for (int i = 0; i < streams; i++) {
                // FFmpeg takes out the entries it used, which may leave it with another dictionary, or none.
                dictionaries[i] = new AVDictionary(slots.get(i));
            }
            if (result < 0) {
                throw explain(result, options, guard, io);
            }
        } finally {
            for (AVDictionary dictionary : dictionaries) {
                if (dictionary != null) {
                    avutil.av_dict_free(dictionary);
                }
            }
        }
        // It also ends early, without an error, when it is interrupted.
        guard.check(options.subject());
    }

    private boolean describesVideo() {
        for (int i = 0; i < context.nb_streams(); i++) {
            if (context.streams(i).codecpar().codec_type() == avutil.AVMEDIA_TYPE_VIDEO) {
                return true;
            }
        }
        return false;
    }

    private boolean codecsAreDescribed() {
        for (int i = 0; i < context.nb_streams(); i++) {
            if (context.streams(i).codecpar().codec_id() == avcodec.AV_CODEC_ID_NONE) {
                return false;
            }
        }
        return true;
    }

    private void choose() {
        int best = avformat.av_find_best_stream(
                context, avutil.AVMEDIA_TYPE_VIDEO, -1, -1, (PointerPointer<Pointer>) null, 0);
        if (best >= 0 && isPicture(context.streams(best))) {
            best = firstMoving();
        }
        if (best < 0) {
            throw noVideo();
        }
        stream = context.streams(best);
        for (int i = 0; i < context.nb_streams(); i++) {
            if (i != best) {
                context.streams(i).discard(avcodec.AVDISCARD_ALL);
            }
        }
        AVCodecParameters parameters = stream.codecpar();
        if (parameters.codec_id() == avcodec.AV_CODEC_ID_NONE) {
            throw new MediaException(
                    SourceFault.UNSUPPORTED_CODEC,
                    options.subject() + " has a video stream whose codec can't be recognized: it is damaged or of an"
                            + " unknown kind.");
        }
        long pixels = (long) parameters.width() * parameters.height();
        if (pixels > options.maxPixels()) {
            throw tooLarge(options, parameters.width(), parameters.height());
        }
    }

    static MediaException tooLarge(ReaderOptions options, int width, int height) {
        return new MediaException(
                SourceFault.TOO_LARGE,
                options.subject() + " has frames of " + width + "x" + height + " pixels, more than the "
                        + options.maxPixels() + " allowed: choose a smaller video.");
    }

    private static boolean isPicture(AVStream candidate) {
        return (candidate.disposition() & NO_PICTURES) != 0;
    }

    private int firstMoving() {
        for (int i = 0; i < context.nb_streams(); i++) {
            AVStream candidate = context.streams(i);
            if (candidate.codecpar().codec_type() == avutil.AVMEDIA_TYPE_VIDEO && !isPicture(candidate)) {
                return i;
            }
        }
        return -1;
    }

    private MediaException noVideo() {
        Set<String> audio = new LinkedHashSet<>();
        boolean picture = false;
        boolean known = false;
        for (int i = 0; i < context.nb_streams(); i++) {
            AVCodecParameters parameters = context.streams(i).codecpar();
            if (parameters.codec_type() == avutil.AVMEDIA_TYPE_AUDIO) {
                audio.add(Ffmpeg.string(avcodec.avcodec_get_name(parameters.codec_id())));
            }
            picture |= parameters.codec_type() == avutil.AVMEDIA_TYPE_VIDEO;
            known |= parameters.codec_id() != avcodec.AV_CODEC_ID_NONE;
        }
        if (!known) {
            return new MediaException(
                    SourceFault.CORRUPT,
                    options.subject() + " holds nothing that can be recognized: its index is damaged.");
        }
        String found = audio.isEmpty() ? "" : "audio (" + String.join(", ", audio) + ")";
        if (picture) {
            found += (found.isEmpty() ? "" : " and ") + "a still cover picture";
        }
        String only = found.isEmpty() ? "" : ", only " + found;
        return new MediaException(
                SourceFault.NO_VIDEO_STREAM,
                options.subject() + " has no video stream" + only + ": choose "
                        + (options.kind() == SourceKind.FILE ? "a file" : "a stream") + " with video.");
    }

    AVCodecParameters parameters() {
        return stream.codecpar();
    }

    AVStream stream() {
        return stream;
    }

    /**
     * Reads the next packet of the video stream into {@code packet}, which the caller unreferences.
     *
     * @return false at the end of the source
     */
    boolean read(AVPacket packet) {
        if (options.kind() == SourceKind.FILE) {
            // A disk that stops is found here; how long a frame takes is a matter of the file.
            guard.begin(options.limits().read());
        }
        guard.check(subject);
        for (int broken = 0; broken < MAX_BROKEN_READS; ) {
            int result = avformat.av_read_frame(context, packet);
            if (result >= 0 && packet.stream_index() == stream.index()) {
                guard.checkStopped(subject);
                return true;
            }
            avcodec.av_packet_unref(packet);
            guard.check(subject);
            if (io != null && io.failure() != null && result < 0) {
                throw io.failure();
            }
            if (result == Ffmpeg.EOF) {
                return false;
            }
            if (result == avutil.AVERROR_INVALIDDATA()) {
                broken++;
            } else if (result < 0 && result != Ffmpeg.AGAIN) {
                throw OpenErrors.brokenOff(result, options);
            }
        }
        return false;
    }

    /**
     * Goes to a key frame at or before the timestamp, in units of the stream's time base; false if that is not
     * possible.
     */
    boolean seek(long timestamp) {
        guard.begin(options.limits().read());
        int result = avformat.av_seek_frame(context, stream.index(), timestamp, avformat.AVSEEK_FLAG_BACKWARD);
        if (result < 0) {
            guard.check(options.subject());
        }
        return result >= 0;
    }

    MediaInfo info() {
        AVCodecParameters parameters = stream.codecpar();
        AVRational timeBase = stream.time_base();
        double rate = ratio(stream.avg_frame_rate());
        if (rate <= 0) {
            rate = ratio(stream.r_frame_rate());
        }
        int rotation = rotation();
        boolean upright = rotation % 180 == 0 || rotation % 90 != 0;
        long millis = durationMillis(timeBase);
        long frames = stream.nb_frames();
        if (frames <= 0) {
            frames = millis > 0 && rate > 0 ? Math.round(millis * rate / 1000) : -1;
        }
        return new MediaInfo(
                Ffmpeg.string(context.iformat().name()),
                Ffmpeg.string(avcodec.avcodec_get_name(parameters.codec_id())),
                upright ? parameters.width() : parameters.height(),
                upright ? parameters.height() : parameters.width(),
                rate,
                timeBase.num(),
                timeBase.den(),
                millis,
                frames,
                rotation,
                isLive(millis),
                Math.max(0, Math.max(context.bit_rate(), parameters.bit_rate())));
    }

    /** Whether when its packets arrive says something. */
    boolean isTimed() {
        return timed;
    }

    /** Of what comes over HTTP only the container knows: an end that is known belongs to a recording. */
    private boolean isLive(long millis) {
        return options.kind().alwaysLive() || (options.kind() == SourceKind.HTTP && millis <= 0);
    }

    private long durationMillis(AVRational timeBase) {
        if (stream.duration() != Ffmpeg.NO_TIMESTAMP && stream.duration() > 0) {
            return Math.round((double) stream.duration() * timeBase.num() * 1000 / timeBase.den());
        }
        long whole = context.duration();
        return whole == Ffmpeg.NO_TIMESTAMP || whole <= 0 ? -1 : whole / (avutil.AV_TIME_BASE / 1000);
    }

    private static double ratio(AVRational rational) {
        return rational.den() == 0 ? 0 : (double) rational.num() / rational.den();
    }

    private int rotation() {
        AVCodecParameters parameters = stream.codecpar();
        AVPacketSideData sideData = parameters.coded_side_data();
        if (sideData == null || sideData.isNull()) {
            return 0;
        }
        AVPacketSideData matrix = avcodec.av_packet_side_data_get(
                sideData, parameters.nb_coded_side_data(), avcodec.AV_PKT_DATA_DISPLAYMATRIX);
        if (matrix == null || matrix.isNull() || matrix.size() < 36) {
            return 0;
        }
        IntBuffer values = matrix.data()
                .capacity(matrix.size())
                .asByteBuffer()
                .order(ByteOrder.nativeOrder())
                .asIntBuffer();
        double degrees = avutil.av_display_rotation_get(values);
        return Double.isNaN(degrees) ? 0 : Math.floorMod(-Math.round(degrees), 360);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            // To say goodbye to a camera takes a moment; it gets no more.
            guard.begin(CLOSE_PATIENCE);
            avformat.avformat_close_input(context);
            if (io != null) {
                io.close();
            }
        }
    }
}
