package dev.vap.runner.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Leaks show as growth of the whole process over many rounds; the bound leaves room for the JVM's own growth. */
class NativeMemoryTest {
    private static final long BOUND = 96L << 20;

    @TempDir
    Path folder;

    @Test
    void libraryNeverRefusesMemoryBecauseTheProcessIsLarge() {
        Ffmpeg.load();
        assertThat(Pointer.maxPhysicalBytes()).isZero();
        assertThat(Pointer.maxBytes()).isZero();
    }

    @Test
    void openingAndClosingLeavesNothingBehind() {
        // A leak of one decoded frame a round would take 200 x 1.4 MB.
        Path good = TestClips.clip(ClipOptions.of(folder.resolve("clip.mp4"), 1280, 720, 10), 12);
        Path audio = TestClips.audioOnly(folder.resolve("audio.mp4"));
        ByteBuffer pixels = ByteBuffer.allocateDirect(1280 * 720 * 3);
        rounds(30, good, audio, pixels);
        long before = Pointer.physicalBytes();
        rounds(200, good, audio, pixels);
        assertThat(Pointer.physicalBytes() - before).isLessThan(BOUND);
    }

    private static void rounds(int count, Path good, Path audio, ByteBuffer pixels) {
        for (int i = 0; i < count; i++) {
            try (VideoReader reader = VideoReader.open(ReaderOptions.file(good))) {
                for (int frame = 0; frame < 3; frame++) {
                    assertThat(reader.next()).isTrue();
                    reader.copyBgrTo(pixels.clear());
                    assertThat(reader.bgr().remaining()).isEqualTo(pixels.capacity());
                    // Another size each time, so another scaler.
                    assertThat(reader.grey(640 - frame, 360).remaining()).isEqualTo((640 - frame) * 360);
                }
                reader.skipTo(1);
                assertThat(reader.next()).isTrue();
            }
            assertThat(catchThrowableOfType(MediaException.class, () -> VideoReader.open(ReaderOptions.file(audio))))
                    .isNotNull();
            assertThat(catchThrowableOfType(
                            MediaException.class,
                            () -> VideoReader.open(ReaderOptions.file(good).withMaxPixels(10))))
                    .isNotNull();
        }
    }

    @Test
    void singlePicturesLeaveNothingBehind() throws Exception {
        // A leak of one picture a round would take 200 x 2.8 MB.
        byte[] png = StillDecoderTest.picture(1280, 720, "png");
        stills(30, png);
        long before = Pointer.physicalBytes();
        stills(200, png);
        assertThat(Pointer.physicalBytes() - before).isLessThan(BOUND);
    }

    private static void stills(int count, byte[] png) {
        for (int i = 0; i < count; i++) {
            try (StillDecoder decoder = new StillDecoder(ReaderOptions.file(Path.of("picture")))) {
                decoder.decode(png, png.length, "image/png");
                assertThat(decoder.bgr().remaining()).isEqualTo(1280 * 720 * 3);
                assertThat(decoder.grey(640, 360).remaining()).isEqualTo(640 * 360);
            }
        }
    }

    @Test
    void encodingLeavesNothingBehind() {
        ByteBuffer bgr = ByteBuffer.allocateDirect(1280 * 720 * 3);
        encode(5, bgr);
        long before = Pointer.physicalBytes();
        encode(60, bgr);
        assertThat(Pointer.physicalBytes() - before).isLessThan(BOUND);
    }

    private void encode(int count, ByteBuffer bgr) {
        for (int i = 0; i < count; i++) {
            try (ClipEncoder clip = ClipEncoder.open(ClipOptions.of(folder.resolve("clip.mp4"), 1280, 720, 10))) {
                clip.write(bgr.clear());
                // Left unfinished every other time.
                if (i % 2 == 0) {
                    clip.finish();
                }
            }
        }
    }
}
