package dev.vap.shared.domain;

/** An axis-aligned box in pixels of the source frame; origin top left, {@code xMax}/{@code yMax} exclusive. */
public record BoundingBox(float xMin, float yMin, float xMax, float yMax) {

    public float area() {
        return Math.max(0, xMax - xMin) * Math.max(0, yMax - yMin);
    }

    /** Intersection over union, 0 when the boxes do not overlap. */
    public float iou(BoundingBox other) {
        float w = Math.min(xMax, other.xMax) - Math.max(xMin, other.xMin);
        float h = Math.min(yMax, other.yMax) - Math.max(yMin, other.yMin);
        if (w <= 0 || h <= 0) {
            return 0;
        }
        float shared = w * h;
        return shared / (area() + other.area() - shared);
    }
}
