package dev.vap.runner.decode;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swscale;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;

/** Loads the native libraries once, and translates between their C and our Java. */
final class Ffmpeg {
    static final int EOF;
    static final int AGAIN;
    static final int INVALID_ARGUMENT;
    static final int IO_ERROR;
    static final int NO_SUCH_FILE;
    static final int NO_PERMISSION;
    static final long NO_TIMESTAMP;

    static {
        // JavaCPP refuses to allocate once the whole process (heap, ONNX Runtime, everything) takes more than four
        // times
        // -Xmx, after calling System.gc(). What this package allocates is small and freed by hand: no limit, then.
        // JavaCPP reads it when its first class loads, so nothing native may be touched before.
        setDefault("org.bytedeco.javacpp.maxBytes");
        setDefault("org.bytedeco.javacpp.maxPhysicalBytes");
        Loader.load(avutil.class);
        Loader.load(avcodec.class);
        Loader.load(avformat.class);
        Loader.load(swscale.class);
        // A Java callback per log line would run on decoder threads, with a C va_list: errors come as codes instead.
        avutil.av_log_set_level(avutil.AV_LOG_QUIET);
        NO_TIMESTAMP = avutil.AV_NOPTS_VALUE;
        EOF = avutil.AVERROR_EOF();
        AGAIN = org.bytedeco.ffmpeg.presets.avutil.AVERROR_EAGAIN();
        IO_ERROR = org.bytedeco.ffmpeg.presets.avutil.AVERROR_EIO();
        INVALID_ARGUMENT = org.bytedeco.ffmpeg.presets.avutil.AVERROR_EINVAL();
        NO_SUCH_FILE = org.bytedeco.ffmpeg.presets.avutil.AVERROR_ENOENT();
        NO_PERMISSION = org.bytedeco.ffmpeg.presets.avutil.AVERROR_EACCES();
    }

    private Ffmpeg() {}

    /** Makes sure that the libraries are loaded and configured; cheap after the first time (0.7 s). */
    static void load() {}

    /** FFmpeg's words for an error code. */
    static String describe(int error) {
        byte[] text = new byte[256];
        avutil.av_strerror(error, text, text.length);
        int end = 0;
        while (end < text.length && text[end] != 0) {
            end++;
        }
        return new String(text, 0, end, StandardCharsets.UTF_8);
    }

    /** A C string that FFmpeg owns; empty for null. */
    static String string(BytePointer text) {
        return text == null || text.isNull() ? "" : text.getString(StandardCharsets.UTF_8);
    }

    /** Adds options to a dictionary, which the caller frees with {@code av_dict_free}. */
    static void put(AVDictionary dictionary, Map<String, String> options) {
        options.forEach((name, value) -> put(dictionary, name, value));
    }

    static void put(AVDictionary dictionary, String name, String value) {
        try (BytePointer key = new BytePointer(name, StandardCharsets.UTF_8);
                BytePointer text = new BytePointer(value, StandardCharsets.UTF_8)) {
            avutil.av_dict_set(dictionary, key, text, 0);
        }
    }

    private static void setDefault(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (System.getProperty(name) == null && System.getProperty(lower) == null) {
            System.setProperty(name, "0");
        }
    }
}
