package dev.vap.runner.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PacketIndexTest {
    @TempDir
    Path folder;

    @Test
    void choosesAKeyFrameWellBeforeTheFrame() {
        long[] shown = new long[100];
        for (int i = 0; i < shown.length; i++) {
            shown[i] = i * 10L;
        }
        PacketIndex index = new PacketIndex(shown, new long[] {0, 300, 600}, new long[] {0, 280, 580});
        assertThat(index.keyBefore(0)).isEqualTo(-1);
        assertThat(index.keyBefore(30)).isZero();
        assertThat(index.keyBefore(30 + PacketIndex.PREROLL - 1)).isZero();
        assertThat(index.keyBefore(30 + PacketIndex.PREROLL)).isEqualTo(1);
        assertThat(index.keyBefore(99)).isEqualTo(2);
        assertThat(index.keyDecoded(2)).isEqualTo(580);
    }

    @Test
    void findsFramesAndKeyFramesOfAFile() {
        ClipOptions options = ClipOptions.of(folder.resolve("clip.mp4"), 64, 48, 25)
                .withKeyEvery(20)
                .withBFrames(2);
        Path file = TestClips.clip(options, 100);
        Ffmpeg.load();
        try (CallGuard guard = new CallGuard(new Cancellation());
                MediaInput input = MediaInput.open(ReaderOptions.file(file), guard)) {
            PacketIndex index = PacketIndex.scan(input);
            assertThat(index).isNotNull();
            assertThat(index.frames()).isEqualTo(100);
            assertThat(index.number(index.timestamp(42))).isEqualTo(42);
            assertThat(index.number(index.timestamp(42) + 1)).isNegative();
            assertThat(index.number(index.keyShown(index.keyBefore(99)))).isBetween(60, 83);
        }
    }

    @Test
    void givesUpWithoutTimestamps() {
        Path file = TestClips.jpegs(folder.resolve("clip.mjpeg"), 40, 64, 48, 64, 48);
        Ffmpeg.load();
        try (CallGuard guard = new CallGuard(new Cancellation());
                MediaInput input = MediaInput.open(ReaderOptions.file(file), guard)) {
            PacketIndex index = PacketIndex.scan(input);
            assertThat(index == null || index.frames() == 40).isTrue();
        }
    }
}
