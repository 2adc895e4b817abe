package dev.vap.runner.preprocess;

import dev.vap.shared.protocol.InputSpec;
import dev.vap.shared.protocol.Placement;

/**
 * How a source frame is laid into a model's input. The arithmetic is that of the models' authors, in doubles, so that boxes
 * come out the same: at the top left as YOLOX's {@code preproc} does it, in the middle as Ultralytics' {@code LetterBox}
 * (with {@code auto=False}).
 *
 * @param placement where the frame lies in the input
 * @param left of the scaled picture in the input, pixels
 * @param top of it
 * @param width of the scaled picture
 * @param height of the scaled picture
 * @param inputWidth of the whole input, padding included
 * @param inputHeight of the whole input, padding included
 */
public record Scaling(Placement placement, int left, int top, int width, int height, int inputWidth, int inputHeight) {

    /** Less than half a pixel: sends the odd pixel of padding to the right and below. */
    private static final double ODD_PIXEL = 0.1;

    public static Scaling of(InputSpec spec, int sourceWidth, int sourceHeight) {
        double scale = Math.min((double) spec.height() / sourceHeight, (double) spec.width() / sourceWidth);
        return switch (spec.fit()) {
            case LETTERBOX ->
                atTopLeft(scale, cut(sourceWidth * scale), cut(sourceHeight * scale), spec.width(), spec.height());
            case LETTERBOX_CENTER -> inTheMiddle(spec, scale, sourceWidth, sourceHeight);
            case STRETCH -> stretched(spec, sourceWidth, sourceHeight);
            case FIT -> {
                double smaller = Math.min(scale, 1);
                int width = cut(sourceWidth * smaller);
                int height = cut(sourceHeight * smaller);
                yield atTopLeft(smaller, width, height, width, height);
            }
        };
    }

    private static Scaling atTopLeft(double scale, int width, int height, int inputWidth, int inputHeight) {
        return new Scaling(Placement.scaled(scale), 0, 0, width, height, inputWidth, inputHeight);
    }

    private static int cut(double side) {
        return Math.max(1, (int) side);
    }

    private static Scaling inTheMiddle(InputSpec spec, double scale, int sourceWidth, int sourceHeight) {
        // Halves go to the even neighbour, as Python's round has it.
        int width = Math.max(1, (int) Math.rint(sourceWidth * scale));
        int height = Math.max(1, (int) Math.rint(sourceHeight * scale));
        int left = (int) Math.rint((spec.width() - width) / 2.0 - ODD_PIXEL);
        int top = (int) Math.rint((spec.height() - height) / 2.0 - ODD_PIXEL);
        return new Scaling(
                new Placement(scale, scale, left, top), left, top, width, height, spec.width(), spec.height());
    }

    private static Scaling stretched(InputSpec spec, int sourceWidth, int sourceHeight) {
        Placement placement =
                new Placement((double) spec.width() / sourceWidth, (double) spec.height() / sourceHeight, 0, 0);
        return new Scaling(placement, 0, 0, spec.width(), spec.height(), spec.width(), spec.height());
    }
}
