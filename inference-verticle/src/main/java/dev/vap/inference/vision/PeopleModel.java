package dev.vap.inference.vision;

import dev.vap.inference.head.Candidates;
import dev.vap.inference.head.Thresholds;
import dev.vap.inference.model.Detector;
import dev.vap.inference.model.DetectorKind;
import dev.vap.inference.model.Model;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.InputSpec;
import dev.vap.shared.protocol.ModelInfo;
import dev.vap.shared.runtime.OpenCv;
import java.util.List;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfDouble;
import org.opencv.core.MatOfFloat;
import org.opencv.core.MatOfRect;
import org.opencv.core.Rect;
import org.opencv.core.Size;
import org.opencv.objdetect.HOGDescriptor;

/**
 * OpenCV's people detector: histograms of oriented gradients and a linear SVM (Dalal and Triggs 2005), which finds upright
 * people at least 96 pixels high in a picture of at most 640 × 480. Needs no file.
 */
public final class PeopleModel implements Model {

    private static final List<String> LABELS = List.of("person");
    public static final ModelInfo INFO = new ModelInfo(
            "people",
            DetectorKind.PEOPLE.wire(),
            true,
            null,
            new InputSpec(640, 480, InputSpec.Fit.FIT, InputSpec.Pixels.BGR),
            LABELS);

    public PeopleModel() {
        OpenCv.load();
    }

    @Override
    public ModelInfo info() {
        return INFO;
    }

    @Override
    public int parallelism() {
        return Integer.MAX_VALUE;
    }

    @Override
    public Detector newDetector() {
        return new People();
    }

    @Override
    public void close() {}

    private static final class People implements Detector {

        private static final int WINDOW_WIDTH = 64;
        private static final int WINDOW_HEIGHT = 128;
        private static final double HIT_THRESHOLD = 0;
        private static final Size STRIDE = new Size(8, 8);
        private static final Size PADDING = new Size(8, 8);
        private static final double PYRAMID_STEP = 1.05;

        private final HOGDescriptor hog = new HOGDescriptor();
        private final MatOfRect found = new MatOfRect();
        private final MatOfDouble margins = new MatOfDouble();
        private final Candidates candidates = new Candidates();

        People() {
            MatOfFloat svm = HOGDescriptor.getDefaultPeopleDetector();
            hog.setSVMDetector(svm);
            svm.release();
        }

        @Override
        public List<Detection> detect(InferenceRequest request) {
            candidates.clear();
            Thresholds thresholds = Thresholds.of(request);
            if (request.width() >= WINDOW_WIDTH && request.height() >= WINDOW_HEIGHT && thresholds.wants("person")) {
                search(request, thresholds.confidence());
            }
            return candidates.best(thresholds, LABELS, request);
        }

        private void search(InferenceRequest request, float least) {
            Mat picture = new Mat(
                    request.height(),
                    request.width(),
                    CvType.CV_8UC3,
                    request.pixels().memory());
            try {
                hog.detectMultiScale(picture, found, margins, HIT_THRESHOLD, STRIDE, PADDING, PYRAMID_STEP);
            } finally {
                picture.release();
            }
            if (found.empty()) {
                return;
            }
            Rect[] boxes = found.toArray();
            double[] distances = margins.toArray();
            for (int i = 0; i < boxes.length; i++) {
                float confidence = confidence(distances[i]);
                if (confidence >= least) {
                    add(boxes[i], confidence);
                }
            }
        }

        /** The window has a margin around the person; OpenCV's peopledetect sample shrinks it by the same amounts. */
        private void add(Rect r, float confidence) {
            candidates.add(
                    (float) (r.x + 0.1 * r.width),
                    (float) (r.y + 0.07 * r.height),
                    (float) (r.x + 0.9 * r.width),
                    (float) (r.y + 0.87 * r.height),
                    confidence,
                    0);
        }

        /**
         * The distance from the SVM's border pressed into 0..1: 0 at the border, 0.46 at 0.5, 0.76 at 1. An order, not a
         * probability.
         */
        private static float confidence(double distance) {
            return (float) Math.tanh(Math.max(0, distance));
        }

        @Override
        public void close() {
            found.release();
            margins.release();
        }
    }
}
