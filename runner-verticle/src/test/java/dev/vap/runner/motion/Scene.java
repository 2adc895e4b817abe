package dev.vap.runner.motion;

import java.nio.ByteBuffer;
import java.util.Random;

/** Pictures of a camera that stands still: a background, sensor noise, and whatever a test draws. Not thread-safe. */
final class Scene implements MotionGate.Picture {

    static final int WIDTH = 640;
    static final int HEIGHT = 360;

    private final int[] pixels = new int[WIDTH * HEIGHT];
    private final ByteBuffer small = ByteBuffer.allocateDirect(WIDTH * HEIGHT);
    private final Random random = new Random(7);
    /** Drawn once: a row takes it from a random place on, which is random enough and much faster. */
    private final int[] noise = new int[1 << 16];

    private int brightness;

    /**
     * @param noise standard deviation of a pixel's value
     */
    Scene(double noise) {
        for (int i = 0; i < this.noise.length; i++) {
            this.noise[i] = (int) Math.round(random.nextGaussian() * noise);
        }
    }

    /** Of everything, as if a light went on. */
    Scene brighter(int by) {
        brightness += by;
        return this;
    }

    /** A frame without anything in it. */
    Scene empty() {
        return with(0, 0, 0);
    }

    /** A frame with a square of that side. */
    Scene with(int x, int y, int side) {
        for (int line = 0; line < HEIGHT; line++) {
            int from = random.nextInt(noise.length - WIDTH);
            for (int column = 0; column < WIDTH; column++) {
                boolean inside = column >= x && column < x + side && line >= y && line < y + side;
                int value = (inside ? 220 : 60 + (column / 20 + line / 20) % 2 * 40) + brightness;
                pixels[line * WIDTH + column] = Math.max(0, Math.min(255, value + noise[from + column]));
            }
        }
        return this;
    }

    @Override
    public ByteBuffer grey(int width, int height) {
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                small.put(y * width + x, (byte) mean(x, y, width, height));
            }
        }
        return small;
    }

    /** Of what lies under one pixel of the small picture. */
    private int mean(int x, int y, int width, int height) {
        int left = x * WIDTH / width;
        int right = Math.max(left + 1, (x + 1) * WIDTH / width);
        int top = y * HEIGHT / height;
        int bottom = Math.max(top + 1, (y + 1) * HEIGHT / height);
        int sum = 0;
        for (int line = top; line < bottom; line++) {
            for (int column = left; column < right; column++) {
                sum += pixels[line * WIDTH + column];
            }
        }
        return sum / ((right - left) * (bottom - top));
    }
}
