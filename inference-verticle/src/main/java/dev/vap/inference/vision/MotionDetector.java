package dev.vap.inference.vision;

import dev.vap.inference.head.Candidates;
import dev.vap.inference.head.Thresholds;
import dev.vap.inference.model.Detector;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.InferenceRequest;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;
import org.opencv.video.BackgroundSubtractorMOG2;
import org.opencv.video.Video;

/**
 * Foreground regions as boxes; confidence is the part of the box that moved. The first frame of a stream, and of a new
 * size, only teaches the background, and so does a frame in which most of the picture changed.
 */
final class MotionDetector implements Detector {

    static final String LABEL = "motion";

    /** A background takes 36 bytes a pixel, 3.7 MB for 320 × 320. */
    static final int MOST_STREAMS = 128;

    private static final List<String> LABELS = List.of(LABEL);
    private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int HISTORY_FRAMES = 500;
    private static final double VARIANCE_THRESHOLD = 16;
    private static final int MIXTURES = 3;
    /** The mask holds 127 for shadows and 255 for what moves. */
    private static final double ABOVE_SHADOW = 200;
    /** Smaller regions are noise. */
    private static final double LEAST_PART_OF_PICTURE = 0.001;
    /** More at once is a light that was switched, a new exposure or a cut. */
    private static final double MOST_PART_OF_PICTURE = 0.6;

    private final LongSupplier nanoTime;
    private final int mostStreams;
    /** Least recently used first. */
    private final LinkedHashMap<String, Background> backgrounds = new LinkedHashMap<>(16, 0.75f, true);

    /** Subtractors of evicted streams, empty: Java's OpenCV frees them only with the garbage collector. */
    private final ArrayDeque<BackgroundSubtractorMOG2> spare = new ArrayDeque<>();

    private final Mat mask = new Mat();
    private final Mat regions = new Mat();
    private final Mat statistics = new Mat();
    private final Mat centroids = new Mat();
    private final Mat grain = Imgproc.getStructuringElement(Imgproc.MORPH_ELLIPSE, new Size(3, 3));
    private final Mat gap = Imgproc.getStructuringElement(Imgproc.MORPH_ELLIPSE, new Size(9, 9));
    private final Candidates candidates = new Candidates();
    private final int[] box = new int[5];

    MotionDetector(LongSupplier nanoTime, int mostStreams) {
        this.nanoTime = nanoTime;
        this.mostStreams = mostStreams;
    }

    @Override
    public List<Detection> detect(InferenceRequest request) {
        long now = nanoTime.getAsLong();
        Background background = backgrounds.get(request.stream());
        if (background == null) {
            background = new Background(subtractor());
            backgrounds.put(request.stream(), background);
        }
        background.usedAt = now;
        evict(now);
        candidates.clear();
        Thresholds thresholds = Thresholds.of(request);
        boolean first = background.width != request.width() || background.height != request.height();
        background.width = request.width();
        background.height = request.height();
        apply(background.subtractor, request);
        if (!first && thresholds.wants(LABEL)) {
            collect(request, thresholds.confidence());
        }
        return candidates.best(thresholds, LABELS, request);
    }

    private void apply(BackgroundSubtractorMOG2 subtractor, InferenceRequest request) {
        Mat picture = new Mat(
                request.height(),
                request.width(),
                CvType.CV_8UC1,
                request.pixels().memory());
        try {
            subtractor.apply(picture, mask);
        } finally {
            picture.release();
        }
    }

    private void collect(InferenceRequest request, float least) {
        Imgproc.threshold(mask, mask, ABOVE_SHADOW, 255, Imgproc.THRESH_BINARY);
        Imgproc.morphologyEx(mask, mask, Imgproc.MORPH_OPEN, grain);
        Imgproc.morphologyEx(mask, mask, Imgproc.MORPH_CLOSE, gap);
        if (Core.countNonZero(mask) > MOST_PART_OF_PICTURE * request.width() * request.height()) {
            return;
        }
        int count = Imgproc.connectedComponentsWithStats(mask, regions, statistics, centroids);
        double leastArea = LEAST_PART_OF_PICTURE * request.width() * request.height();
        // Region 0 is the background.
        for (int i = 1; i < count; i++) {
            statistics.get(i, 0, box);
            int x = box[Imgproc.CC_STAT_LEFT];
            int y = box[Imgproc.CC_STAT_TOP];
            int w = box[Imgproc.CC_STAT_WIDTH];
            int h = box[Imgproc.CC_STAT_HEIGHT];
            float moved = box[Imgproc.CC_STAT_AREA] / (float) (w * h);
            if (box[Imgproc.CC_STAT_AREA] >= leastArea && moved >= least) {
                candidates.add(x, y, x + w, y + h, moved, 0);
            }
        }
    }

    private BackgroundSubtractorMOG2 subtractor() {
        BackgroundSubtractorMOG2 used = spare.poll();
        if (used != null) {
            return used;
        }
        BackgroundSubtractorMOG2 created =
                Video.createBackgroundSubtractorMOG2(HISTORY_FRAMES, VARIANCE_THRESHOLD, true);
        created.setNMixtures(MIXTURES);
        return created;
    }

    private void evict(long now) {
        Iterator<Map.Entry<String, Background>> oldest = backgrounds.entrySet().iterator();
        while (oldest.hasNext()) {
            Background background = oldest.next().getValue();
            if (backgrounds.size() <= mostStreams && now - background.usedAt < IDLE_NANOS) {
                return;
            }
            oldest.remove();
            forget(background.subtractor);
            spare.add(background.subtractor);
        }
    }

    /** Another size of picture makes it give its memory back and begin anew. */
    private void forget(BackgroundSubtractorMOG2 subtractor) {
        Mat pixel = Mat.zeros(1, 1, CvType.CV_8UC1);
        subtractor.apply(pixel, mask);
        pixel.release();
    }

    int streams() {
        return backgrounds.size();
    }

    @Override
    public void close() {
        backgrounds.values().forEach(background -> forget(background.subtractor));
        backgrounds.clear();
        for (Mat mat : List.of(mask, regions, statistics, centroids, grain, gap)) {
            mat.release();
        }
    }

    private static final class Background {
        private final BackgroundSubtractorMOG2 subtractor;
        private int width;
        private int height;
        private long usedAt;

        private Background(BackgroundSubtractorMOG2 subtractor) {
            this.subtractor = subtractor;
        }
    }
}
