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

    /** Where neither the request nor the catalogue says anything. */
    public static final Thresholds DEFAULT = new Thresholds(0.3f, 0.45f, List.of());

    /** As asked for, or the defaults. */
    public static Thresholds of(InferenceRequest request) {
        return of(request, DEFAULT);
    }

    /** As asked for, or the model's own. */
    public static Thresholds of(InferenceRequest request, Thresholds model) {
        return new Thresholds(
                Float.isNaN(request.minConfidence()) ? model.confidence : request.minConfidence(),
                Float.isNaN(request.nmsIou()) ? model.iou : request.nmsIou(),
                request.classes());
    }

    public boolean wants(String label) {
        return classes.isEmpty() || classes.contains(label);
    }
}
