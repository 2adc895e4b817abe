package dev.vap.runner.decode;

import java.util.Arrays;

/**
 * Gives each decoded frame its position in the file: the number of frames that the file holds before it, those that
 * could not be decoded included. That makes the number independent of where reading began, which resuming relies on:
 * {@link PacketIndex} counts the same thing without decoding.
 *
 * <p>It holds only where each packet is one frame and says when it is shown. The first {@value #PROBATION} frames
 * have to prove it; until then, and for ever if they do not, frames are simply counted. Pure Java, no thread safety.
 */
final class FrameNumbering {
    static final int PROBATION = 16;

    /** Timestamps of packets that went into the decoder and have not come out, ascending. */
    private long[] pending = new long[32];

    private int size;
    private long next;
    private int proved;
    private boolean counting;

    /**
     * @param packetIsFrame whether the codec is one whose packets hold one shown frame each
     */
    FrameNumbering(boolean packetIsFrame) {
        counting = !packetIsFrame;
    }

    /** Whether numbers are positions in the file, and so {@link PacketIndex} may be used. */
    boolean proved() {
        return !counting && proved >= PROBATION;
    }

    /** A packet goes into the decoder; packets that are decoded but never shown are not told. */
    void packet(long timestamp) {
        if (counting) {
            return;
        }
        if (timestamp == Ffmpeg.NO_TIMESTAMP) {
            counting = true;
            return;
        }
        if (size == pending.length) {
            pending = Arrays.copyOf(pending, size * 2);
        }
        int at = size++;
        while (at > 0 && pending[at - 1] > timestamp) {
            pending[at] = pending[at - 1];
            at--;
        }
        pending[at] = timestamp;
    }

    /** A frame came out of the decoder; returns its number. */
    long frame(long timestamp) {
        if (!counting) {
            int at = Arrays.binarySearch(pending, 0, size, timestamp);
            if (at < 0 || (at > 0 && proved < PROBATION)) {
                counting = true;
            } else {
                proved = Math.min(PROBATION, proved + 1);
                next += at;
                size -= at + 1;
                System.arraycopy(pending, at + 1, pending, 0, size);
            }
        }
        return next++;
    }

    /** The demuxer was moved: forgets pending packets. The next frame will be {@code number}; see {@link #landed}. */
    void moved() {
        size = 0;
    }

    /** The frame shown at {@code timestamp} came out after {@link #moved()} and is known to be {@code number}. */
    void landed(long timestamp, long number) {
        int after = 0;
        while (after < size && pending[after] <= timestamp) {
            after++;
        }
        size -= after;
        System.arraycopy(pending, after, pending, 0, size);
        next = number + 1;
    }
}
