package dev.vap.testing.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestStreamTest {
    @TempDir
    Path folder;

    @Test
    void h264BeginsEachGroupWithItsParameterSets() {
        TestStream stream = TestStream.of(StreamSpec.h264(160, 120).withKeyEvery(5, 20));
        for (long number = 0; number < 40; number++) {
            List<Integer> types =
                    stream.unit(number).parts().stream().map(TestStream::type).toList();
            assertThat(types).as("frame %d", number).isEqualTo(number % 5 == 0 ? List.of(7, 8, 5) : List.of(1));
            assertThat(stream.unit(number).key()).isEqualTo(number % 5 == 0);
        }
        assertThat(TestStream.type(stream.sps())).isEqualTo(7);
        assertThat(TestStream.type(stream.pps())).isEqualTo(8);
        assertThat(TestStream.of(stream.spec())).isSameAs(stream);
    }

    @Test
    void jpegsShowTheBoxMoving() throws IOException {
        TestStream stream = TestStream.mjpeg(160, 120);
        for (long number : new long[] {0, 7, 29, 30}) {
            byte[] jpeg = stream.unit(number).parts().get(0);
            var picture = ImageIO.read(new ByteArrayInputStream(jpeg));
            assertThat(picture.getWidth()).isEqualTo(160);
            assertThat(picture.getHeight()).isEqualTo(120);
            int left = stream.boxLeft(number);
            assertThat(picture.getRGB(left + 15, 60) & 0xff).as("box").isGreaterThan(200);
            assertThat(picture.getRGB(left < 60 ? 150 : 5, 60) & 0xff)
                    .as("background")
                    .isLessThan(120);
        }
        assertThat(LongStream.range(0, 30).map(stream::boxLeft).distinct().count())
                .isEqualTo(30);
    }

    @Test
    void indexOfAnMp4IsWhereItWasAskedFor() throws IOException {
        TestStream stream = TestStream.h264(160, 120);
        String first = text(stream.mp4(folder.resolve("first.mp4")));
        String last = text(stream.mp4IndexLast(folder.resolve("last.mp4")));
        assertThat(first.indexOf("moov")).isPositive().isLessThan(first.indexOf("mdat"));
        assertThat(last.indexOf("moov")).isGreaterThan(last.indexOf("mdat"));
    }

    @Test
    void transportStreamIsMadeOfPackets() throws IOException {
        byte[] bytes = Files.readAllBytes(TestStream.h264(160, 120).mpegTs(folder.resolve("clip.ts")));
        assertThat(bytes.length % 188).isZero();
        for (int at = 0; at < bytes.length; at += 188) {
            assertThat(bytes[at]).isEqualTo((byte) 0x47);
        }
    }

    @Test
    void hlsWindowSlides() throws IOException {
        Hls hls = TestStream.h264(160, 120).hls();
        assertThat(hls.live(Duration.ZERO))
                .contains("#EXT-X-MEDIA-SEQUENCE:0\n", "part0.ts\n", "part4.ts\n")
                .doesNotContain("part5.ts", "ENDLIST");
        assertThat(hls.live(Duration.ofMillis(1600)))
                .contains("#EXT-X-MEDIA-SEQUENCE:3\n", "#EXTINF:0.500,\npart3.ts\n", "part7.ts\n")
                .doesNotContain("part2.ts", "part8.ts");
        assertThat(hls.vod()).contains("part5.ts\n#EXT-X-ENDLIST\n").doesNotContain("part6.ts");
        Path playlist = hls.writeLive(folder, Duration.ofMillis(1600));
        assertThat(playlist).content().isEqualTo(hls.live(Duration.ofMillis(1600)));
        assertThat(folder.resolve("part7.ts")).isNotEmptyFile();
        assertThat(hls.writeVod(folder)).content().isEqualTo(hls.vod());
    }

    @Test
    void takesNalUnitsApart() {
        assertThat(TestStream.split(new byte[] {0, 0, 0, 1, 9, 8, 0, 0, 1, 7}))
                .containsExactly(new byte[] {9, 8}, new byte[] {7});
    }

    @Test
    void refusesWhatItCanNotMake() {
        assertThatIllegalArgumentException().isThrownBy(() -> StreamSpec.h264(161, 120));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StreamSpec.h264(160, 120).withKeyEvery(7, 20));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TestStream.mjpeg(160, 120).mpegTs(folder.resolve("x.ts")));
    }

    private static String text(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }
}
