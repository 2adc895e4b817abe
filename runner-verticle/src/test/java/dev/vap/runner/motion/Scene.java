package dev.vap.runner.motion;

import java.nio.ByteBuffer;
import java.util.Random;

/** Pictures of a camera that stands still: a background, sensor noise, and whatever a test draws. Not thread-safe. */
final class Scene {

    static final int WIDTH = 640;
    static final int HEIGHT = 360;
    private static final int CHANNELS = 3;

    private final ByteBuffer bgr = ByteBuffer.allocateDirect(WIDTH * HEIGHT * CHANNELS);
    private final Random random = new Random(7);
    private final double noise;
    private int brightness;

    /**
     * @param noise standard deviation of a pixel's value
     */
    Scene(double noise) {
        this.noise = noise;
    }

    /** Of everything, as if a light went on. */
    Scene brighter(int by) {
        brightness += by;
        return this;
    }

    /** A frame without anything in it. */
    ByteBuffer empty() {
        return with(0, 0, 0);
    }

    /** A frame with a square of that side. */
    ByteBuffer with(int x, int y, int side) {
        byte[] row = new byte[WIDTH * CHANNELS];
        for (int line = 0; line < HEIGHT; line++) {
            for (int column = 0; column < WIDTH; column++) {
                boolean inside = column >= x && column < x + side && line >= y && line < y + side;
                int value = (inside ? 220 : 60 + (column / 20 + line / 20) % 2 * 40) + brightness;
                for (int c = 0; c < CHANNELS; c++) {
                    double noisy = value + (noise == 0 ? 0 : random.nextGaussian() * noise);
                    row[column * CHANNELS + c] = (byte) Math.max(0, Math.min(255, Math.round(noisy)));
                }
            }
            bgr.put(line * row.length, row);
        }
        return bgr;
    }
}
