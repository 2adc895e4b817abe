package dev.vap.runner.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real footage, where it lies beside the repository. */
class SharedVideosTest {
    private static Path video(String name) {
        Optional<Path> file =
                TestClips.sharedVideos().map(folder -> folder.resolve(name)).filter(Files::isRegularFile);
        assumeTrue(
                file.isPresent(),
                "skipped: " + name + " was not found; name its folder with -Dvap.videos=FOLDER or VAP_VIDEOS");
        return file.orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({"one-by-one-person-detection.mp4,1394,768,432,10.0", "bottle-detection.mp4,1189,640,360,29.83"})
    void decodesEveryFrame(String name, int frames, int width, int height, double rate) {
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(video(name)))) {
            assertThat(reader.info().frameCount()).isEqualTo(frames);
            assertThat(reader.info().framesPerSecond()).isBetween(rate - 0.01, rate + 0.01);
            long expected = 0;
            while (reader.next()) {
                assertThat(reader.frameNumber()).isEqualTo(expected++);
                assertThat(reader.frameWidth()).isEqualTo(width);
                assertThat(reader.frameHeight()).isEqualTo(height);
            }
            assertThat(expected).isEqualTo(frames);
            assertThat(reader.corruptFrames()).isZero();
        }
    }

    @Test
    void resumesExactly() {
        ReaderOptions options = ReaderOptions.file(video("bottle-detection.mp4"));
        long[] sums = new long[1189];
        try (VideoReader reader = VideoReader.open(options)) {
            while (reader.next()) {
                sums[(int) reader.frameNumber()] = sum(reader.bgr());
            }
        }
        for (int target = 0; target < sums.length; target += 99) {
            try (VideoReader reader = VideoReader.open(options)) {
                reader.skipTo(target);
                assertThat(reader.next()).isTrue();
                assertThat(reader.frameNumber()).isEqualTo(target);
                assertThat(sum(reader.bgr())).isEqualTo(sums[target]);
            }
        }
    }

    private static long sum(ByteBuffer pixels) {
        CRC32 crc = new CRC32();
        crc.update(pixels);
        return crc.getValue();
    }
}
