package dev.vap.inference.model;

import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.InputSpec;
import dev.vap.shared.protocol.ModelInfo;
import java.util.ArrayList;
import java.util.List;

/**
 * Made-up detections that depend on the frame number and the frame's size alone: a person who walks from left to right once
 * in a hundred frames, and a car in every third frame. Looks at no pixel.
 */
public final class MockModel implements Model {

    public static final ModelInfo INFO = new ModelInfo(
            "mock",
            DetectorKind.MOCK.wire(),
            true,
            null,
            new InputSpec(64, 64, InputSpec.Fit.FIT, InputSpec.Pixels.GRAY),
            Labels.COCO);

    private static final int PERSON = 0;
    private static final int CAR = 2;

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
        return new Mock();
    }

    @Override
    public void close() {}

    private static final class Mock implements Detector {

        @Override
        public List<Detection> detect(InferenceRequest request) {
            long n = request.frameNumber();
            List<Detection> out = new ArrayList<>(2);
            float left = 0.008f * Math.floorMod(n, 100);
            add(out, request, PERSON, 0.9f, left, 0.3f, left + 0.1f, 0.8f);
            if (Math.floorMod(n, 3) == 0) {
                add(out, request, CAR, 0.6f, 0.5f, 0.5f, 0.9f, 0.7f);
            }
            return out;
        }

        private static void add(
                List<Detection> out,
                InferenceRequest request,
                int classId,
                float confidence,
                float xMin,
                float yMin,
                float xMax,
                float yMax) {
            String label = Labels.COCO.get(classId);
            boolean wanted = request.classes().isEmpty() || request.classes().contains(label);
            boolean sure = Float.isNaN(request.minConfidence()) || confidence >= request.minConfidence();
            if (wanted && sure) {
                float w = request.sourceWidth();
                float h = request.sourceHeight();
                out.add(new Detection(
                        label, classId, confidence, new BoundingBox(xMin * w, yMin * h, xMax * w, yMax * h)));
            }
        }

        @Override
        public void close() {}
    }
}
