package dev.vap.inference.head;

import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.Placement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Boxes in pixels of the input, not clipped, and the choice of the best of them. Reused from frame to frame: allocates only
 * when a frame has more boxes than any before. For one thread at a time.
 */
public final class Candidates {

    /** More detections in one frame are noise from a threshold near 0; they would flood whoever stores them. */
    static final int MOST = 300;

    /** Only the best take part in the suppression, whose time grows with their number; the rest are noise likewise. */
    static final int CONSIDERED = 4096;

    private float[] corners = new float[4 * 64];
    private float[] confidences = new float[64];
    private int[] classes = new int[64];
    private long[] order = new long[64];
    private final int[] kept = new int[MOST];
    private int size;

    public void clear() {
        size = 0;
    }

    /**
     * @param confidence above or equal 0
     * @throws dev.vap.shared.domain.VapException {@code inference_failed} if a corner is no number
     */
    public void add(float xMin, float yMin, float xMax, float yMax, float confidence, int classId) {
        if (!Float.isFinite(xMin + yMin + xMax + yMax)) {
            throw Values.notANumber();
        }
        if (size == confidences.length) {
            corners = Arrays.copyOf(corners, 2 * corners.length);
            confidences = Arrays.copyOf(confidences, 2 * size);
            classes = Arrays.copyOf(classes, 2 * size);
            order = new long[2 * size];
        }
        int at = 4 * size;
        corners[at] = xMin;
        corners[at + 1] = yMin;
        corners[at + 2] = xMax;
        corners[at + 3] = yMax;
        // Turns -0 into 0: the order below is that of the bits.
        confidences[size] = confidence + 0f;
        classes[size] = classId;
        size++;
    }

    /** The same from the middle of a box and its size. */
    public void addCentred(float x, float y, float width, float height, float confidence, int classId) {
        add(x - width / 2, y - height / 2, x + width / 2, y + height / 2, confidence, classId);
    }

    /**
     * Greedy non-maximum suppression per class, then source pixels.
     *
     * <p>As {@code cv2.dnn.NMSBoxesBatched}: from the best box on, a box is dropped if it overlaps one that was kept, of its
     * class, by an IoU above the threshold; equal ones keep their order. Only the best {@link #CONSIDERED} take part.
     *
     * @return best first; scaled back and clipped to the source frame; boxes wholly outside of it (in the padding) are left
     *     out
     */
    public List<Detection> best(Thresholds thresholds, List<String> labels, InferenceRequest request) {
        return detections(suppress(thresholds.iou()), labels, request);
    }

    /** All of them, of networks that have chosen already; likewise best first, scaled back and clipped. */
    public List<Detection> ranked(List<String> labels, InferenceRequest request) {
        sort();
        int count = Math.min(size, MOST);
        for (int k = 0; k < count; k++) {
            kept[k] = (int) order[k];
        }
        return detections(count, labels, request);
    }

    private List<Detection> detections(int count, List<String> labels, InferenceRequest request) {
        List<Detection> out = new ArrayList<>(count);
        for (int k = 0; k < count; k++) {
            int i = kept[k];
            BoundingBox box = inSource(4 * i, request);
            if (box.area() > 0) {
                out.add(new Detection(labels.get(classes[i]), classes[i], confidences[i], box));
            }
        }
        return out;
    }

    /**
     * @return how many indices are in {@code kept}
     */
    private int suppress(float threshold) {
        sort();
        int considered = Math.min(size, CONSIDERED);
        int count = 0;
        for (int n = 0; n < considered && count < MOST; n++) {
            int i = (int) order[n];
            if (!overlapsKept(i, count, threshold)) {
                kept[count++] = i;
            }
        }
        return count;
    }

    private void sort() {
        for (int i = 0; i < size; i++) {
            // Bits of a float that is not negative grow with it: descending confidence, then ascending index.
            order[i] = ((long) (Integer.MAX_VALUE - Float.floatToRawIntBits(confidences[i])) << 32) | i;
        }
        Arrays.sort(order, 0, size);
    }

    private boolean overlapsKept(int i, int count, float threshold) {
        for (int k = 0; k < count; k++) {
            int j = kept[k];
            if (classes[i] == classes[j] && iou(4 * i, 4 * j) > threshold) {
                return true;
            }
        }
        return false;
    }

    private float iou(int a, int b) {
        double w = Math.min(corners[a + 2], corners[b + 2]) - Math.max(corners[a], corners[b]);
        double h = Math.min(corners[a + 3], corners[b + 3]) - Math.max(corners[a + 1], corners[b + 1]);
        if (w <= 0 || h <= 0) {
            return 0;
        }
        double shared = w * h;
        return (float) (shared / (area(a) + area(b) - shared));
    }

    private double area(int at) {
        return (double) (corners[at + 2] - corners[at]) * (corners[at + 3] - corners[at + 1]);
    }

    private BoundingBox inSource(int at, InferenceRequest request) {
        Placement placement = request.placement();
        return new BoundingBox(
                clipped(placement.sourceX(corners[at]), request.sourceWidth()),
                clipped(placement.sourceY(corners[at + 1]), request.sourceHeight()),
                clipped(placement.sourceX(corners[at + 2]), request.sourceWidth()),
                clipped(placement.sourceY(corners[at + 3]), request.sourceHeight()));
    }

    private static float clipped(double value, int limit) {
        return (float) Math.max(0, Math.min(value, limit));
    }
}
