package dev.vap.inference.head;

import dev.vap.shared.protocol.InferenceRequest;
import java.util.List;

/**
 * What makes a box a detection.
 *
 * @param confidence least confidence, inclusive
 * @param iou the weaker of two boxes of a class that overlap by more is dropped
 * @param classes only these labels; empty for all
 */
public record Thresholds(float confidence, float iou, List<String> classes) {

    public static final float DEFAULT_CONFIDENCE = 0.3f;
    public static final float DEFAULT_IOU = 0.45f;

    /** As asked for, or the defaults. */
    public static Thresholds of(InferenceRequest request) {
        return new Thresholds(
                Float.isNaN(request.minConfidence()) ? DEFAULT_CONFIDENCE : request.minConfidence(),
                Float.isNaN(request.nmsIou()) ? DEFAULT_IOU : request.nmsIou(),
                request.classes());
    }

    public boolean wants(String label) {
        return classes.isEmpty() || classes.contains(label);
    }
}
