package dev.vap.runner.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A frame whose left half is dark, whose right half is bright, and whose first eighth of rows is white. */
class PixelConverterTest {

    private static final int WIDTH = 320;
    private static final int HEIGHT = 240;
    private static final int DARK = 50;
    private static final int BRIGHT = 180;
    private static final int WHITE = 250;
    private static final int ROUNDING = 2;

    private PixelConverter toGrey;
    private PixelConverter toBgr;
    private AVFrame frame;

    @BeforeEach
    void open() {
        Ffmpeg.load();
        toGrey = PixelConverter.toGrey("the test");
        toBgr = PixelConverter.toBgr("the test");
        frame = avutil.av_frame_alloc();
    }

    @AfterEach
    void close() {
        toGrey.close();
        toBgr.close();
        avutil.av_frame_free(frame);
    }

    private static int drawn(int x, int y) {
        return y < HEIGHT / 8 ? WHITE : x < WIDTH / 2 ? DARK : BRIGHT;
    }

    /** Colourless, in what the decoders of this world give: rows are padded, values are those of the format. */
    private void draw(int format) {
        frame.format(format);
        frame.width(WIDTH);
        frame.height(HEIGHT);
        assertThat(avutil.av_frame_get_buffer(frame, 64)).isZero();
        boolean deep = format == avutil.AV_PIX_FMT_YUV420P10LE || format == avutil.AV_PIX_FMT_P010LE;
        boolean rgb = format == avutil.AV_PIX_FMT_RGB24;
        boolean full = rgb || format == avutil.AV_PIX_FMT_YUVJ420P || format == avutil.AV_PIX_FMT_GRAY8;
        boolean planar = format != avutil.AV_PIX_FMT_NV12 && format != avutil.AV_PIX_FMT_P010LE;
        int shift = format == avutil.AV_PIX_FMT_P010LE ? 8 : 2;
        for (int y = 0; y < HEIGHT; y++) {
            ByteBuffer row = row(0, y);
            for (int x = 0; x < WIDTH; x++) {
                int value = full ? drawn(x, y) : 16 + Math.round(drawn(x, y) * 219 / 255f);
                if (deep) {
                    row.putShort(x * 2, (short) (value << shift));
                } else if (rgb) {
                    row.put(x * 3, (byte) value).put(x * 3 + 1, (byte) value).put(x * 3 + 2, (byte) value);
                } else {
                    row.put(x, (byte) value);
                }
            }
        }
        if (rgb || format == avutil.AV_PIX_FMT_GRAY8) {
            return;
        }
        int planes = planar ? 2 : 1;
        int samples = planar ? WIDTH / 2 : WIDTH;
        for (int plane = 1; plane <= planes; plane++) {
            for (int y = 0; y < HEIGHT / 2; y++) {
                ByteBuffer row = row(plane, y);
                for (int x = 0; x < samples; x++) {
                    if (deep) {
                        row.putShort(x * 2, (short) (128 << shift));
                    } else {
                        row.put(x, (byte) 128);
                    }
                }
            }
        }
    }

