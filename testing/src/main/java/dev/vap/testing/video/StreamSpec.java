package dev.vap.testing.video;

/**
 * What a {@link TestStream} looks like.
 *
 * @param width a multiple of 8 (of 16 pads nothing)
 * @param height as width
 * @param framesPerSecond also the speed at which servers send it
 * @param keyEvery frames from one key frame to the next; of no meaning for Motion-JPEG
 * @param frames length of the clip, which is played in a loop; a multiple of {@code keyEvery}
 */
public record StreamSpec(Codec codec, int width, int height, double framesPerSecond, int keyEvery, int frames) {

    /** How the frames are compressed. */
    public enum Codec {
        H264,
        MJPEG
    }

    /** Of RTP and of MPEG-TS. */
    static final int TICKS_PER_SECOND = 90_000;

    public StreamSpec {
        if (width < 16 || height < 16 || width % 8 != 0 || height % 8 != 0 || width > 2040 || height > 2040) {
            throw new IllegalArgumentException("sides are multiples of 8 from 16 to 2040: " + width + "x" + height);
        }
        if (!(framesPerSecond >= 0.1 && framesPerSecond <= 240)) {
            throw new IllegalArgumentException("0.1 to 240 frames a second: " + framesPerSecond);
        }
        if (keyEvery < 1 || frames < keyEvery || frames % keyEvery != 0) {
            throw new IllegalArgumentException("frames have to be a multiple of keyEvery: " + frames + ", " + keyEvery);
        }
    }

    /** H.264, 10 frames a second, a key frame every half second, 3 seconds long. */
    public static StreamSpec h264(int width, int height) {
        return new StreamSpec(Codec.H264, width, height, 10, 5, 30);
    }

    /** Motion-JPEG, 10 frames a second, 3 seconds long. */
    public static StreamSpec mjpeg(int width, int height) {
        return new StreamSpec(Codec.MJPEG, width, height, 10, 1, 30);
    }

    public StreamSpec withRate(double value) {
        return new StreamSpec(codec, width, height, value, keyEvery, frames);
    }

    public StreamSpec withKeyEvery(int every, int ofFrames) {
        return new StreamSpec(codec, width, height, framesPerSecond, every, ofFrames);
    }

    double ticksPerFrame() {
        return TICKS_PER_SECOND / framesPerSecond;
    }

    long ticks(long frame) {
        return Math.round(frame * ticksPerFrame());
    }
}
