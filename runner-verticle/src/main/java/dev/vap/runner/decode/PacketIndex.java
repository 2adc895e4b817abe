package dev.vap.runner.decode;

import java.util.Arrays;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.global.avcodec;

/**
 * When each frame of a file is shown and which packets are key frames, found by reading the file once without decoding.
 * Plain Java data, 16 bytes a frame.
 */
final class PacketIndex {
    /** Frames decoded before the wanted one, so that pictures that lean on more than one key frame are whole again. */
    static final int PREROLL = 16;

    private final long[] shown;
    private final long[] keyShown;
    private final long[] keyDecoded;

    PacketIndex(long[] shown, long[] keyShown, long[] keyDecoded) {
        this.shown = shown;
        this.keyShown = keyShown;
        this.keyDecoded = keyDecoded;
    }

    /**
     * Reads {@code input}, which has to be at its start, to the end.
     *
     * @return null if timestamps are missing, repeat or jump back, so that they do not tell frames apart
     */
    static PacketIndex scan(MediaInput input) {
        LongList shown = new LongList();
        LongList keyShown = new LongList();
        LongList keyDecoded = new LongList();
        AVPacket packet = avcodec.av_packet_alloc();
        try {
            long previous = Long.MIN_VALUE;
            while (input.read(packet)) {
                long pts = packet.pts();
                long dts = packet.dts();
                int flags = packet.flags();
                avcodec.av_packet_unref(packet);
                // Matroska knows no decoding time for the first packets of a stream whose frames are reordered.
                boolean undated = dts == Ffmpeg.NO_TIMESTAMP && previous == Long.MIN_VALUE;
                if (pts == Ffmpeg.NO_TIMESTAMP || (!undated && dts <= previous)) {
                    return null;
                }
                previous = dts;
                if ((flags & avcodec.AV_PKT_FLAG_DISCARD) == 0) {
                    shown.add(pts);
                    if ((flags & avcodec.AV_PKT_FLAG_KEY) != 0) {
                        keyShown.add(pts);
                        keyDecoded.add(undated ? pts : dts);
                    }
                }
            }
        } finally {
            avcodec.av_packet_free(packet);
        }
        long[] sorted = shown.toArray();
        Arrays.sort(sorted);
        for (int i = 1; i < sorted.length; i++) {
            if (sorted[i] == sorted[i - 1]) {
                return null;
            }
        }
        return new PacketIndex(sorted, keyShown.toArray(), keyDecoded.toArray());
    }

    int frames() {
        return shown.length;
    }

    /** When frame {@code number} is shown, in the stream's time base. */
    long timestamp(int number) {
        return shown[number];
    }

    /** The number of the frame shown at {@code timestamp}, negative if there is none. */
    int number(long timestamp) {
        return Arrays.binarySearch(shown, timestamp);
    }

    /**
     * Index of the last key frame at least {@link #PREROLL} frames before frame {@code number}; -1 if there is none.
     */
    int keyBefore(int number) {
        for (int i = keyShown.length - 1; i >= 0; i--) {
            if (number(keyShown[i]) <= number - PREROLL) {
                return i;
            }
        }
        return -1;
    }

    long keyShown(int key) {
        return keyShown[key];
    }

    long keyDecoded(int key) {
        return keyDecoded[key];
    }

    private static final class LongList {
        private long[] values = new long[1024];
        private int size;

        void add(long value) {
            if (size == values.length) {
                values = Arrays.copyOf(values, size * 2);
            }
            values[size++] = value;
        }

        long[] toArray() {
            return Arrays.copyOf(values, size);
        }
    }
}
