package dev.vap.runner.decode;

import java.nio.file.Path;
import java.util.Objects;

/**
 * The clip to write.
 *
 * @param path the MP4 file; overwritten
 * @param width pixels, even, at least 16
 * @param height pixels, even, at least 16
 * @param framesPerSecond 0.01 to 1000
 * @param keyEvery a key frame at least every so many frames
 * @param bFrames frames between two others that lean on both, 0 to 8; more than 0 means MPEG-4, since the H.264 encoder
 *     can't make them
 * @param indexFirst whether the index comes before the frames, for playing while loading
 * @param bitRate bits a second that the encoder aims at, as a camera's limit, up to 50,000,000; 0 for generous
 */
public record ClipOptions(
        Path path,
        int width,
        int height,
        double framesPerSecond,
        int keyEvery,
        int bFrames,
        boolean indexFirst,
        long bitRate) {
    public ClipOptions {
        Objects.requireNonNull(path, "path");
        if (width < 16 || height < 16 || width > 8192 || height > 8192 || width % 2 != 0 || height % 2 != 0) {
            throw new IllegalArgumentException(
                    "width and height have to be even and 16 to 8192, but are " + width + "x" + height);
        }
        if (!(framesPerSecond >= 0.01 && framesPerSecond <= 1000)) {
            throw new IllegalArgumentException("framesPerSecond has to be 0.01 to 1000, but is " + framesPerSecond);
        }
        if (keyEvery < 1 || bFrames < 0 || bFrames > 8) {
            throw new IllegalArgumentException("keyEvery has to be 1 or more and bFrames 0 to 8");
        }
        if (bitRate < 0 || bitRate > 50_000_000) {
            throw new IllegalArgumentException("bitRate has to be 0 to 50,000,000, but is " + bitRate);
        }
    }

    /** A key frame every two seconds, no B-frames, index first. */
    public static ClipOptions of(Path path, int width, int height, double framesPerSecond) {
        int keyEvery = (int) Math.max(1, Math.round(framesPerSecond * 2));
        return new ClipOptions(path, width, height, framesPerSecond, keyEvery, 0, true, 0);
    }

    public ClipOptions withKeyEvery(int frames) {
        return new ClipOptions(path, width, height, framesPerSecond, frames, bFrames, indexFirst, bitRate);
    }

    public ClipOptions withBFrames(int frames) {
        return new ClipOptions(path, width, height, framesPerSecond, keyEvery, frames, indexFirst, bitRate);
    }

    public ClipOptions withIndexFirst(boolean first) {
        return new ClipOptions(path, width, height, framesPerSecond, keyEvery, bFrames, first, bitRate);
    }

    public ClipOptions withBitRate(long bitsPerSecond) {
        return new ClipOptions(path, width, height, framesPerSecond, keyEvery, bFrames, indexFirst, bitsPerSecond);
    }
}
