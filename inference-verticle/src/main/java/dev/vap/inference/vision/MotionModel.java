package dev.vap.inference.vision;

import dev.vap.inference.model.Detector;
import dev.vap.inference.model.DetectorKind;
import dev.vap.inference.model.Model;
import dev.vap.shared.protocol.InputSpec;
import dev.vap.shared.protocol.ModelInfo;
import dev.vap.shared.runtime.OpenCv;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Whatever moves before a still background: Gaussian mixtures (Zivkovic 2004, OpenCV's MOG2) on a small grey picture.
 * Needs no file. Remembers a background per stream, so its frames are analysed one at a time, in order.
 */
public final class MotionModel implements Model {

    public static final ModelInfo INFO = new ModelInfo(
            "motion",
            DetectorKind.MOTION.wire(),
            true,
            null,
            new InputSpec(320, 320, InputSpec.Fit.FIT, InputSpec.Pixels.GRAY),
            List.of(MotionDetector.LABEL));

    private final LongSupplier nanoTime;

    /**
     * @param nanoTime monotonic; tells which streams are idle
     */
    public MotionModel(LongSupplier nanoTime) {
        OpenCv.load();
        this.nanoTime = nanoTime;
    }

    @Override
    public ModelInfo info() {
        return INFO;
    }

    @Override
    public int parallelism() {
        return 1;
    }

    @Override
    public Detector newDetector() {
        return new MotionDetector(nanoTime, MotionDetector.MOST_STREAMS);
    }

    @Override
    public void close() {}
}
