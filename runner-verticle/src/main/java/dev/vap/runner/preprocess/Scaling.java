package dev.vap.runner.preprocess;

import dev.vap.shared.protocol.InputSpec;

/**
 * How a source frame is laid into a model's input: scaled by {@code min(W/w, H/h)}, both sides cut to whole pixels, at
 * the top left. The arithmetic is that of YOLOX's {@code preproc}, in doubles, so that boxes come out the same.
 *
 * @param scale pixels of the input per pixel of the source
 * @param width of the scaled picture
 * @param height of the scaled picture
 * @param inputWidth of the whole input, padding included
 * @param inputHeight of the whole input, padding included
 */
public record Scaling(double scale, int width, int height, int inputWidth, int inputHeight) {

    public static Scaling of(InputSpec spec, int sourceWidth, int sourceHeight) {
        double scale = Math.min((double) spec.height() / sourceHeight, (double) spec.width() / sourceWidth);
        if (spec.fit() == InputSpec.Fit.FIT) {
            scale = Math.min(scale, 1);
        }
        int width = Math.max(1, (int) (sourceWidth * scale));
        int height = Math.max(1, (int) (sourceHeight * scale));
        return spec.fit() == InputSpec.Fit.FIT
                ? new Scaling(scale, width, height, width, height)
                : new Scaling(scale, width, height, spec.width(), spec.height());
    }
}
