package dev.vap.runner.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MediaFilesTest {

    @TempDir
    Path folder;

    private Path root;

    @BeforeEach
    void make() throws Exception {
        folder = folder.toRealPath();
        root = Files.createDirectories(folder.resolve("media"));
    }

    private Path allowed(String url) {
        return MediaFiles.allowed(SourceUrl.parse(url), root);
    }

    @Test
    void findsRelativePathsUnderTheMediaRoot() throws Exception {
        Path clip =
                Files.writeString(Files.createDirectories(root.resolve("clips")).resolve("a b.mp4"), "x");
        assertThat(allowed("clips/a b.mp4")).isEqualTo(clip);
        assertThat(allowed("file:clips/a b.mp4")).isEqualTo(clip);
        assertThat(allowed(clip.toUri().toString())).isEqualTo(clip);
    }

    @Test
    void opensTheVeryFileThatWasChecked() throws Exception {
        Path elsewhere = Files.writeString(folder.resolve("b.mp4"), "x");
        assertThat(allowed("file:" + elsewhere)).isEqualTo(elsewhere);
    }

    @Test
    void refusesASymbolicLinkThatWasPutThereSince() throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), "x");
        Path link = Files.createSymbolicLink(root.resolve("c.mp4"), secret);
        MediaException refused = catchThrowableOfType(MediaException.class, () -> allowed("file:" + link));
        assertThat(refused.fault()).isEqualTo(SourceFault.NOT_ALLOWED);
        assertThat(refused).hasMessageContaining("c.mp4").hasMessageContaining("symbolic link");
    }

    @Test
    void followsLinksThatStayInside() throws Exception {
        Path clip = Files.writeString(root.resolve("d.mp4"), "x");
        Files.createSymbolicLink(root.resolve("link.mp4"), clip);
        assertThat(allowed("link.mp4")).isEqualTo(clip);
    }

    @Test
    void leavesAMissingFileToItsReader() {
        assertThat(allowed("none.mp4")).isEqualTo(root.resolve("none.mp4"));
    }
}
