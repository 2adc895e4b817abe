package dev.vap.inference.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.platform.Fp16Conversions;
import dev.vap.inference.model.ModelSpec.Colours;
import dev.vap.inference.model.ModelSpec.Layout;
import dev.vap.inference.model.ModelSpec.Range;
import dev.vap.inference.vision.Planes.Element;
import dev.vap.inference.vision.Planes.Format;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PlanesTest {

    private static final int WIDTH = 5;
    private static final int HEIGHT = 3;
    private static final int PICTURES = 2;
    private static final double[] MEAN = {0.485, 0.456, 0.406};
    private static final double[] DEVIATION = {0.229, 0.224, 0.225};

    static List<Format> formats() {
        List<Format> all = new ArrayList<>();
        for (Layout layout : Layout.values()) {
            for (Element element : Element.values()) {
                for (Colours colours : Colours.values()) {
                    for (Range range : Range.values()) {
                        if (element != Element.UINT8 || range == Range.BYTE) {
                            all.add(new Format(WIDTH, HEIGHT, layout, element, colours, range));
                        }
                    }
                }
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("formats")
    void makesWhatTheNetworkTakes(Format format) {
        ByteBuffer target = direct(format);

        try (Planes planes = new Planes(format, PICTURES, target)) {
            for (int picture = 0; picture < PICTURES; picture++) {
                planes.fill(picture, picture(picture));
            }
        }

        for (int picture = 0; picture < PICTURES; picture++) {
            ByteBuffer packed = picture(picture);
            for (int y = 0; y < HEIGHT; y++) {
                for (int x = 0; x < WIDTH; x++) {
                    for (int c = 0; c < 3; c++) {
                        double wanted = wanted(format, packed, x, y, c);
                        int place =
                                format.layout() == Layout.NCHW ? (c * HEIGHT + y) * WIDTH + x : (y * WIDTH + x) * 3 + c;
                        double got = value(format, target, picture * WIDTH * HEIGHT * 3 + place);
                        double tolerance = format.element() == Element.FLOAT16 ? Math.abs(wanted) / 1024 : 1e-5;
                        assertThat(got)
                                .as("%d: %d,%d,%d", picture, x, y, c)
                                .isCloseTo(wanted, within(tolerance + 1e-6));
                    }
                }
            }
        }
    }

    /** From the definition. */
    private static double wanted(Format format, ByteBuffer packed, int x, int y, int c) {
        int bgr = format.colours() == Colours.BGR ? c : 2 - c;
        int rgb = 2 - bgr;
        double value = packed.get((y * WIDTH + x) * 3 + bgr) & 0xff;
        return switch (format.range()) {
            case BYTE -> value;
            case UNIT -> value / 255;
            case IMAGENET -> (value / 255 - MEAN[rgb]) / DEVIATION[rgb];
        };
    }

    private static double value(Format format, ByteBuffer target, int index) {
        return switch (format.element()) {
            case UINT8 -> target.get(index) & 0xff;
            case FLOAT16 -> Fp16Conversions.fp16ToFloat(target.getShort(2 * index));
            case FLOAT32 -> target.getFloat(4 * index);
        };
    }

    private static ByteBuffer picture(int seed) {
        ByteBuffer packed = ByteBuffer.allocateDirect(WIDTH * HEIGHT * 3);
        for (int i = 0; i < packed.capacity(); i++) {
            packed.put(i, (byte) (200 + 7 * i + 31 * seed));
        }
        return packed;
    }

    @Test
    void readsNoFurtherThanThePicture() {
        Format format = new Format(WIDTH, HEIGHT, Layout.NCHW, Element.FLOAT32, Colours.BGR, Range.BYTE);
        try (Planes planes = new Planes(format, PICTURES, direct(format))) {
            assertThatThrownBy(() -> planes.fill(0, ByteBuffer.allocateDirect(WIDTH * HEIGHT * 3 - 1)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> planes.fill(0, ByteBuffer.allocate(WIDTH * HEIGHT * 3)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> planes.fill(PICTURES, picture(0))).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> new Planes(format, PICTURES + 1, direct(format)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static ByteBuffer direct(Format format) {
        return ByteBuffer.allocateDirect(PICTURES * format.bytes()).order(ByteOrder.nativeOrder());
    }
}
