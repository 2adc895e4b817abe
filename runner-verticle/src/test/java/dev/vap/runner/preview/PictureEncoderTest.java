package dev.vap.runner.preview;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PictureEncoderTest {

    @BeforeAll
    static void load() {
        PictureEncoder.prepare();
    }

    @ParameterizedTest
    @CsvSource({
        "1920,1080,960,540",
        "3840,2160,960,540",
        "960,540,960,540",
        "962,10,960,10",
        "64,48,64,48",
        "4000,2,960,1"
    })
    void isNeverWiderThanAskedForAndNeverEnlarged(int width, int height, int shownWidth, int shownHeight)
            throws Exception {
        try (PictureEncoder encoder = new PictureEncoder(960)) {
            BufferedImage picture = read(encoder.encode(half(width, height), width, height));
            assertThat(picture.getWidth()).isEqualTo(shownWidth);
            assertThat(picture.getHeight()).isEqualTo(shownHeight);
        }
    }

    @Test
    void showsWhatIsInTheFrameWhateverItsSizeWasBefore() throws Exception {
        try (PictureEncoder encoder = new PictureEncoder(960)) {
            for (int width : new int[] {1280, 320, 1280}) {
                BufferedImage picture = read(encoder.encode(half(width, 200), width, 200));
                int y = picture.getHeight() / 2;
                assertThat(picture.getRGB(picture.getWidth() / 4, y) & 0xFF).isGreaterThan(200);
                assertThat(picture.getRGB(picture.getWidth() * 3 / 4, y) & 0xFF).isLessThan(40);
            }
        }
    }

    @Test
    void refusesWhatIsNoFrame() {
        PictureEncoder encoder = new PictureEncoder(960);
        assertThatThrownBy(() -> encoder.encode(ByteBuffer.allocateDirect(10), 64, 48))
                .isInstanceOf(IllegalArgumentException.class);
        encoder.close();
        encoder.close();
        ByteBuffer frame = half(64, 48);
        assertThatThrownBy(() -> encoder.encode(frame, 64, 48)).isInstanceOf(IllegalStateException.class);
    }

    /** White on the left, black on the right. */
    private static ByteBuffer half(int width, int height) {
        ByteBuffer bgr = ByteBuffer.allocateDirect(width * height * 3);
        for (int y = 0; y < height; y++) {
            for (int i = 0; i < width / 2 * 3; i++) {
                bgr.put(y * width * 3 + i, (byte) 255);
            }
        }
        return bgr;
    }

    private static BufferedImage read(byte[] jpeg) throws Exception {
        return ImageIO.read(new ByteArrayInputStream(jpeg));
    }
}
