package dev.vap.standalone.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.decode.ReaderOptions;
import dev.vap.runner.decode.VideoReader;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DrawnClipTest {

    @TempDir
    Path folder;

    @Test
    void isAVideoInWhichThingsMove() throws Exception {
        Path file = folder.resolve("drawn.mp4");
        DrawnClip.draw(file);

        int frames = 0;
        int differing = 0;
        byte[] before = null;
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(file))) {
            assertThat(reader.info().width()).isEqualTo(640);
            assertThat(reader.info().height()).isEqualTo(360);
            assertThat(reader.info().framesPerSecond()).isEqualTo(10);
            while (reader.next()) {
                ByteBuffer bgr = reader.bgr();
                byte[] pixels = new byte[bgr.remaining()];
                bgr.get(bgr.position(), pixels);
                differing += before != null && changed(before, pixels) > 1000 ? 1 : 0;
                before = pixels;
                frames++;
            }
        }
        assertThat(frames).isEqualTo(DrawnClip.FRAMES);
        assertThat(differing).isGreaterThan(DrawnClip.FRAMES * 9 / 10);
    }

    private static int changed(byte[] a, byte[] b) {
        int changed = 0;
        for (int i = 0; i < a.length; i++) {
            changed += Math.abs((a[i] & 0xff) - (b[i] & 0xff)) > 40 ? 1 : 0;
        }
        return changed;
    }
}
