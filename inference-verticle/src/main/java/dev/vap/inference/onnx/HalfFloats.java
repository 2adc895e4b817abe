package dev.vap.inference.onnx;

/** IEEE 754 half precision, which Java has from version 20 on only. */
final class HalfFloats {

    private static final float SMALLEST = 0x1p-24f;
    private static final int EXPONENT_BIAS = 127 - 15;

    private HalfFloats() {}

    static float toFloat(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = (half >>> 10) & 0x1f;
        int fraction = half & 0x3ff;
        if (exponent == 0) {
            float magnitude = fraction * SMALLEST;
            return sign == 0 ? magnitude : -magnitude;
        }
        int widened = exponent == 0x1f ? 0xff : exponent + EXPONENT_BIAS;
        return Float.intBitsToFloat(sign | widened << 23 | fraction << 13);
    }
}
