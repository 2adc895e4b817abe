package dev.vap.runner.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vap.runner.decode.MediaException;
import dev.vap.runner.decode.ReaderOptions;
import dev.vap.runner.decode.VideoReader;
import dev.vap.shared.domain.SourceFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Odd, broken and hostile files, made by FFmpeg's command line. */
@Tag("peers")
class FilePeersIT {

    /** What no platform can read; the rest is read to its end. */
    private static final Map<String, Set<SourceFault>> FAULTS = Map.ofEntries(
            Map.entry("audio-only.mp4", Set.of(SourceFault.NO_VIDEO_STREAM)),
            Map.entry("cover-art.mp3", Set.of(SourceFault.NO_VIDEO_STREAM)),
            Map.entry("still.jpg", Set.of(SourceFault.NOT_A_VIDEO)),
            Map.entry("jpeg-named.mp4", Set.of(SourceFault.NOT_A_VIDEO)),
            Map.entry("zero-bytes.mp4", Set.of(SourceFault.EMPTY)),
            Map.entry("truncated-no-moov.mp4", Set.of(SourceFault.CORRUPT)),
            Map.entry("first-100-bytes.mp4", Set.of(SourceFault.CORRUPT)),
            Map.entry("corrupt-moov.mp4", EnumSet.of(SourceFault.CORRUPT, SourceFault.UNSUPPORTED_CODEC)),
            Map.entry("lying-count.mp4", Set.of(SourceFault.CORRUPT)),
            Map.entry("random-bytes.mp4", Set.of(SourceFault.NOT_A_VIDEO)),
            Map.entry("text.mp4", Set.of(SourceFault.NOT_A_VIDEO)),
            Map.entry("html-login.mp4", Set.of(SourceFault.NOT_A_VIDEO)),
            Map.entry("gzip-named.mp4", Set.of(SourceFault.NOT_A_VIDEO)),
            Map.entry("playlist-local-file.mp4", Set.of(SourceFault.NOT_ALLOWED)),
            Map.entry("playlist-ssrf.m3u8", Set.of(SourceFault.NOT_ALLOWED)),
            Map.entry("concat-local-file.mp4", Set.of(SourceFault.NOT_ALLOWED)),
            Map.entry("playlist-other-video.mp4", Set.of(SourceFault.NOT_ALLOWED)),
            Map.entry("concat-other-video.mp4", Set.of(SourceFault.NOT_ALLOWED)),
            Map.entry("loop.mp4", Set.of(SourceFault.NOT_FOUND)),
            Map.entry("pipe.mp4", Set.of(SourceFault.NOT_ALLOWED)),
            Map.entry("folder.mp4", Set.of(SourceFault.NOT_A_VIDEO)));

    /** Damaged so that how much of them can be shown, if anything, depends on the decoder. */
    private static final Map<String, Set<SourceFault>> DOUBTFUL = Map.of(
            "encrypted-cenc.mp4", Set.of(SourceFault.CORRUPT),
            "lying-size.mp4", Set.of(SourceFault.TOO_LARGE, SourceFault.CORRUPT),
            "starts-mid-gop.ts", Set.of(),
            "codec-change.ts", Set.of(),
            "corrupt-mdat.mp4", Set.of(),
            "corrupt.ts", Set.of(),
            "lossy.ts", Set.of(),
            "truncated-tail.mp4", Set.of());

    @TempDir
    static Path folder;

    /** Of the manifest: name, kind, and how many frames FFmpeg decodes. */
    private record Input(String name, String kind, String frames) {}

    @BeforeAll
    static void makeInputs() {
        Peers.needs("ffmpeg", "ffprobe", "python3", "mkfifo", "gzip");
        Path clip = Peers.clip(folder);
        Peer.complete(
                300,
                Peers.folder().resolve("make-inputs.sh").toString(),
                clip.toString(),
                folder.resolve("in").toString());
    }

    @TestFactory
    Stream<DynamicTest> everyInputEndsAsItShould() throws IOException {
        List<Input> inputs;
        try (Stream<String> lines = Files.lines(folder.resolve("in/MANIFEST.tsv"))) {
            inputs = lines.skip(1)
                    .map(line -> line.split("\t", -1))
                    .map(columns -> new Input(columns[0], columns[1], columns[7]))
                    .toList();
        }
        assertThat(inputs).hasSizeGreaterThanOrEqualTo(70);
        assertThat(inputs).extracting(Input::name).containsAll(FAULTS.keySet()).containsAll(DOUBTFUL.keySet());
        return inputs.stream().map(input -> DynamicTest.dynamicTest(input.name(), () -> check(input)));
    }

    private static void check(Input input) throws IOException {
        Path file = folder.resolve("in").resolve(input.name());
        assumeTrue(Files.exists(file) || Files.isSymbolicLink(file), "this FFmpeg could not make it");
        long frames = 0;
        MediaException failure = null;
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(file))) {
            while (reader.next()) {
                if (frames++ == 0) {
                    assertThat(openIn(folder.resolve("in"))).isSubsetOf(List.of(file.toRealPath()));
                }
            }
        } catch (MediaException e) {
            failure = e;
            assertThat(e).hasMessageNotContainingAny("TOP-SECRET", folder.toString());
        }
        assertThat(openIn(folder.resolve("in"))).isEmpty();
        if (FAULTS.containsKey(input.name())) {
            assertThat(failure).as("read %d frames", frames).isNotNull();
            assertThat(failure.fault()).as(failure.getMessage()).isIn(FAULTS.get(input.name()));
            assertThat(frames).isZero();
        } else if (DOUBTFUL.containsKey(input.name())) {
            if (failure == null) {
                assertThat(frames).isPositive();
            } else {
                assertThat(failure.fault()).as(failure.getMessage()).isIn(DOUBTFUL.get(input.name()));
            }
        } else {
            assertThat(failure).isNull();
            assertThat(frames).isEqualTo(Long.parseLong(input.frames()));
        }
    }

    /** Files of the folder that this process has open; none where there is no /proc. */
    private static Set<Path> openIn(Path inputs) throws IOException {
        Path descriptors = Path.of("/proc/self/fd");
        if (!Files.isDirectory(descriptors)) {
            return Set.of();
        }
        Path real = inputs.toRealPath();
        try (Stream<Path> all = Files.list(descriptors)) {
            return all.flatMap(descriptor -> {
                        try {
                            return Stream.of(Files.readSymbolicLink(descriptor));
                        } catch (IOException e) {
                            return Stream.empty();
                        }
                    })
                    .filter(target -> target.startsWith(real))
                    .collect(Collectors.toSet());
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
