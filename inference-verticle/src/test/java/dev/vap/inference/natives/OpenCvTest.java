package dev.vap.inference.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.opencv.core.Core;

class OpenCvTest {

    @Test
    void loadsOnceHoweverOftenAsked() {
        OpenCv.load();
        OpenCv.load();

        assertThat(Core.getNumThreads()).isEqualTo(1);
    }

    @Test
    void unpacksOnce() throws IOException {
        List<String> resources = List.of("/org/opencv/core/Core.class");

        Path first = NativeCache.unpack("test", resources);
        Path file = first.resolve("Core.class");
        Object written = Files.getLastModifiedTime(file);

        assertThat(NativeCache.unpack("test", resources)).isEqualTo(first);
        assertThat(Files.getLastModifiedTime(file)).isEqualTo(written);
        assertThat(first.toFile().list()).containsExactly("Core.class");
    }

    @Test
    void saysWhatIsMissing() {
        assertThatThrownBy(() -> NativeCache.unpack("test", List.of("/no/such/library.so")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("/no/such/library.so");
    }
}
