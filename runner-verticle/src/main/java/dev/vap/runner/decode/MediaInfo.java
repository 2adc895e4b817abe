package dev.vap.runner.decode;

/**
 * What the container says about the chosen video stream. Sizes are as shown, that is after {@code rotation}.
 *
 * @param container FFmpeg's short name, such as {@code mov,mp4,m4a,3gp,3g2,mj2}
 * @param codec FFmpeg's short name, such as {@code h264}
 * @param width pixels; frames may differ in mid-stream, {@link VideoReader#frameWidth()} counts
 * @param height pixels
 * @param framesPerSecond average; 0 if unknown
 * @param timeBaseNumerator of the stream's time base in seconds
 * @param timeBaseDenominator of the stream's time base in seconds
 * @param durationMillis -1 if unknown; what the header claims, which may be wrong
 * @param frameCount -1 if unknown; an estimate, exact only for containers with a full index
 * @param rotation clockwise degrees, 0 to 359, that the container asks a player for; multiples of 90 are applied by
 *     {@link VideoReader}, as OpenCV does
 * @param live without an end of its own, so that its end is a fault
 * @param bitRate bits a second as the container says; 0 if it does not
 */
public record MediaInfo(
        String container,
        String codec,
        int width,
        int height,
        double framesPerSecond,
        int timeBaseNumerator,
        int timeBaseDenominator,
        long durationMillis,
        long frameCount,
        int rotation,
        boolean live,
        long bitRate) {

    MediaInfo sized(int newWidth, int newHeight) {
        return new MediaInfo(
                container,
                codec,
                newWidth,
                newHeight,
                framesPerSecond,
                timeBaseNumerator,
                timeBaseDenominator,
                durationMillis,
                frameCount,
                rotation,
                live,
                bitRate);
    }
}
