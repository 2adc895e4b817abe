package dev.vap.runner.decode;

import org.bytedeco.ffmpeg.global.avcodec;

/** What a decoder may leave out, from nothing to all but key frames. */
public enum Skip {
    NOTHING,
    /** Frames that no other frame needs. */
    NON_REFERENCE,
    /** Everything but key frames. */
    NON_KEY;

    /** FFmpeg's {@code skip_frame}. */
    int discard() {
        return switch (this) {
            case NOTHING -> avcodec.AVDISCARD_DEFAULT;
            case NON_REFERENCE -> avcodec.AVDISCARD_NONREF;
            case NON_KEY -> avcodec.AVDISCARD_NONKEY;
        };
    }
}
