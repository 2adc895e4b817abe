package dev.vap.inference.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.InferenceRequest.Encoding;
import dev.vap.shared.protocol.Placement;
import dev.vap.shared.runtime.OpenCv;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.Rect;
import org.opencv.core.Scalar;
import org.opencv.imgcodecs.Imgcodecs;

class JpegPicturesTest {

    private static final int WIDTH = 64;
    private static final int HEIGHT = 48;
    private static final int TOLERANCE = 6;

    private final JpegPictures pictures = new JpegPictures(2);

    @BeforeAll
    static void load() {
        OpenCv.load();
    }

    @Test
    void decodesColoursAsBgrWithoutPadding() {
        FrameBuffer decoded = pictures.decode(request(jpeg(CvType.CV_8UC3), WIDTH, HEIGHT, 3));
        ByteBuffer bgr = decoded.memory();
        assertThat(bgr.capacity()).isEqualTo(WIDTH * HEIGHT * 3);
        assertPixel(bgr, 0, 10, 200, 100);
        assertPixel(bgr, (HEIGHT - 1) * WIDTH + WIDTH - 1, 250, 20, 30);
        decoded.release();
    }

    @Test
    void decodesGrey() {
        FrameBuffer decoded = pictures.decode(request(jpeg(CvType.CV_8UC1), WIDTH, HEIGHT, 1));
        assertThat(decoded.memory().capacity()).isEqualTo(WIDTH * HEIGHT);
        assertThat(decoded.memory().get(0) & 0xFF).isBetween(10 - TOLERANCE, 10 + TOLERANCE);
        decoded.release();
    }

    @Test
    void refusesAnotherSizeBeforeItIsDecoded() {
        byte[] huge = jpeg(CvType.CV_8UC3);
        int frame = frameHeader(huge);
        huge[frame + 5] = (byte) 0xFF;
        huge[frame + 7] = (byte) 0xFF;
        assertRefused(huge, 3, "the JPEG is one of 65344x65328x3.");
        assertRefused(jpeg(CvType.CV_8UC3), 1, "the JPEG is one of 64x48x3.");
    }

    @Test
    void refusesWhatIsNoJpegOrIsDamaged() {
        assertRefused(new byte[] {1, 2, 3}, 3, "it is no JPEG.");
        assertRefused(new byte[] {(byte) 0xFF, (byte) 0xD8}, 3, "it is no JPEG.");
        byte[] damaged = jpeg(CvType.CV_8UC3);
        int frame = frameHeader(damaged);
        java.util.Arrays.fill(damaged, frame + 10, damaged.length, (byte) 0);
        assertRefused(damaged, 3, "the JPEG is damaged.");
    }

    @Test
    void refusesAsBusyWhenTooManyAreDecodedAtOnce() {
        InferenceRequest request = request(jpeg(CvType.CV_8UC3), WIDTH, HEIGHT, 3);
        FrameBuffer first = pictures.decode(request);
        FrameBuffer second = pictures.decode(request);
        assertThatThrownBy(() -> pictures.decode(request))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INFERENCE_BUSY));
        first.release();
        pictures.decode(request).release();
        second.release();
    }

    private void assertRefused(byte[] jpeg, int channels, String why) {
        assertThatThrownBy(() -> pictures.decode(request(jpeg, WIDTH, HEIGHT, channels)))
                .isInstanceOf(VapException.class)
                .hasMessage("The frame can't be read as 64x48x" + channels + ": " + why);
        // Nothing is kept for it.
        pictures.decode(request(jpeg(CvType.CV_8UC3), WIDTH, HEIGHT, 3)).release();
    }

    private static int frameHeader(byte[] jpeg) {
        for (int i = 0; i < jpeg.length - 1; i++) {
            if ((jpeg[i] & 0xFF) == 0xFF && (jpeg[i + 1] & 0xFF) == 0xC0) {
                return i;
            }
        }
        throw new AssertionError("no frame header");
    }

    private static void assertPixel(ByteBuffer bgr, int pixel, int... wanted) {
        for (int c = 0; c < wanted.length; c++) {
            assertThat(bgr.get(pixel * 3 + c) & 0xFF).isBetween(wanted[c] - TOLERANCE, wanted[c] + TOLERANCE);
        }
    }

    private static byte[] jpeg(int type) {
        Mat picture = new Mat(HEIGHT, WIDTH, type, new Scalar(10, 200, 100));
        picture.submat(new Rect(WIDTH / 2, HEIGHT / 2, WIDTH / 2, HEIGHT / 2)).setTo(new Scalar(250, 20, 30));
        MatOfByte encoded = new MatOfByte();
        Imgcodecs.imencode(".jpg", picture, encoded);
        byte[] bytes = encoded.toArray();
        picture.release();
        encoded.release();
        return bytes;
    }

    private static InferenceRequest request(byte[] jpeg, int width, int height, int channels) {
        FrameBuffer pixels = FrameBuffer.unpooled(jpeg.length);
        pixels.memory().put(0, jpeg);
        return new InferenceRequest(
                "s/1",
                0,
                0,
                pixels,
                width,
                height,
                channels,
                Encoding.JPEG,
                width,
                height,
                Placement.SAME,
                Float.NaN,
                Float.NaN,
                List.of(),
                Long.MAX_VALUE);
    }
}
