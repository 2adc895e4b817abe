package dev.vap.shared.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeCacheTest {

    /** Out of a jar and out of a folder. */
    private static final List<String> RESOURCES =
            List.of("/org/opencv/core/Core.class", "/dev/vap/shared/runtime/NativeCache.class");

    @TempDir
    Path base;

    @Test
    void unpacksSideBySideAndOnce() throws IOException {
        Path first = NativeCache.unpack("sample", RESOURCES, base);
        FileTime written = Files.getLastModifiedTime(first.resolve("Core.class"));

        assertThat(NativeCache.unpack("sample", RESOURCES, base)).isEqualTo(first);
        assertThat(Files.getLastModifiedTime(first.resolve("Core.class"))).isEqualTo(written);
        assertThat(first.toFile().list()).containsExactlyInAnyOrder("Core.class", "NativeCache.class");
    }

    @Test
    void replacesHalfAFile() throws IOException {
        Path directory = NativeCache.unpack("sample", RESOURCES, base);
        long size = Files.size(directory.resolve("Core.class"));
        Files.writeString(directory.resolve("Core.class"), "half");

        NativeCache.unpack("sample", RESOURCES, base);

        assertThat(directory.resolve("Core.class")).hasSize(size);
    }

    @Test
    void doesWithoutACache() throws IOException {
        Path file = Files.createFile(base.resolve("in-the-way"));

        Path directory = NativeCache.unpack("sample", RESOURCES, file);

        assertThat(directory.resolve("Core.class")).isNotEmptyFile();
    }

    @Test
    void saysWhatIsMissing() {
        assertThatThrownBy(() -> NativeCache.unpack("sample", List.of("/no/such/library.so"), base))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("/no/such/library.so");
    }
}
