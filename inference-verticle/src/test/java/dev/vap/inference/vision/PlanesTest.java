package dev.vap.inference.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;

class PlanesTest {

    private static final int WIDTH = 5;
    private static final int HEIGHT = 3;

    @Test
    void takesPackedPixelsApart() {
        ByteBuffer packed = ByteBuffer.allocateDirect(WIDTH * HEIGHT * 3);
        for (int i = 0; i < packed.capacity(); i++) {
            packed.put(i, (byte) (200 + i));
        }
        ByteBuffer target = direct();

        try (Planes planes = new Planes(WIDTH, HEIGHT, target)) {
            planes.fill(packed);
        }

        FloatBuffer values = target.asFloatBuffer();
        for (int channel = 0; channel < 3; channel++) {
            for (int i = 0; i < WIDTH * HEIGHT; i++) {
                assertThat(values.get(channel * WIDTH * HEIGHT + i)).isEqualTo((200 + 3 * i + channel) % 256);
            }
        }
    }

    @Test
    void readsNoFurtherThanThePicture() {
        try (Planes planes = new Planes(WIDTH, HEIGHT, direct())) {
            assertThatThrownBy(() -> planes.fill(ByteBuffer.allocateDirect(WIDTH * HEIGHT * 3 - 1)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> planes.fill(ByteBuffer.allocate(WIDTH * HEIGHT * 3)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static ByteBuffer direct() {
        return ByteBuffer.allocateDirect(Planes.bytes(WIDTH, HEIGHT)).order(ByteOrder.nativeOrder());
    }
}