    private ByteBuffer row(int plane, int y) {
        int stride = frame.linesize(plane);
        BytePointer data = frame.data(plane);
        return data.position((long) y * stride)
                .limit((long) (y + 1) * stride)
                .asByteBuffer()
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int at(ByteBuffer grey, int x, int y, int width) {
        return grey.get(y * width + x) & 0xFF;
    }

    private ByteBuffer grey(int rotation, int width, int height) {
        ByteBuffer out = ByteBuffer.allocateDirect(width * height);
        toGrey.convert(frame, rotation, width, height, out);
        assertThat(out.remaining()).isZero();
        return out.flip();
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                avutil.AV_PIX_FMT_YUV420P,
                avutil.AV_PIX_FMT_YUVJ420P,
                avutil.AV_PIX_FMT_NV12,
                avutil.AV_PIX_FMT_YUV420P10LE,
                avutil.AV_PIX_FMT_P010LE,
                avutil.AV_PIX_FMT_RGB24,
                avutil.AV_PIX_FMT_GRAY8
            })
    void brightnessIsThatOfThePictureInColourWhateverTheFormat(int format) {
        draw(format);
        ByteBuffer grey = grey(0, 80, 60);
        ByteBuffer bgr = ByteBuffer.allocateDirect(WIDTH * HEIGHT * 3);
        toBgr.convert(frame, 0, bgr);
        for (int[] place : new int[][] {{10, 3}, {70, 3}, {10, 30}, {70, 30}, {0, 59}, {79, 59}}) {
            int x = place[0] * 4 + 2;
            int y = place[1] * 4 + 2;
            int seen = at(grey, place[0], place[1], 80);
            assertThat(seen).as("%d,%d", place[0], place[1]).isCloseTo(drawn(x, y), within(ROUNDING));
            assertThat(seen).isCloseTo(bgr.get((y * WIDTH + x) * 3 + 1) & 0xFF, within(2 * ROUNDING));
        }
    }

    @ParameterizedTest
    @CsvSource({"90, 45, 60", "180, 60, 45", "270, 45, 60"})
    void turnsTheSmallPictureAsItDoesTheLargeOne(int rotation, int width, int height) {
        draw(avutil.AV_PIX_FMT_YUV420P);
        ByteBuffer grey = grey(rotation, width, height);
        ByteBuffer bgr = ByteBuffer.allocateDirect(WIDTH * HEIGHT * 3);
        toBgr.convert(frame, rotation, bgr);
        int fullWidth = rotation == 180 ? WIDTH : HEIGHT;
        int fullHeight = rotation == 180 ? HEIGHT : WIDTH;
        int[][] corners = {{1, 1}, {width - 2, 1}, {1, height - 2}, {width - 2, height - 2}};
        for (int[] corner : corners) {
            int x = corner[0] * fullWidth / width;
            int y = corner[1] * fullHeight / height;
            assertThat(at(grey, corner[0], corner[1], width))
                    .as("turned by %d, %d,%d", rotation, corner[0], corner[1])
                    .isCloseTo(bgr.get((y * fullWidth + x) * 3) & 0xFF, within(ROUNDING + 1));
        }
    }

    @Test
    void averagesInsteadOfLeavingPixelsOut() {
        draw(avutil.AV_PIX_FMT_GRAY8);
        for (int y = 0; y < HEIGHT; y++) {
            ByteBuffer row = row(0, y);
            for (int x = 0; x < WIDTH; x++) {
                row.put(x, (byte) ((x + y) % 2 == 0 ? 100 : 200));
            }
        }
        ByteBuffer grey = grey(0, 40, 30);
        for (int i = 0; i < 40 * 30; i++) {
            assertThat(grey.get(i) & 0xFF).isCloseTo(150, within(ROUNDING));
        }
    }

    @ParameterizedTest
    @CsvSource({"160, 1", "1, 120", "1, 1", "320, 240"})
    void scalesToAnySize(int width, int height) {
        draw(avutil.AV_PIX_FMT_YUV420P);
        int mean = (DARK + BRIGHT) / 2;
        int bottomRight = at(grey(0, width, height), width - 1, height - 1, width);
        assertThat(bottomRight).isBetween(width == 1 ? mean - 5 : mean, WHITE);
    }

    @Test
    void followsAFrameAndAPictureOfAnotherSize() {
        draw(avutil.AV_PIX_FMT_YUV420P);
        grey(0, 160, 120);
        ByteBuffer other = grey(0, 33, 21);
        assertThat(at(other, 3, 15, 33)).isCloseTo(DARK, within(ROUNDING));
        assertThat(at(other, 32, 20, 33)).isCloseTo(BRIGHT, within(ROUNDING));
    }
}
