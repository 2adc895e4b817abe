package dev.vap.runner.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VideoReaderTest {
    @TempDir
    Path folder;

    @Test
    void readsEveryFrameInOrder() {
        Path file = TestClips.plain(folder.resolve("clip.mp4"), 60);
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(file))) {
            for (int i = 0; i < 60; i++) {
                assertThat(reader.next()).isTrue();
                assertThat(reader.frameNumber()).isEqualTo(i);
                assertThat(reader.ptsMillis()).isEqualTo(i * 100L);
                assertThat(TestClips.numberIn(reader)).isEqualTo(i);
            }
            assertThat(reader.next()).isFalse();
            assertThat(reader.next()).isFalse();
            assertThat(reader.corruptFrames()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "cuda", "vaapi", "videotoolbox", "d3d11va"})
    void decodesInSoftwareWhereTheHardwareIsNotThere(String hwaccel) {
        Path file = TestClips.plain(folder.resolve("clip.mp4"), 20);
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(file).withHwaccel(hwaccel))) {
            for (int i = 0; i < 20; i++) {
                assertThat(reader.next()).isTrue();
                assertThat(TestClips.numberIn(reader)).isEqualTo(i);
            }
            // Of machines that have it this tells only that the pictures are right.
            assertThat(reader.hardware()).isIn(null, "cuda", "vaapi", "videotoolbox", "d3d11va");
        }
    }

    @Test
    void readsReorderedFramesInTheOrderOfShowing() {
        Path file = TestClips.clip(
                ClipOptions.of(folder.resolve("b.mp4"), 64, 48, 25).withBFrames(2), 50);
        assertThat(numbers(ReaderOptions.file(file))).hasSize(50).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void tellsWhatTheContainerSays() {
        Path file = TestClips.plain(folder.resolve("clip.mp4"), 20);
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(file))) {
            MediaInfo info = reader.info();
            assertThat(info.container()).contains("mp4");
            assertThat(info.codec()).isIn("h264", "mpeg4");
            assertThat(info.width()).isEqualTo(64);
            assertThat(info.height()).isEqualTo(48);
            assertThat(info.framesPerSecond()).isCloseTo(10, within(0.001));
            assertThat(info.durationMillis()).isEqualTo(2000);
            assertThat(info.frameCount()).isEqualTo(20);
            assertThat(info.rotation()).isZero();
            assertThat(info.timeBaseNumerator()).isPositive();
            assertThat(info.timeBaseDenominator()).isPositive();
        }
    }

    @ParameterizedTest
    @CsvSource({"16,16", "18,34", "62,46", "64,48", "66,50", "98,130", "320,180", "1280,720"})
    void readsEverySize(int width, int height) {
        Path file = TestClips.clip(ClipOptions.of(folder.resolve("clip.mp4"), width, height, 10), 12);
        ByteBuffer bgr = ByteBuffer.allocateDirect(width * height * 3 + 17);
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(file))) {
            for (int i = 0; i < 12; i++) {
                assertThat(reader.next()).isTrue();
                assertThat(reader.frameWidth()).isEqualTo(width);
                assertThat(reader.frameHeight()).isEqualTo(height);
                assertThat(reader.frameBytes()).isEqualTo(width * height * 3);
                bgr.clear().position(9);
                reader.copyBgrTo(bgr);
                assertThat(bgr.position()).isEqualTo(9 + reader.frameBytes());
                assertThat(bgr.flip().position(9)).isEqualByComparingTo(reader.bgr());
                assertThat(reader.grey(width, height).remaining()).isEqualTo(width * height);
                assertBrightnessOf(bgr, reader.grey(width, height));
                assertLikeDrawing(bgr, width, height, i);
            }
        }
    }

    /** By the weights of BT.601; colours at the edges are coarser than brightness. */
    private static void assertBrightnessOf(ByteBuffer bgr, ByteBuffer grey) {
        for (int i = 0; i < grey.limit(); i++) {
            int at = bgr.position() + i * 3;
            double brightness =
                    0.114 * (bgr.get(at) & 0xff) + 0.587 * (bgr.get(at + 1) & 0xff) + 0.299 * (bgr.get(at + 2) & 0xff);
            if (Math.abs((grey.get(i) & 0xff) - brightness) > 6) {
                assertThat((double) (grey.get(i) & 0xff)).as("pixel %d", i).isCloseTo(brightness, within(6.0));
            }
        }
    }

    /** Compression may move a pixel, but neither a row nor the right edge may be missing or shifted. */
    private static void assertLikeDrawing(ByteBuffer bgr, int width, int height, int number) {
        ByteBuffer drawn = ByteBuffer.allocate(width * height * 3);
        TestClips.draw(drawn, width, height, number);
        for (int y = 0; y < height; y++) {
            for (int x : new int[] {0, width / 8, width - 1}) {
                int at = (y * width + x) * 3;
                int difference = (bgr.get(bgr.position() + at) & 0xff) - (drawn.get(at) & 0xff);
                assertThat(Math.abs(difference)).as("%d,%d", x, y).isLessThan(90);
            }
        }
    }

    @Test
    void tellsWhenFramesOfVariableRateAreShown() {
        long[] slots = {0, 1, 5, 6, 20, 21, 22, 40};
        Path file = TestClips.clip(ClipOptions.of(folder.resolve("vfr.mp4"), 64, 48, 10), slots);
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(file))) {
            for (int i = 0; i < slots.length; i++) {
                assertThat(reader.next()).isTrue();
                assertThat(reader.frameNumber()).isEqualTo(i);
                assertThat(reader.ptsMillis()).isEqualTo(slots[i] * 100);
            }
            assertThat(reader.next()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {90, 180, 270})
    void turnsThePictureAsTheContainerAsks(int degrees) {
        Path upright = TestClips.plain(folder.resolve("upright.mp4"), 3);
        Path turned = TestClips.rotated(upright, folder.resolve("turned.mp4"), degrees);
        try (VideoReader expected = VideoReader.open(ReaderOptions.file(upright));
                VideoReader reader = VideoReader.open(ReaderOptions.file(turned))) {
            assertThat(reader.info().rotation()).isEqualTo(degrees);
            while (expected.next()) {
                assertThat(reader.next()).isTrue();
                int width = degrees == 180 ? 64 : 48;
                int height = degrees == 180 ? 48 : 64;
                assertThat(reader.frameWidth())
                        .isEqualTo(width)
                        .isEqualTo(reader.info().width());
                assertThat(reader.frameHeight())
                        .isEqualTo(height)
                        .isEqualTo(reader.info().height());
                ByteBuffer from = expected.bgr();
                ByteBuffer to = reader.bgr();
                for (int y = 0; y < 48; y++) {
                    for (int x = 0; x < 64; x++) {
                        int column = degrees == 90 ? 47 - y : degrees == 180 ? 63 - x : y;
                        int line = degrees == 90 ? x : degrees == 180 ? 47 - y : 63 - x;
                        assertThat(to.get((line * width + column) * 3 + 2)).isEqualTo(from.get((y * 64 + x) * 3 + 2));
                    }
                }
            }
            assertThat(reader.next()).isFalse();
        }
    }

    @Test
    void followsAChangeOfSizeInMidStream() {
        Path file = TestClips.jpegs(folder.resolve("clip.mjpeg"), 40, 64, 48, 160, 120);
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(file))) {
            for (int i = 0; i < 40; i++) {
                assertThat(reader.next()).isTrue();
                assertThat(reader.frameWidth()).isEqualTo(i < 20 ? 64 : 160);
                assertThat(reader.frameHeight()).isEqualTo(i < 20 ? 48 : 120);
                assertThat(reader.bgr().remaining()).isEqualTo(reader.frameBytes());
                assertThat(TestClips.numberIn(reader)).isEqualTo(i);
                assertThat(reader.frameNumber()).isEqualTo(i);
            }
            assertThat(reader.next()).isFalse();
        }
    }

    @Test
    void decodesTheSameWithSeveralThreads() {
        Path file = TestClips.plain(folder.resolve("clip.mp4"), 60);
        assertThat(numbers(ReaderOptions.file(file).withDecoderThreads(3)))
                .isEqualTo(numbers(ReaderOptions.file(file)));
    }

    @Test
    void passesOverDamagedFramesAndCountsThem() {
        Path good = TestClips.plain(folder.resolve("good.mp4"), 120);
        Path bad = TestClips.damaged(good, folder.resolve("bad.mp4"), 40, 7);
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(bad))) {
            long frames = 0;
            long previous = -1;
            while (reader.next()) {
                frames++;
                assertThat(reader.frameNumber()).isGreaterThan(previous).isLessThan(120);
                previous = reader.frameNumber();
            }
            assertThat(frames).isBetween(60L, 120L);
            assertThat(reader.corruptFrames()).isPositive();
        }
    }

    @Test
    void readsWhatIsLeftOfAFileThatLostItsEnd() {
        Path good = TestClips.plain(folder.resolve("good.mp4"), 100);
        Path cut = TestClips.truncated(good, folder.resolve("cut.mp4"), 0.6);
        assertThat(numbers(ReaderOptions.file(cut)).size()).isBetween(10, 99);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-",
                "-i",
                "a:b",
                "pipe:",
                "pipe:0",
                "x%03d.mp4",
                "concat:a|b",
                "http:",
                "file:x",
                "a b'&$(id);",
                "%2e",
                "видео-é.mp4",
                "data:video,x",
                "@list",
                "subfile,,start,0,end,9,,:x"
            })
    void takesFileNamesLiterally(String name) throws Exception {
        Path file = TestClips.plain(folder.resolve("clip.mp4"), 5);
        Path named = Files.move(file, folder.resolve(name));
        assertThat(numbers(ReaderOptions.file(named))).hasSize(5);
    }

    @Test
    void refusesPixelsBeforeTheFirstFrameAndIntoUnfitBuffers() {
        Path file = TestClips.plain(folder.resolve("clip.mp4"), 5);
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(file))) {
            assertThatIllegalStateException().isThrownBy(reader::bgr);
            assertThatIllegalStateException().isThrownBy(reader::frameNumber);
            assertThat(reader.next()).isTrue();
            int size = reader.frameBytes();
            assertThatIllegalArgumentException().isThrownBy(() -> reader.copyBgrTo(ByteBuffer.allocate(size)));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> reader.copyBgrTo(ByteBuffer.allocateDirect(size - 1)));
            reader.copyBgrTo(ByteBuffer.allocateDirect(size));
        }
    }

    @Test
    void closesTwiceAndIsThenOfNoUse() {
        Path file = TestClips.plain(folder.resolve("clip.mp4"), 5);
        VideoReader reader = VideoReader.open(ReaderOptions.file(file));
        reader.next();
        reader.close();
        reader.close();
        reader.interrupt();
        assertThat(reader.info().width()).isEqualTo(64);
        assertThatIllegalStateException().isThrownBy(reader::next).withMessage("the reader is closed");
        assertThatIllegalStateException().isThrownBy(reader::bgr).withMessage("the reader is closed");
        assertThatIllegalStateException().isThrownBy(() -> reader.skipTo(0));
    }

    private static List<Integer> numbers(ReaderOptions options) {
        List<Integer> numbers = new ArrayList<>();
        try (VideoReader reader = VideoReader.open(options)) {
            while (reader.next()) {
                numbers.add(TestClips.numberIn(reader));
            }
        }
        return numbers;
    }
}
