package dev.vap.inference.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.platform.Fp16Conversions;
import org.junit.jupiter.api.Test;

class HalfFloatsTest {

    @Test
    void everyHalfIsAsOnnxRuntimeHasIt() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float wanted = Fp16Conversions.mlasFp16ToFloat((short) bits);
            float got = HalfFloats.toFloat((short) bits);
            if (Float.compare(got, wanted) != 0) {
                assertThat(got).as("%x", bits).isEqualTo(wanted);
            }
        }
    }

    @Test
    void knowsTheUsualOnes() {
        assertThat(HalfFloats.toFloat((short) 0x3c00)).isEqualTo(1);
        assertThat(HalfFloats.toFloat((short) 0xc000)).isEqualTo(-2);
        assertThat(HalfFloats.toFloat((short) 1)).isEqualTo(0x1p-24f);
        assertThat(HalfFloats.toFloat((short) 0x7bff)).isEqualTo(65504);
        assertThat(HalfFloats.toFloat((short) 0xfc00)).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(HalfFloats.toFloat((short) 0x7e00)).isNaN();
    }
}
