package dev.vap.runner.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.vap.shared.domain.SourceFault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClipEncoderTest {
    private static final int SIZE = 64 * 48 * 3;

    @TempDir
    Path folder;

    @Test
    void writesH264WhereTheBuildCan() {
        Path file = folder.resolve("clip.mp4");
        String encoder;
        try (ClipEncoder clip = ClipEncoder.open(ClipOptions.of(file, 64, 48, 25))) {
            encoder = clip.encoder();
            clip.write(ByteBuffer.allocate(SIZE));
            clip.finish();
            clip.finish();
        }
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(file))) {
            assertThat(reader.info().codec()).isEqualTo(encoder.equals("libopenh264") ? "h264" : "mpeg4");
            assertThat(reader.next()).isTrue();
            assertThat(reader.next()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 1, 10, 12.5, 29.97, 60, 240})
    void keepsTheFrameRate(double rate) {
        Path file = TestClips.clip(ClipOptions.of(folder.resolve("clip.mp4"), 64, 48, rate), 30);
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(file))) {
            assertThat(reader.info().framesPerSecond()).isCloseTo(rate, within(rate / 1000));
            assertThat(reader.info().frameCount()).isEqualTo(30);
        }
    }

    @Test
    void leavesThePositionOfTheFrameAlone() {
        try (ClipEncoder clip = ClipEncoder.open(ClipOptions.of(folder.resolve("clip.mp4"), 64, 48, 25))) {
            ByteBuffer bgr = ByteBuffer.allocate(SIZE + 5).position(5);
            clip.write(bgr);
            assertThat(bgr.position()).isEqualTo(5);
        }
    }

    @Test
    void keepsNearTheBitRate() throws IOException {
        Random random = new Random(1);
        byte[] noise = new byte[320 * 240 * 3];
        Path file = folder.resolve("clip.mp4");
        try (ClipEncoder clip =
                ClipEncoder.open(ClipOptions.of(file, 320, 240, 25).withBitRate(1_000_000))) {
            for (int i = 0; i < 50; i++) {
                for (int k = 0; k < noise.length; k++) {
                    noise[k] = (byte) (100 + random.nextInt(20));
                }
                clip.write(ByteBuffer.wrap(noise));
            }
            clip.finish();
        }
        // Two seconds; without a limit it would be more than three times as much.
        assertThat(Files.size(file) * 8 / 2).isBetween(300_000L, 1_500_000L);
    }

    @Test
    void refusesWhatItCanNotWrite() {
        ClipOptions clipOptions = ClipOptions.of(folder.resolve("x.mp4"), 64, 48, 25);
        assertThatIllegalArgumentException().isThrownBy(() -> clipOptions.withBitRate(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> ClipOptions.of(folder.resolve("x.mp4"), 63, 48, 25));
        assertThatIllegalArgumentException().isThrownBy(() -> ClipOptions.of(folder.resolve("x.mp4"), 64, 48, 0));
        try (ClipEncoder clip = ClipEncoder.open(ClipOptions.of(folder.resolve("clip.mp4"), 64, 48, 25))) {
            assertThatIllegalArgumentException().isThrownBy(() -> clip.write(ByteBuffer.allocate(SIZE - 1)));
            clip.write(ByteBuffer.allocate(SIZE), 3);
            assertThatIllegalArgumentException().isThrownBy(() -> clip.write(ByteBuffer.allocate(SIZE), 3));
            clip.finish();
            assertThatIllegalStateException().isThrownBy(() -> clip.write(ByteBuffer.allocate(SIZE)));
        }
    }

    @Test
    void tellsThatAFileCanNotBeCreated() {
        ClipOptions options = ClipOptions.of(folder.resolve("missing").resolve("clip.mp4"), 64, 48, 25);
        MediaException failure = catchThrowableOfType(MediaException.class, () -> ClipEncoder.open(options));
        assertThat(failure.fault()).isEqualTo(SourceFault.IO);
        assertThat(failure).hasMessageStartingWith("The clip clip.mp4 can't be created: ");
    }
}
