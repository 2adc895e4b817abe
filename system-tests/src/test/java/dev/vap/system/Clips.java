package dev.vap.system;

import dev.vap.runner.decode.ClipEncoder;
import dev.vap.runner.decode.ClipOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Drawn clips. */
final class Clips {

    static final int FRAMES_PER_SECOND = 10;

    private static final int WIDTH = 160;
    private static final int HEIGHT = 120;

    private Clips() {}

    /** A square that walks. */
    static void draw(Path file, int frames) throws IOException {
        ByteBuffer bgr = ByteBuffer.allocateDirect(WIDTH * HEIGHT * 3);
        try (ClipEncoder encoder = ClipEncoder.open(ClipOptions.of(file, WIDTH, HEIGHT, FRAMES_PER_SECOND))) {
            for (int frame = 0; frame < frames; frame++) {
                for (int i = 0; i < WIDTH * HEIGHT; i++) {
                    int x = i % WIDTH - frame % (WIDTH - 20);
                    boolean inside = x >= 0 && x < 20 && i / WIDTH >= 40 && i / WIDTH < 60;
                    byte grey = (byte) (inside ? 250 : 30);
                    bgr.put(3 * i, grey).put(3 * i + 1, grey).put(3 * i + 2, grey);
                }
                encoder.write(bgr.clear());
            }
            encoder.finish();
        }
    }
}
