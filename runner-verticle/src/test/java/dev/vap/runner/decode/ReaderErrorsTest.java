package dev.vap.runner.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vap.shared.domain.SourceFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ReaderErrorsTest {
    @TempDir
    Path folder;

    @Test
    void missing() {
        assertRefused(folder.resolve("gone.mp4"), SourceFault.NOT_FOUND, "The file gone.mp4 does not exist.");
    }

    @Test
    void folderNamedLikeAVideo() throws IOException {
        Path file = Files.createDirectory(folder.resolve("folder.mp4"));
        assertRefused(file, SourceFault.NOT_A_VIDEO, "The file folder.mp4 is a folder: choose a video file in it.");
    }

    @Test
    void zeroBytes() throws IOException {
        Path file = Files.createFile(folder.resolve("zero.mp4"));
        assertRefused(file, SourceFault.EMPTY, "The file zero.mp4 is empty (0 bytes): upload or copy it again.");
    }

    @Test
    void text() throws IOException {
        assertRefused(
                written("text.mp4", "This is not a video.\n".repeat(100)),
                SourceFault.NOT_A_VIDEO,
                "The file text.mp4 is text, not a video: choose a file such as MP4 or MKV.");
    }

    @Test
    void webPage() throws IOException {
        Path file = written("page.mp4", "<!DOCTYPE html><html><title>Sign in</title></html>");
        assertRefused(file, SourceFault.NOT_A_VIDEO, "The file page.mp4 is a web page, not a video");
    }

    @Test
    void picture() throws IOException {
        Path file = Files.write(folder.resolve("still.mp4"), TestClips.jpeg(64, 48, 1));
        assertRefused(file, SourceFault.NOT_A_VIDEO, "The file still.mp4 is a JPEG picture, not a video");
    }

    @Test
    void randomBytes() throws IOException {
        byte[] bytes = new byte[200_000];
        new Random(7).nextBytes(bytes);
        Path file = Files.write(folder.resolve("random.mp4"), bytes);
        assertRefused(file, SourceFault.NOT_A_VIDEO, "The file random.mp4 is unknown data, not a video");
    }

    @Test
    void audioOnly() {
        assertRefused(
                TestClips.audioOnly(folder.resolve("sound.mp4")),
                SourceFault.NO_VIDEO_STREAM,
                "The file sound.mp4 has no video stream, only audio (aac): choose a file with video.");
    }

    @Test
    void coverPictureIsNoVideo() {
        assertRefused(
                TestClips.audioWithCover(folder.resolve("song.mp4")),
                SourceFault.NO_VIDEO_STREAM,
                "The file song.mp4 has no video stream, only audio (aac) and a still cover picture:"
                        + " choose a file with video.");
    }

    @Test
    void recordingCutOffBeforeItsIndex() {
        ClipOptions options =
                ClipOptions.of(folder.resolve("whole.mp4"), 64, 48, 10).withIndexFirst(false);
        Path cut = TestClips.truncated(TestClips.clip(options, 50), folder.resolve("cut.mp4"), 0.6);
        assertRefused(cut, SourceFault.CORRUPT, "The file cut.mp4 is cut off: its index (moov) is missing");
    }

    @Test
    void videoWithoutFrames() {
        Path file = TestClips.plain(folder.resolve("none.mp4"), 0);
        assertThat(failure(file).fault()).isIn(SourceFault.EMPTY, SourceFault.CORRUPT);
    }

    @Test
    void unknownCodec() {
        Path good = TestClips.plain(folder.resolve("good.mp4"), 5);
        Path file = TestClips.unknownCodec(good, folder.resolve("odd.mp4"));
        assertRefused(
                file,
                SourceFault.UNSUPPORTED_CODEC,
                "The file odd.mp4 has a video stream whose codec can't be recognized");
    }

    @Test
    void tooManyPixels() {
        Path file = TestClips.plain(folder.resolve("clip.mp4"), 5);
        MediaException failure = catchThrowableOfType(
                MediaException.class, () -> readAll(ReaderOptions.file(file).withMaxPixels(64 * 48 - 1)));
        assertThat(failure.fault()).isEqualTo(SourceFault.TOO_LARGE);
        assertThat(failure).hasMessageContaining("frames of 64x48 pixels, more than the 3071 allowed");
        readAll(ReaderOptions.file(file).withMaxPixels(64 * 48));
    }

    @Test
    void playlistThatReadsAnotherVideo() throws IOException {
        Path good = TestClips.plain(folder.resolve("good.mp4"), 5);
        String list = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4.0,\nfile://" + good + "\n#EXT-X-ENDLIST\n";
        for (String name : new String[] {"list.mp4", "list.m3u8"}) {
            assertRefused(written(name, list), SourceFault.NOT_ALLOWED, "The file " + name + " is a playlist (HLS)");
        }
    }

    @Test
    void scriptThatReadsAnotherVideo() throws IOException {
        TestClips.plain(folder.resolve("good.mp4"), 5);
        Path file = written("list.mp4", "ffconcat version 1.0\nfile 'good.mp4'\n");
        assertRefused(file, SourceFault.NOT_ALLOWED, "The file list.mp4 is a list of files (ffconcat)");
    }

    @Test
    void optionsCanNotOpenTheFence() throws IOException {
        TestClips.plain(folder.resolve("good.mp4"), 5);
        Path file = written("list.mp4", "ffconcat version 1.0\nfile 'good.mp4'\n");
        ReaderOptions options = ReaderOptions.file(file)
                .withDemuxerOptions(Map.of("format_whitelist", "concat,mov", "protocol_whitelist", "file,http,tcp"));
        MediaException failure = catchThrowableOfType(MediaException.class, () -> readAll(options));
        assertThat(failure.fault()).isEqualTo(SourceFault.NOT_ALLOWED);
    }

    @Test
    void sessionDescription() throws IOException {
        Path file =
                written("camera.mp4", "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n");
        assertRefused(file, SourceFault.NOT_ALLOWED, "The file camera.mp4 is a stream description (SDP)");
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void namedPipeDoesNotBlock() throws Exception {
        Path pipe = folder.resolve("pipe.mp4");
        Process mkfifo = new ProcessBuilder("mkfifo", pipe.toString()).start();
        assumeTrue(mkfifo.waitFor(10, TimeUnit.SECONDS) && mkfifo.exitValue() == 0, "mkfifo is not there");
        assertRefused(pipe, SourceFault.NOT_ALLOWED, "The file pipe.mp4 is a pipe, socket or device");
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void linkToItself() throws IOException {
        Path link = folder.resolve("loop.mp4");
        Files.createSymbolicLink(link, link);
        assertRefused(link, SourceFault.NOT_FOUND, "The file loop.mp4 leads nowhere");
    }

    @Test
    void frameDataThatNoDecoderTakes() {
        Path good = TestClips.plain(folder.resolve("good.mp4"), 40);
        Path bad = folder.resolve("bad.mp4");
        overwriteFrames(good, bad);
        assertRefused(
                bad,
                SourceFault.CORRUPT,
                "The file bad.mp4 has no frame that can be decoded: it is damaged or encrypted.");
    }

    private static void overwriteFrames(Path from, Path to) {
        try {
            byte[] all = Files.readAllBytes(from);
            int start = TestClips.find(all, "mdat") + 4;
            Arrays.fill(all, start, all.length, (byte) 0x55);
            Files.write(to, all);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void checksItsOptions() {
        ReaderOptions options = ReaderOptions.file(folder.resolve("x"));
        assertThatIllegalArgumentException().isThrownBy(() -> options.withDecoderThreads(0));
        assertThatIllegalArgumentException().isThrownBy(() -> options.withMaxPixels(1L << 40));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> options.withTimeouts(Duration.ZERO, Duration.ofSeconds(1)));
        assertThatIllegalArgumentException().isThrownBy(() -> ReaderOptions.of(SourceKind.FILE, "relative.mp4"));
    }

    @Test
    void messagesHoldNoSecrets() {
        assertThat(ReaderOptions.file(Path.of("/secret/place/a\nb.mp4")).toString())
                .contains("The file a?b.mp4")
                .doesNotContain("secret");
        assertThat(ReaderOptions.of(SourceKind.HTTP, "http://admin:pw@camera:8080/live?token=abc")
                        .toString())
                .contains("The source http://camera:8080/live")
                .doesNotContain("admin")
                .doesNotContain("pw")
                .doesNotContain("abc");
        assertThat(ReaderOptions.of(SourceKind.HTTP, "http://admin:p w@camera/x")
                        .toString())
                .contains("The source http address")
                .doesNotContain("p w");
    }

    private Path written(String name, String content) throws IOException {
        return Files.write(folder.resolve(name), content.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertRefused(Path file, SourceFault reason, String message) {
        MediaException failure = failure(file);
        assertThat(failure.fault()).as(failure.getMessage()).isEqualTo(reason);
        assertThat(failure).hasMessageStartingWith(message);
        assertThat(failure.getMessage()).doesNotContain(file.getParent().toString());
    }

    private static MediaException failure(Path file) {
        MediaException failure = catchThrowableOfType(MediaException.class, () -> readAll(ReaderOptions.file(file)));
        assertThat(failure).as("reading %s", file).isNotNull();
        return failure;
    }

    private static void readAll(ReaderOptions options) {
        try (VideoReader reader = VideoReader.open(options)) {
            while (reader.next()) {
                assertThat(reader.frameNumber()).isNotNegative();
            }
        }
    }
}
