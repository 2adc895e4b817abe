package dev.vap.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.opentest4j.TestAbortedException;

@ResourceLock(Resources.SYSTEM_PROPERTIES)
class SharedDataTest {
    @TempDir
    Path temporary;

    private String before;

    @BeforeEach
    void remember() {
        before = System.getProperty(SharedData.DIRECTORY);
    }

    @AfterEach
    void restore() {
        if (before == null) {
            System.clearProperty(SharedData.DIRECTORY);
        } else {
            System.setProperty(SharedData.DIRECTORY, before);
        }
    }

    @Test
    void findsFilesInTheDirectoryItIsGiven() throws Exception {
        System.setProperty(SharedData.DIRECTORY, temporary.toString());
        Path video = file("videos/walk.mp4");
        Path model = file("models/nano.onnx");

        assertThat(SharedData.video("walk.mp4")).contains(video);
        assertThat(SharedData.model("nano.onnx")).contains(model);
        assertThat(SharedData.video("nano.onnx")).isEmpty();
        assertThat(SharedData.assumeVideo("walk.mp4")).isEqualTo(video);
        assertThat(SharedData.assumeModel("nano.onnx")).isEqualTo(model);
    }

    @Test
    void skipsATestWhoseFileIsMissing() {
        System.setProperty(SharedData.DIRECTORY, temporary.toString());

        assertThatThrownBy(() -> SharedData.assumeVideo("walk.mp4"))
                .isInstanceOf(TestAbortedException.class)
                .hasMessageEndingWith("needs shared/videos/walk.mp4, which is not part of the project: skipped");
        assertThatThrownBy(() -> SharedData.assumeModel("nano.onnx"))
                .isInstanceOf(TestAbortedException.class)
                .hasMessageContaining("needs shared/models/nano.onnx");
    }

    @Test
    void looksBesideTheCheckout() throws Exception {
        System.setProperty(SharedData.DIRECTORY, "");
        Path module = Files.createDirectories(temporary.resolve("checkout/module/target"));
        Files.createDirectories(temporary.resolve("checkout/.mvn"));
        // A module of that name is not it.
        Files.createDirectories(temporary.resolve("checkout/shared"));

        assertThat(SharedData.directory(module)).isEmpty();

        Path shared = Files.createDirectories(temporary.resolve("shared"));
        assertThat(SharedData.directory(module)).contains(shared);
    }

    @Test
    void findsNothingInADirectoryThatIsNotThere() {
        System.setProperty(SharedData.DIRECTORY, temporary.resolve("nowhere").toString());

        assertThat(SharedData.video("walk.mp4")).isEmpty();
    }

    private Path file(String name) throws Exception {
        Path file = temporary.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.createFile(file);
    }
}
