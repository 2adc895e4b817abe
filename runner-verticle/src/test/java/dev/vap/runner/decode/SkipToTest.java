package dev.vap.runner.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SkipToTest {
    private static final int FRAMES = 420;
    private static final int[] TARGETS = {0, 1, 16, 17, 40, 265, 266, 267, 268, 299, 300, 301, 333, 399, 418, 419};

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void findsTheSamePixelsAsReadingFromTheStart(int bFrames) {
        Path file = TestClips.clip(options("clip.mp4").withBFrames(bFrames), FRAMES);
        assertSameAsSequential(ReaderOptions.file(file), TARGETS);
    }

    @Test
    void findsFramesOfAVariableRate() {
        long[] slots = new long[FRAMES];
        for (int i = 1; i < FRAMES; i++) {
            slots[i] = slots[i - 1] + 1 + i % 7;
        }
        Path file = TestClips.clip(options("vfr.mp4").withBFrames(2), slots);
        assertSameAsSequential(ReaderOptions.file(file), TARGETS);
    }

    @Test
    void findsFramesWithSeveralThreads() {
        Path file = TestClips.clip(options("clip.mp4"), FRAMES);
        assertSameAsSequential(ReaderOptions.file(file).withDecoderThreads(2), TARGETS);
    }

    @Test
    void findsFramesBehindTheOnlyKeyFrame() {
        Path file = TestClips.clip(options("clip.mp4").withKeyEvery(10_000), FRAMES);
        assertSameAsSequential(ReaderOptions.file(file), 300, 419);
    }

    @Test
    void findsFramesWhereTimestampsAreMissing() {
        Path file = TestClips.jpegs(folder.resolve("clip.mjpeg"), FRAMES, 64, 48, 64, 48);
        assertSameAsSequential(ReaderOptions.file(file), 5, 300, 419);
    }

    @Test
    void keepsNumbersOfADamagedFile() {
        Path good = TestClips.clip(options("good.mp4"), FRAMES);
        Path bad = TestClips.damaged(good, folder.resolve("bad.mp4"), 60, 3);
        Map<Long, Long> all = sums(ReaderOptions.file(bad));
        for (long target : new long[] {100, 290, 350, 400}) {
            try (VideoReader reader = VideoReader.open(ReaderOptions.file(bad))) {
                reader.skipTo(target);
                assertThat(reader.next()).isTrue();
                assertThat(reader.frameNumber()).isEqualTo(((TreeMap<Long, Long>) all).ceilingKey(target));
            }
        }
    }

    @Test
    void goesBackAndForth() {
        Path file = TestClips.clip(options("clip.mp4"), FRAMES);
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(file))) {
            for (int target : new int[] {350, 20, 20, 21, 419, 0, 300, 301}) {
                reader.skipTo(target);
                assertThatIllegalStateException().isThrownBy(reader::frameNumber);
                assertThat(reader.next()).isTrue();
                assertThat(reader.frameNumber()).isEqualTo(target);
                assertThat(TestClips.numberIn(reader)).isEqualTo(target);
            }
            reader.skipTo(310);
            reader.skipTo(310);
            assertThat(reader.next()).isTrue();
            assertThat(reader.frameNumber()).isEqualTo(310);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {FRAMES, FRAMES + 1, 100_000, 1L << 40})
    void endsBehindTheLastFrame(long target) {
        Path file = TestClips.clip(options("clip.mp4"), FRAMES);
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(file))) {
            reader.skipTo(target);
            assertThat(reader.next()).isFalse();
            reader.skipTo(7);
            assertThat(reader.next()).isTrue();
            assertThat(reader.frameNumber()).isEqualTo(7);
        }
    }

    @Test
    void endsBehindTheLastFrameOfAShortClip() {
        Path file = TestClips.plain(folder.resolve("short.mp4"), 5);
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(file))) {
            reader.skipTo(5000);
            assertThat(reader.next()).isFalse();
        }
    }

    @Test
    void refusesNegativeNumbers() {
        Path file = TestClips.plain(folder.resolve("clip.mp4"), 5);
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(file))) {
            assertThatIllegalArgumentException().isThrownBy(() -> reader.skipTo(-1));
        }
    }

    private ClipOptions options(String name) {
        return ClipOptions.of(folder.resolve(name), 64, 48, 25).withKeyEvery(30);
    }

    private static void assertSameAsSequential(ReaderOptions options, int... targets) {
        Map<Long, Long> all = sums(options);
        assertThat(all).hasSize(FRAMES);
        for (int target : targets) {
            try (VideoReader reader = VideoReader.open(options)) {
                reader.skipTo(target);
                for (long number = target; number < Math.min(FRAMES, target + 40L); number++) {
                    assertThat(reader.next()).isTrue();
                    assertThat(reader.frameNumber()).isEqualTo(number);
                    assertThat(sum(reader.bgr()))
                            .as("frame %d after skipTo(%d)", number, target)
                            .isEqualTo(all.get(number));
                }
            }
        }
    }

    private static Map<Long, Long> sums(ReaderOptions options) {
        Map<Long, Long> sums = new TreeMap<>();
        try (VideoReader reader = VideoReader.open(options)) {
            while (reader.next()) {
                sums.put(reader.frameNumber(), sum(reader.bgr()));
            }
        }
        return sums;
    }

    private static long sum(ByteBuffer pixels) {
        CRC32 crc = new CRC32();
        crc.update(pixels);
        return crc.getValue();
    }
}
