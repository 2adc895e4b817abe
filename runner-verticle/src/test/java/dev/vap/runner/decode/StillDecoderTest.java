package dev.vap.runner.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vap.runner.preprocess.Letterbox;
import dev.vap.runner.preprocess.Scaling;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.FrameBufferPool;
import dev.vap.shared.protocol.InputSpec;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pictures written by Java's own encoders. */
class StillDecoderTest {

    private static final InputSpec INPUT = new InputSpec(416, 416, InputSpec.Fit.LETTERBOX, InputSpec.Pixels.BGR);

    private final StillDecoder decoder =
            new StillDecoder(ReaderOptions.of(SourceKind.HTTP, "http://camera/snapshot.jpg"));

    @AfterEach
    void close() {
        decoder.close();
        decoder.close();
    }

    static byte[] picture(int width, int height, String format) throws Exception {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D paint = image.createGraphics();
        paint.setColor(new Color(200, 100, 20));
        paint.fillRect(0, 0, width, height);
        paint.dispose();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, format, out)).isTrue();
        return out.toByteArray();
    }

    private void decode(byte[] bytes, String type) {
        decoder.decode(bytes, bytes.length, type);
    }

    /** 160 pixels of the longer side at most; 121 is the brightness of the colour. */
    private void assertGreyAsTheGateWantsIt(int width, int height) {
        double scale = Math.min(1, 160.0 / Math.max(width, height));
        int smallWidth = (int) Math.max(1, Math.round(width * scale));
        int smallHeight = (int) Math.max(1, Math.round(height * scale));
        ByteBuffer grey = decoder.grey(smallWidth, smallHeight);
        assertThat(grey.remaining()).isEqualTo(smallWidth * smallHeight);
        while (grey.hasRemaining()) {
            assertThat(grey.get() & 0xff).isBetween(111, 131);
        }
    }

    @ParameterizedTest(name = "{0}x{1}")
    @CsvSource({"1, 1", "3, 5", "5, 3", "16, 16", "641, 361", "8192, 2", "2, 8192", "8192, 1024"})
    void decodesAndScalesPicturesOfAnySize(int width, int height) throws Exception {
        for (String format : new String[] {"jpg", "png"}) {
            decode(picture(width, height, format), "image/" + (format.equals("jpg") ? "jpeg" : format));
            assertThat(decoder.width()).isEqualTo(width);
            assertThat(decoder.height()).isEqualTo(height);
            ByteBuffer bgr = decoder.bgr();
            assertThat(bgr.remaining()).isEqualTo(width * height * 3);
            int last = bgr.limit() - 3;
            assertThat(new int[] {bgr.get(last) & 0xff, bgr.get(last + 1) & 0xff, bgr.get(last + 2) & 0xff})
                    .satisfies(pixel -> {
                        assertThat(pixel[0]).isBetween(0, 40);
                        assertThat(pixel[1]).isBetween(80, 120);
                        assertThat(pixel[2]).isBetween(180, 220);
                    });
            assertGreyAsTheGateWantsIt(width, height);
            FrameBuffer target = new FrameBufferPool(INPUT.maxBytes(), 1).acquire();
            try (Letterbox letterbox = new Letterbox(INPUT)) {
                Scaling scaling = letterbox.apply(bgr, width, height, target);
                assertThat(scaling.width()).isBetween(1, 416);
                assertThat(scaling.height()).isBetween(1, 416);
            } finally {
                target.release();
            }
        }
    }

    @Test
    void goesOnAfterADamagedPicture() throws Exception {
        byte[] good = picture(64, 48, "jpg");
        for (byte[] bad :
                new byte[][] {Arrays.copyOf(good, 20), new byte[] {1, 2, 3}, {'<', 'h', 't', 'm', 'l', '>'}}) {
            MediaException damaged = catchThrowableOfType(MediaException.class, () -> decode(bad, "image/jpeg"));
            assertThat(damaged.fault()).isEqualTo(SourceFault.CORRUPT);
            decode(good, "image/jpeg");
            assertThat(decoder.width()).isEqualTo(64);
        }
    }

    @Test
    void saysWhatItCanNotDecode() throws Exception {
        assertThat(catchThrowableOfType(MediaException.class, () -> decode(new byte[0], "image/jpeg"))
                        .fault())
                .isEqualTo(SourceFault.EMPTY);
        MediaException unknown =
                catchThrowableOfType(MediaException.class, () -> decode(picture(4, 4, "png"), "image/svg+xml"));
        assertThat(unknown.fault()).isEqualTo(SourceFault.UNSUPPORTED_CODEC);
        assertThat(unknown).hasMessageContaining("image/svg+xml");
    }

    @Test
    void refusesMorePixelsThanAllowed() throws Exception {
        try (StillDecoder small = new StillDecoder(
                ReaderOptions.of(SourceKind.HTTP, "http://camera/snapshot.jpg").withMaxPixels(100))) {
            byte[] picture = picture(64, 48, "jpg");
            assertThat(catchThrowableOfType(
                            MediaException.class, () -> small.decode(picture, picture.length, "image/jpeg")))
                    .isNotNull();
        }
    }
}
