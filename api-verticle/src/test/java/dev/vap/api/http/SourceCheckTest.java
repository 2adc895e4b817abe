package dev.vap.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.domain.VapException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceCheckTest {

    private static final byte[] BYTES = {1, 2, 3};

    private Path root;
    private Path outside;
    private SourceCheck check;

    @BeforeEach
    void makeFolders(@TempDir Path folder) throws IOException {
        Path real = folder.toRealPath();
        root = Files.createDirectory(real.resolve("media"));
        outside = Files.write(real.resolve("secret.mp4"), BYTES);
        Files.write(root.resolve("clip.mp4"), BYTES);
        check = new SourceCheck(root, file -> false);
    }

    @Test
    void acceptsAFileHoweverItIsWritten() throws IOException {
        Files.write(Files.createDirectory(root.resolve("sub dir")).resolve("é%20.mp4"), BYTES);

        String stored = "file:" + root.resolve("clip.mp4");
        assertThat(resolve("clip.mp4")).isEqualTo(stored);
        assertThat(resolve("./sub dir/../clip.mp4")).isEqualTo(stored);
        assertThat(resolve("file:clip.mp4")).isEqualTo(stored);
        assertThat(resolve(root.resolve("clip.mp4").toString())).isEqualTo(stored);
        assertThat(resolve("file://" + root.resolve("clip.mp4"))).isEqualTo(stored);
        assertThat(resolve("sub dir/é%20.mp4")).isEqualTo("file:" + root.resolve("sub dir/é%20.mp4"));
        assertThat(resolve(resolve("sub dir/é%20.mp4")))
                .as("the stored form means the same file")
                .isEqualTo("file:" + root.resolve("sub dir/é%20.mp4"));
    }

    @Test
    void leavesLiveSourcesAlone() {
        assertThat(resolve("rtsp://user:secret@camera/1")).isEqualTo("rtsp://user:secret@camera/1");
    }

    @Test
    void refusesWhatLiesOutsideWhetherItExistsOrNot() {
        assertRefused("../secret.mp4", "source_outside_media_root", " is outside the media root: put the file under ");
        assertRefused("../nothing.mp4", "source_outside_media_root", " is outside the media root: put the file under ");
        assertRefused(
                outside.toString(), "source_outside_media_root", " is outside the media root: put the file under ");
        assertRefused("/etc/passwd", "source_outside_media_root", "\"/etc/passwd\" is outside the media root");
        assertRefused("media/../../secret.mp4", "source_outside_media_root", " is outside the media root");
    }

    @Test
    void refusesALinkThatLeadsOutside() throws IOException {
        Files.createSymbolicLink(root.resolve("link.mp4"), outside);
        Files.createSymbolicLink(root.resolve("up"), root.getParent());

        assertRefused("link.mp4", "source_outside_media_root", "\"link.mp4\" is outside the media root");
        assertRefused("up/secret.mp4", "source_outside_media_root", "\"up/secret.mp4\" is outside the media root");
    }

    @Test
    void acceptsARootThatIsALink() throws IOException {
        Path link = Files.createSymbolicLink(root.resolveSibling("link"), root);
        SourceCheck linked = new SourceCheck(link, file -> false);

        String stored = "file:" + root.resolve("clip.mp4");
        assertThat(linked.resolve(SourceUrl.parse("clip.mp4"))).isEqualTo(stored);
        assertThat(linked.resolve(SourceUrl.parse(link.resolve("clip.mp4").toString())))
                .isEqualTo(stored);
        assertThat(linked.resolve(SourceUrl.parse(root.resolve("clip.mp4").toString())))
                .isEqualTo(stored);
    }

    @Test
    void tellsWhatIsWrongWithAFile() throws IOException {
        Files.createDirectory(root.resolve("folder"));
        Files.createFile(root.resolve("empty.mp4"));
        Files.createSymbolicLink(root.resolve("broken.mp4"), root.resolve("gone.mp4"));

        assertRefused(
                "gone.mp4",
                "source_not_found",
                "There is no file \"gone.mp4\" under the media root " + root
                        + ": check the name, or put the file there.");
        assertRefused("broken.mp4", "source_not_found", "There is no file \"broken.mp4\" under the media root");
        assertRefused("clip.mp4/x", "source_not_found", "There is no file \"clip.mp4/x\" under the media root");
        assertRefused("folder", "source_not_a_file", "\"folder\" is a directory: give the path of a video.");
        assertRefused(".", "source_not_a_file", "\".\" is a directory: give the path of a video.");
        assertRefused("/dev/null", "source_outside_media_root", "\"/dev/null\" is outside the media root");
        assertRefused("empty.mp4", "source_empty", "\"empty.mp4\" is empty: copy the video again.");
    }

    @Test
    void tellsThatTheMediaRootIsMissing() {
        SourceCheck nowhere = new SourceCheck(root.resolve("gone"), file -> false);
        assertThatThrownBy(() -> nowhere.resolve(SourceUrl.parse("clip.mp4")))
                .hasMessage("The media root " + root.resolve("gone")
                        + " does not exist: create it and put the file there, or start VAP with another MEDIA_ROOT.");
    }

    @Test
    void aFileThatIsAlsoAllowedMayLieAnywhereButMustBeGood() throws IOException {
        Path empty = Files.createFile(root.resolveSibling("empty.mp4"));
        SourceCheck demo = new SourceCheck(root, file -> file.equals(outside) || file.equals(empty));

        assertThat(demo.resolve(SourceUrl.parse(outside.toString()))).isEqualTo("file:" + outside);
        assertThatThrownBy(() -> demo.resolve(SourceUrl.parse(empty.toString())))
                .hasMessageEndingWith("is empty: copy the video again.");
    }

    private String resolve(String cameraUrl) {
        return check.resolve(SourceUrl.parse(cameraUrl));
    }

    private void assertRefused(String cameraUrl, String code, String part) {
        assertThatThrownBy(() -> resolve(cameraUrl))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code().wire()).isEqualTo(code))
                .hasMessageContaining(part);
    }
}
