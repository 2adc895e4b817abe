package dev.vap.inference.vision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.inference.fixture.Requests;
import dev.vap.inference.model.Detector;
import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.runtime.OpenCv;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Point;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

class PeopleModelTest {

    private static final int SIDE = 320;

    private final FrameBuffer pixels = FrameBuffer.unpooled(SIDE * SIDE * 3);
    private Mat picture;
    private PeopleModel model;
    private Detector detector;

    @BeforeEach
    void open() {
        OpenCv.load();
        picture = new Mat(SIDE, SIDE, CvType.CV_8UC3, pixels.memory());
        picture.setTo(new Scalar(200, 200, 200));
        model = new PeopleModel();
        detector = model.newDetector();
    }

    @AfterEach
    void close() {
        detector.close();
        model.close();
        picture.release();
    }

    @Test
    void findsAPerson() {
        drawPerson(160, 60);

        List<Detection> found = detector.detect(Requests.picture(SIDE, SIDE, 3)
                .pixels(pixels)
                .source(2 * SIDE, 2 * SIDE, 0.5)
                .build());

        assertThat(found).hasSize(1);
        assertThat(found.get(0).label()).isEqualTo("person");
        assertThat(found.get(0).confidence()).isBetween(0.5f, 1f);
        assertThat(found.get(0).box().iou(new BoundingBox(228, 124, 412, 528))).isGreaterThan(0.7f);
    }

    @Test
    void findsNobodyOnAnEmptyPicture() {
        assertThat(detector.detect(
                        Requests.picture(SIDE, SIDE, 3).pixels(pixels).build()))
                .isEmpty();
    }

    @Test
    void mindsTheClassesAskedFor() {
        drawPerson(160, 60);

        assertThat(detector.detect(Requests.picture(SIDE, SIDE, 3)
                        .pixels(pixels)
                        .classes("car")
                        .build()))
                .isEmpty();
    }

    @Test
    void bearsPicturesSmallerThanItsWindow() {
        assertThat(detector.detect(Requests.picture(63, 20, 3).pixels(pixels).build()))
                .isEmpty();
    }

    /** A silhouette, 92 wide and 202 high, head at the top. */
    private void drawPerson(int x, int y) {
        Scalar dark = new Scalar(40, 40, 40);
        Imgproc.circle(picture, new Point(x, y + 18), 16, dark, -1);
        Imgproc.ellipse(picture, new Point(x, y + 80), new Size(30, 48), 0, 0, 360, dark, -1);
        for (int side = -1; side <= 1; side += 2) {
            Imgproc.line(picture, new Point(x + side * 12, y + 110), new Point(x + side * 18, y + 195), dark, 18);
            Imgproc.line(picture, new Point(x + side * 24, y + 50), new Point(x + side * 34, y + 110), dark, 12);
        }
        Imgproc.GaussianBlur(picture, picture, new Size(5, 5), 0);
    }
}
