package dev.vap.inference.tuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.inference.model.ModelDownload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChecksumsTest {

    private static final FileTime LATER = FileTime.from(Instant.parse("2030-01-01T00:00:00.5Z"));

    @TempDir
    Path directory;

    private final List<Path> read = new ArrayList<>();

    @Test
    void readsAFileOnceUntilItLooksDifferent() throws IOException {
        Path a = Files.writeString(directory.resolve("a.onnx"), "network");
        Path b = Files.writeString(directory.resolve("b.onnx"), "another");
        String sha256 = ModelDownload.sha256(a);

        assertThat(checksums().of(a)).isEqualTo(sha256);
        assertThat(checksums().of(b)).isNotEqualTo(sha256);
        assertThat(checksums().of(a)).isEqualTo(sha256);
        assertThat(checksums().of(b)).isEqualTo(ModelDownload.sha256(b));
        assertThat(read).containsExactly(a, b);

        Files.setLastModifiedTime(a, LATER);
        assertThat(checksums().of(a)).isEqualTo(sha256);
        Files.writeString(a, "larger network");
        assertThat(checksums().of(a)).isEqualTo(ModelDownload.sha256(a));
        assertThat(read).containsExactly(a, b, a, a);
    }

    @Test
    void takesWhatItCantReadForNothing() throws IOException {
        Path a = Files.writeString(directory.resolve("a.onnx"), "network");
        Files.write(directory.resolve("checksums"), new byte[] {(byte) 0xff, 0, 9, 9, 9, '\n'});

        assertThat(checksums().of(a)).isEqualTo(ModelDownload.sha256(a));
        assertThat(checksums().of(a)).isEqualTo(ModelDownload.sha256(a));
        assertThat(read).containsExactly(a);
        assertThatThrownBy(() -> checksums().of(directory.resolve("none"))).isInstanceOf(NoSuchFileException.class);
    }

    /** As another process has it. */
    private Checksums checksums() {
        return new Checksums(directory.resolve("checksums"), model -> {
            read.add(model);
            return ModelDownload.sha256(model);
        });
    }
}
