package dev.vap.runner.decode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVCodecHWConfig;
import org.bytedeco.ffmpeg.avutil.AVBufferRef;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decoding by hardware: finds a device for a codec context, and fetches its frames into main memory. Where there is none
 * it says so in the log and leaves the context to software. Frames of the device never leave {@link FrameDecoder}.
 */
final class Hardware {
    private static final Logger LOG = LoggerFactory.getLogger(Hardware.class);
    private static final Chooser CHOOSER = new Chooser();

    /** Devices that failed while decoding; not tried again by this process. */
    private static final Set<String> BROKEN = ConcurrentHashMap.newKeySet();

    private Hardware() {}

    /**
     * Prepares the context, which is not open yet, and owns the device from then on.
     *
     * @return the name of the hardware; null for software
     */
    static String prepare(AVCodecContext context, AVCodec codec, ReaderOptions options) {
        if (options.hwaccel().equals(ReaderOptions.SOFTWARE)) {
            return null;
        }
        boolean auto = options.hwaccel().equals("auto");
        List<String> names = auto ? present() : List.of(options.hwaccel());
        String why = "this machine has none";
        for (String name : names) {
            if (BROKEN.contains(name)) {
                why = name + " failed before";
                continue;
            }
            why = attach(context, codec, name);
            if (why == null) {
                return name;
            }
        }
        if (auto) {
            LOG.info("{} is decoded in software: no hardware could be used ({})", options.subject(), why);
        } else {
            LOG.warn("{} is decoded in software: {} ({})", options.subject(), options.hwaccel(), why);
        }
        return null;
    }

    /** What is worth a try here. */
    private static List<String> present() {
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        List<String> names = new ArrayList<>();
        if (system.contains("mac")) {
            names.add("videotoolbox");
        } else if (system.contains("windows")) {
            names.add("cuda");
            names.add("d3d11va");
        } else {
            if (Files.exists(Path.of("/dev/nvidia0"))) {
                names.add("cuda");
            }
            if (Files.exists(Path.of("/dev/dri/renderD128"))) {
                names.add("vaapi");
            }
        }
        return names;
    }

    /** Null if it worked, else why not. */
    private static String attach(AVCodecContext context, AVCodec codec, String name) {
        int type;
        try (BytePointer text = new BytePointer(name)) {
            type = avutil.av_hwdevice_find_type_by_name(text);
        }
        if (type == avutil.AV_HWDEVICE_TYPE_NONE) {
            return "this build of FFmpeg does not know it";
        }
        int format = pixelFormat(codec, type);
        if (format == avutil.AV_PIX_FMT_NONE) {
            return "it does not decode " + Ffmpeg.string(codec.name());
        }
        AVBufferRef device = new AVBufferRef(null);
        int result = avutil.av_hwdevice_ctx_create(device, type, (BytePointer) null, (AVDictionary) null, 0);
        if (result < 0) {
            return "the device can't be opened: " + Ffmpeg.describe(result);
        }
        context.hw_device_ctx(device);
        // The callback finds the wanted format here; FFmpeg never looks at it. 0 is taken: it means none.
        context.opaque(new Handle(format + 1L));
        context.get_format(CHOOSER);
        return null;
    }

    private static int pixelFormat(AVCodec codec, int type) {
        for (int i = 0; ; i++) {
            AVCodecHWConfig config = avcodec.avcodec_get_hw_config(codec, i);
            if (config == null || config.isNull()) {
                return avutil.AV_PIX_FMT_NONE;
            }
            boolean byDevice = (config.methods() & avcodec.AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX) != 0;
            if (byDevice && config.device_type() == type) {
                return config.pix_fmt();
            }
        }
    }

    static boolean isInHardware(AVFrame frame) {
        return frame.hw_frames_ctx() != null && !frame.hw_frames_ctx().isNull();
    }

    /** Copies a frame's pixels to main memory, with its times; a negative error if that fails. */
    static int fetch(AVFrame from, AVFrame to) {
        avutil.av_frame_unref(to);
        int result = avutil.av_hwframe_transfer_data(to, from, 0);
        return result < 0 ? result : avutil.av_frame_copy_props(to, from);
    }

    static void broke(String name) {
        BROKEN.add(name);
    }

    private static final class Chooser extends AVCodecContext.Get_format_AVCodecContext_IntPointer {
        @Override
        public int call(AVCodecContext context, IntPointer formats) {
            long wanted = context.opaque().address() - 1;
            for (long i = 0; formats.get(i) != avutil.AV_PIX_FMT_NONE; i++) {
                if (formats.get(i) == wanted) {
                    return formats.get(i);
                }
            }
            return avcodec.avcodec_default_get_format(context, formats);
        }
    }

    /** A number in the shape of an address; nothing is ever read there. */
    private static final class Handle extends Pointer {
        Handle(long number) {
            address = number;
        }
    }
}
