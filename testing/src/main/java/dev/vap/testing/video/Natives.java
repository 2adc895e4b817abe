package dev.vap.testing.video;

import java.nio.charset.StandardCharsets;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;

/** Loads FFmpeg's libraries once. */
final class Natives {
    static final int EOF;
    static final int AGAIN;

    static {
        // JavaCPP otherwise refuses to allocate once the process takes four times -Xmx; read when its first class
        // loads.
        for (String limit : new String[] {"org.bytedeco.javacpp.maxBytes", "org.bytedeco.javacpp.maxPhysicalBytes"}) {
            if (System.getProperty(limit) == null) {
                System.setProperty(limit, "0");
            }
        }
        Loader.load(avutil.class);
        Loader.load(avcodec.class);
        Loader.load(avformat.class);
        avutil.av_log_set_level(avutil.AV_LOG_QUIET);
        EOF = avutil.AVERROR_EOF();
        AGAIN = org.bytedeco.ffmpeg.presets.avutil.AVERROR_EAGAIN();
    }

    private Natives() {}

    static void load() {}

    static void check(int result, String what) {
        if (result < 0) {
            throw new IllegalStateException("FFmpeg could not " + what + ": error " + result + ".");
        }
    }

    static void put(AVDictionary dictionary, String name, String value) {
        try (BytePointer key = new BytePointer(name, StandardCharsets.UTF_8);
                BytePointer text = new BytePointer(value, StandardCharsets.UTF_8)) {
            avutil.av_dict_set(dictionary, key, text, 0);
        }
    }
}
