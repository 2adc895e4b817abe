package dev.vap.runner.motion;

import dev.vap.shared.domain.MotionOptions;
import java.nio.ByteBuffer;
import java.util.List;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfPoint;
import org.opencv.core.Point;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * What a camera sees when nothing moves, as a small grey picture: a running average, since OpenCV's mixture of Gaussians
 * (MOG2) alone costs 0.2 ms for such a picture, several times as much as all of this. Pixels that differ from it are learnt
 * slowly, so that somebody who walks past leaves no trace in it, and somebody who stops becomes part of it.
 *
 * <p>Owns its matrices until {@link #close()}. Not thread-safe.
 */
final class Background implements AutoCloseable {

    /** Pixels of the longer side. */
    static final int SIDE = 160;

    private static final double LEARNS_IN_MILLIS = 2_000;
    private static final double LEARNS_MOVING_IN_MILLIS = 15_000;
    private static final double LONGEST_STEP_MILLIS = 1_000;
    private static final Size BLUR = new Size(3, 3);
    private static final Scalar ALL = Scalar.all(255);
    private static final Scalar NONE = Scalar.all(0);

    private final int width;
    private final int height;
    private final int sourceWidth;
    private final int sourceHeight;
    private final double threshold;
    private final Mat grey = new Mat();
    private final Mat average = new Mat();
    private final Mat shown = new Mat();
    private final Mat moving = new Mat();
    private final Mat still = new Mat();
    private final Mat kernel = Imgproc.getStructuringElement(Imgproc.MORPH_RECT, BLUR);
    /** 255 where motion counts; null for everywhere. */
    private final Mat counted;

    private final int pixels;
    /** Held as well, since a matrix over a buffer does not keep it from being collected. */
    private ByteBuffer memory;

    private Mat seen;
    /** As far as {@link #moving()} knows: nothing differs from the background, not even a speck. */
    private boolean quiet;

    Background(MotionOptions options, int sourceWidth, int sourceHeight) {
        this.sourceWidth = sourceWidth;
        this.sourceHeight = sourceHeight;
        this.threshold = options.threshold();
        double scale = Math.min(1, (double) SIDE / Math.max(sourceWidth, sourceHeight));
        this.width = Math.max(1, (int) Math.round(sourceWidth * scale));
        this.height = Math.max(1, (int) Math.round(sourceHeight * scale));
        this.counted = options.ignore().isEmpty() ? null : mask(options.ignore());
        this.pixels = counted == null ? width * height : Core.countNonZero(counted);
    }

    private Mat mask(List<MotionOptions.Region> ignored) {
        Mat mask = new Mat(height, width, CvType.CV_8UC1, ALL);
        for (MotionOptions.Region region : ignored) {
            Point[] corners = region.corners().stream()
                    .map(c -> new Point(Math.round(c.x() * (width - 1)), Math.round(c.y() * (height - 1))))
                    .toArray(Point[]::new);
            MatOfPoint polygon = new MatOfPoint(corners);
            Imgproc.fillPoly(mask, List.of(polygon), NONE);
            polygon.release();
        }
        return mask;
    }

    boolean fits(int frameWidth, int frameHeight) {
        return frameWidth == sourceWidth && frameHeight == sourceHeight;
    }

    /** Makes the small picture of a frame; the others speak of it. */
    @SuppressWarnings("ReferenceEquality") // The same memory, not equal contents.
    void see(MotionGate.Picture picture) {
        ByteBuffer small = picture.grey(width, height);
        if (small != memory) {
            releaseSeen();
            seen = new Mat(height, width, CvType.CV_8UC1, small);
            memory = small;
        }
        Imgproc.blur(seen, grey, BLUR);
    }

    /** Takes the picture for the background. */
    void learnAnew() {
        grey.convertTo(average, CvType.CV_32F);
    }

    /** Share of the picture that differs from the background, without specks, 0..1. */
    double moving() {
        average.convertTo(shown, CvType.CV_8U);
        Core.absdiff(grey, shown, moving);
        Imgproc.threshold(moving, moving, threshold, 255, Imgproc.THRESH_BINARY);
        if (counted != null) {
            Core.bitwise_and(moving, counted, moving);
        }
        // As a rule nothing at all differs, which spares a fixed camera half of the work below.
        quiet = Core.countNonZero(moving) == 0;
        if (quiet) {
            return 0;
        }
        Imgproc.morphologyEx(moving, moving, Imgproc.MORPH_OPEN, kernel);
        return pixels == 0 ? 0 : (double) Core.countNonZero(moving) / pixels;
    }

    /** After {@link #moving()}: the background follows the picture. */
    void learn(long millis) {
        double step = Math.max(0, Math.min(LONGEST_STEP_MILLIS, (double) millis));
        if (quiet) {
            Imgproc.accumulateWeighted(grey, average, weight(step, LEARNS_IN_MILLIS));
            return;
        }
        Core.bitwise_not(moving, still);
        Imgproc.accumulateWeighted(grey, average, weight(step, LEARNS_IN_MILLIS), still);
        Imgproc.accumulateWeighted(grey, average, weight(step, LEARNS_MOVING_IN_MILLIS), moving);
    }

    /** Of one sample in an exponential average of that time constant. */
    private static double weight(double step, double constant) {
        return 1 - Math.exp(-step / constant);
    }

    private void releaseSeen() {
        if (seen != null) {
            seen.release();
            seen = null;
            memory = null;
        }
    }

    @Override
    public void close() {
        releaseSeen();
        for (Mat mat : List.of(grey, average, shown, moving, still, kernel)) {
            mat.release();
        }
        if (counted != null) {
            counted.release();
        }
    }
}
