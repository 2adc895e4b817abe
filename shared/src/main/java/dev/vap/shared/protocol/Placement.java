package dev.vap.shared.protocol;

/**
 * Where the source frame lies in the picture made of it: {@code picture = source * scale + offset} on each axis, in
 * pixels.
 *
 * @param scaleX pixels of the picture per pixel of the source
 * @param left pixels of padding left of the frame
 * @param top pixels of padding above it
 */
public record Placement(double scaleX, double scaleY, double left, double top) {

    public static final Placement SAME = scaled(1);

    public Placement {
        if (!(scaleX > 0 && scaleY > 0 && Double.isFinite(scaleX) && Double.isFinite(scaleY))
                || !Double.isFinite(left)
                || !Double.isFinite(top)) {
            throw new IllegalArgumentException(
                    "a placement of scale " + scaleX + ", " + scaleY + " at " + left + ", " + top);
        }
    }

    /** The same scale on both axes, at the top left. */
    public static Placement scaled(double scale) {
        return new Placement(scale, scale, 0, 0);
    }

    public double sourceX(double x) {
        return (x - left) / scaleX;
    }

    public double sourceY(double y) {
        return (y - top) / scaleY;
    }
}
