package dev.vap.runner.preprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.FrameBufferPool;
import dev.vap.shared.protocol.InputSpec;
import dev.vap.shared.protocol.InputSpec.Fit;
import dev.vap.shared.protocol.InputSpec.Pixels;
import dev.vap.shared.protocol.Placement;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LetterboxTest {

    private static final int PAD = 114;

    @ParameterizedTest(name = "{0}x{1} becomes {2}x{3}")
    @CsvSource({
        // As Python computes them: s = min(416/h, 416/w); int(w*s), int(h*s); the last one is 0 there.
        "768, 432, 416, 233",
        "1920, 1080, 416, 234",
        "1280, 720, 416, 234",
        "640, 480, 416, 312",
        "480, 640, 312, 416",
        "416, 416, 416, 416",
        "100, 50, 416, 208",
        "853, 480, 416, 234",
        "1023, 577, 416, 234",
        "333, 777, 178, 416",
        "10000, 3, 416, 1",
    })
    void scalesAsYoloxDoes(int width, int height, int scaledWidth, int scaledHeight) {
        Scaling scaling = Scaling.of(new InputSpec(416, 416, Fit.LETTERBOX, Pixels.BGR), width, height);
        assertThat(scaling.width()).isEqualTo(scaledWidth);
        assertThat(scaling.height()).isEqualTo(scaledHeight);
        assertThat(scaling.inputWidth()).isEqualTo(416);
        assertThat(scaling.placement()).isEqualTo(Placement.scaled(Math.min(416.0 / height, 416.0 / width)));
    }

    @Test
    void fitNeverEnlargesAndIsNotPadded() {
        InputSpec spec = new InputSpec(320, 240, Fit.FIT, Pixels.GRAY);
        assertThat(Scaling.of(spec, 160, 120)).isEqualTo(new Scaling(Placement.SAME, 0, 0, 160, 120, 160, 120));
        assertThat(Scaling.of(spec, 640, 240)).isEqualTo(new Scaling(Placement.scaled(0.5), 0, 0, 320, 120, 320, 120));
    }

    @ParameterizedTest(name = "{0}x{1}")
    @CsvSource({"768, 432", "320, 240", "416, 416", "97, 211"})
    void interpolatesBetweenPixelCentresAndPadsWith114(int width, int height) {
        InputSpec spec = new InputSpec(416, 416, Fit.LETTERBOX, Pixels.BGR);
        ByteBuffer source = picture(width, height, 1);
        FrameBuffer target = new FrameBufferPool(spec.maxBytes(), 1).acquire();
        try (Letterbox letterbox = new Letterbox(spec)) {
            Scaling scaling = letterbox.apply(source, width, height, target);
            assertBilinear(source, width, height, target, scaling);
            assertPadding(target, scaling);
        }
    }

    @ParameterizedTest(name = "{0}x{1} in {2}x{3}: {4}x{5} at {6},{7}")
    @CsvSource({
        // As Python computes them: r = min(H/h, W/w); round(w*r), round(h*r); round((W - width)/2 - 0.1), likewise top.
        "768, 432, 640, 640, 640, 360, 0, 140",
        "1920, 1080, 640, 640, 640, 360, 0, 140",
        "1280, 720, 416, 416, 416, 234, 0, 91",
        "853, 480, 640, 640, 640, 360, 0, 140",
        "1023, 577, 640, 640, 640, 361, 0, 139",
        "333, 777, 640, 640, 274, 640, 183, 0",
        "1000, 563, 640, 640, 640, 360, 0, 140",
        "97, 211, 640, 640, 294, 640, 173, 0",
        // 62.5 and 187.5 pixels: to the even neighbour.
        "256, 250, 64, 64, 64, 62, 0, 1",
        "640, 375, 320, 320, 320, 188, 0, 66",
        "300, 200, 640, 384, 576, 384, 32, 0",
        "640, 640, 640, 640, 640, 640, 0, 0",
    })
    void centresAsUltralyticsDoes(
            int width, int height, int inputWidth, int inputHeight, int scaled, int scaledHeight, int left, int top) {
        Scaling scaling =
                Scaling.of(new InputSpec(inputWidth, inputHeight, Fit.LETTERBOX_CENTER, Pixels.BGR), width, height);

        assertThat(scaling.width()).isEqualTo(scaled);
        assertThat(scaling.height()).isEqualTo(scaledHeight);
        assertThat(scaling.left()).isEqualTo(left);
        assertThat(scaling.top()).isEqualTo(top);
        double scale = Math.min((double) inputHeight / height, (double) inputWidth / width);
        assertThat(scaling.placement()).isEqualTo(new Placement(scale, scale, left, top));
    }

    /** Against integers alone: r = n/d, so round(w*r) is that of a fraction; halves depend on how r was rounded, so not they. */
    @Test
    void centresSourcesOfAnySize() {
        InputSpec spec = new InputSpec(640, 384, Fit.LETTERBOX_CENTER, Pixels.BGR);
        for (int width = 1; width < 2000; width += 7) {
            for (int height = 1; height < 1500; height += 11) {
                if (isHalf(384L * width, height) || isHalf(640L * height, width)) {
                    continue;
                }
                boolean wide = 384L * width > 640L * height;
                int wantedWidth = wide ? 640 : Math.max(1, rounded(384L * width, height));
                int wantedHeight = wide ? Math.max(1, rounded(640L * height, width)) : 384;
                Scaling scaling = Scaling.of(spec, width, height);
                // Of an odd number of pixels the smaller part is left and above.
                if (scaling.width() != wantedWidth
                        || scaling.height() != wantedHeight
                        || scaling.left() != (640 - wantedWidth) / 2
                        || scaling.top() != (384 - wantedHeight) / 2) {
                    assertThat(scaling).as("%dx%d", width, height).isNull();
                }
            }
        }
    }

    private static int rounded(long numerator, long denominator) {
        return (int) ((2 * numerator + denominator) / (2 * denominator));
    }

    private static boolean isHalf(long numerator, long denominator) {
        return 2 * (numerator % denominator) == denominator;
    }

    @ParameterizedTest(name = "{0}x{1}")
    @CsvSource({"768, 432", "320, 240", "97, 211", "1023, 577"})
    void putsThePictureInTheMiddle(int width, int height) {
        InputSpec spec = new InputSpec(416, 416, Fit.LETTERBOX_CENTER, Pixels.BGR);
        ByteBuffer source = picture(width, height, 1);
        FrameBuffer target = new FrameBufferPool(spec.maxBytes(), 1).acquire();
        try (Letterbox letterbox = new Letterbox(spec)) {
            Scaling scaling = letterbox.apply(source, width, height, target);
            assertBilinear(source, width, height, target, scaling);
            assertPadding(target, scaling);
        }
    }

    @ParameterizedTest(name = "{0}x{1}")
    @CsvSource({"768, 432", "320, 240", "97, 211", "300, 200"})
    void stretchesEachAxisByItself(int width, int height) {
        InputSpec spec = new InputSpec(300, 200, Fit.STRETCH, Pixels.BGR);
        ByteBuffer source = picture(width, height, 1);
        FrameBuffer target = new FrameBufferPool(spec.maxBytes(), 1).acquire();
        try (Letterbox letterbox = new Letterbox(spec)) {
            Scaling scaling = letterbox.apply(source, width, height, target);
            assertThat(scaling)
                    .isEqualTo(
                            new Scaling(new Placement(300.0 / width, 200.0 / height, 0, 0), 0, 0, 300, 200, 300, 200));
            assertBilinear(source, width, height, target, scaling);
        }
    }

    @Test
    void turnsIntoGreyWithTheUsualWeights() {
        InputSpec spec = new InputSpec(200, 200, Fit.FIT, Pixels.GRAY);
        ByteBuffer source = picture(120, 90, 3);
        FrameBuffer target = new FrameBufferPool(spec.maxBytes(), 1).acquire();
        try (Letterbox letterbox = new Letterbox(spec)) {
            Scaling scaling = letterbox.apply(source, 120, 90, target);
            assertThat(scaling.placement()).isEqualTo(Placement.SAME);
        }
        for (int i = 0; i < 120 * 90; i++) {
            double grey = 0.114 * (source.get(i * 3) & 255)
                    + 0.587 * (source.get(i * 3 + 1) & 255)
                    + 0.299 * (source.get(i * 3 + 2) & 255);
            assertThat((double) (target.memory().get(i) & 255)).isCloseTo(grey, within(1.0));
        }
    }

    @Test
    void paintsThePaddingAgainWhenTheSourceChangesItsSize() {
        InputSpec spec = new InputSpec(64, 64, Fit.LETTERBOX, Pixels.BGR);
        FrameBufferPool pool = new FrameBufferPool(spec.maxBytes(), 2);
        FrameBuffer one = pool.acquire();
        FrameBuffer two = pool.acquire();
        try (Letterbox letterbox = new Letterbox(spec)) {
            for (int round = 0; round < 3; round++) {
                for (FrameBuffer target : new FrameBuffer[] {one, two}) {
                    assertPadding(target, letterbox.apply(picture(100, 50, round), 100, 50, target));
                    assertPadding(target, letterbox.apply(picture(100, 50, round + 7), 100, 50, target));
                }
                assertPadding(one, letterbox.apply(picture(50, 100, round), 50, 100, one));
            }
        }
    }

    @Test
    void mayBeUsedByManyThreadsEachWithItsOwn() throws InterruptedException {
        Thread[] threads = new Thread[4];
        Throwable[] failure = new Throwable[1];
        for (int i = 0; i < threads.length; i++) {
            int seed = i;
            threads[i] = new Thread(() -> interpolatesBetweenPixelCentresAndPadsWith114(100 + seed, 80));
            threads[i].setUncaughtExceptionHandler((t, e) -> failure[0] = e);
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failure[0]).isNull();
    }

    private static ByteBuffer picture(int width, int height, int seed) {
        ByteBuffer bgr = ByteBuffer.allocateDirect(width * height * 3);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                bgr.put((byte) (x * 3 + seed * 11))
                        .put((byte) (y * 5 + x + seed))
                        .put((byte) ((x * y) / 7 + seed * 3));
            }
        }
        return bgr.flip();
    }

    /** Written from the definition, in floating point; OpenCV rounds with eleven bits, so one step may be off. */
    private static void assertBilinear(ByteBuffer source, int width, int height, FrameBuffer target, Scaling scaling) {
        double stepX = (double) width / scaling.width();
        double stepY = (double) height / scaling.height();
        for (int y = 0; y < scaling.height(); y += 5) {
            for (int x = 0; x < scaling.width(); x += 3) {
                for (int c = 0; c < 3; c++) {
                    double wanted = at(source, width, height, (x + 0.5) * stepX - 0.5, (y + 0.5) * stepY - 0.5, c);
                    int got = target.memory()
                                    .get(((y + scaling.top()) * scaling.inputWidth() + x + scaling.left()) * 3 + c)
                            & 255;
                    assertThat((double) got).as("%d,%d,%d", x, y, c).isCloseTo(wanted, within(1.01));
                }
            }
        }
    }

    private static double at(ByteBuffer source, int width, int height, double x, double y, int c) {
        int x0 = (int) Math.floor(x);
        int y0 = (int) Math.floor(y);
        double fx = x - x0;
        double fy = y - y0;
        double sum = 0;
        for (int dy = 0; dy < 2; dy++) {
            for (int dx = 0; dx < 2; dx++) {
                int px = Math.min(width - 1, Math.max(0, x0 + dx));
                int py = Math.min(height - 1, Math.max(0, y0 + dy));
                double weight = (dx == 0 ? 1 - fx : fx) * (dy == 0 ? 1 - fy : fy);
                sum += weight * (source.get((py * width + px) * 3 + c) & 255);
            }
        }
        return sum;
    }

    private static void assertPadding(FrameBuffer target, Scaling scaling) {
        for (int y = 0; y < scaling.inputHeight(); y++) {
            boolean beside = y >= scaling.top() && y < scaling.top() + scaling.height();
            for (int x = 0; x < scaling.inputWidth(); x++) {
                if (beside && x >= scaling.left() && x < scaling.left() + scaling.width()) {
                    continue;
                }
                int at = (y * scaling.inputWidth() + x) * 3;
                int sum = (target.memory().get(at) & 255)
                        + (target.memory().get(at + 1) & 255)
                        + (target.memory().get(at + 2) & 255);
                if (sum != 3 * PAD || (target.memory().get(at) & 255) != PAD) {
                    assertThat(sum).as("padding at %d,%d", x, y).isEqualTo(3 * PAD);
                }
            }
        }
    }
}
