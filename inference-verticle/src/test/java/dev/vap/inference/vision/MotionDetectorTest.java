package dev.vap.inference.vision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.inference.fixture.Requests;
import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.runtime.OpenCv;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MotionDetectorTest {

    private static final int WIDTH = 160;
    private static final int HEIGHT = 90;

    private final Random noise = new Random(1);
    private final FrameBuffer pixels = FrameBuffer.unpooled(WIDTH * HEIGHT);
    private long now;
    private MotionDetector detector;

    @BeforeEach
    void open() {
        OpenCv.load();
        detector = new MotionDetector(() -> now, 2);
    }

    @AfterEach
    void close() {
        detector.close();
    }

    @Test
    void seesNothingInAStillScene() {
        for (int i = 0; i < 30; i++) {
            assertThat(frame("a", -1)).isEmpty();
        }
    }

    @Test
    void boxesWhatMoves() {
        for (int i = 0; i < 20; i++) {
            frame("a", -1);
        }

        List<Detection> found = frame("a", 40);

        assertThat(found).hasSize(1);
        assertThat(found.get(0).label()).isEqualTo("motion");
        assertThat(found.get(0).confidence()).isBetween(0.7f, 1f);
        // The source is four times as large.
        assertThat(found.get(0).box().iou(new BoundingBox(160, 120, 240, 240))).isGreaterThan(0.8f);
    }

    @Test
    void isNotFooledByASwitchedLight() {
        for (int i = 0; i < 10; i++) {
            frame("a", -1);
        }
        for (int i = 0; i < WIDTH * HEIGHT; i++) {
            pixels.memory().put(i, (byte) 220);
        }

        assertThat(detect("a", WIDTH, HEIGHT)).isEmpty();
    }

    @Test
    void remembersEveryStreamByItself() {
        for (int i = 0; i < 20; i++) {
            frame("empty", -1);
            frame("occupied", 40);
        }

        assertThat(frame("empty", 40)).hasSize(1);
        assertThat(frame("occupied", 40)).isEmpty();
    }

    @Test
    void beginsAnewWithAnotherSize() {
        for (int i = 0; i < 10; i++) {
            frame("a", -1);
        }

        assertThat(detect("a", WIDTH - 10, HEIGHT - 10)).isEmpty();
    }

    @Test
    void forgetsTheLeastRecentlyUsedStream() {
        for (int i = 0; i < 10; i++) {
            frame("a", -1);
            frame("b", -1);
        }
        frame("a", -1);
        frame("c", -1);

        assertThat(detector.streams()).isEqualTo(2);
        assertThat(frame("a", 40)).hasSize(1);
        assertThat(frame("b", 40)).as("its first frame again").isEmpty();
    }

    @Test
    void forgetsIdleStreams() {
        frame("a", -1);
        now += Duration.ofSeconds(61).toNanos();
        frame("b", -1);

        assertThat(detector.streams()).isEqualTo(1);
    }

    /**
     * @param left of a bright object of 20 x 30; -1 for none
     */
    private List<Detection> frame(String stream, int left) {
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                boolean object = left >= 0 && x >= left && x < left + 20 && y >= 30 && y < 60;
                pixels.memory().put(y * WIDTH + x, (byte) ((object ? 230 : 90 + x / 4) + noise.nextInt(5)));
            }
        }
        return detect(stream, WIDTH, HEIGHT);
    }

    private List<Detection> detect(String stream, int width, int height) {
        return detector.detect(Requests.picture(width, height, 1).stream(stream)
                .pixels(pixels)
                .source(4 * width, 4 * height, 0.25)
                .build());
    }
}
