package dev.vap.standalone.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.inference.model.DownloadException;
import dev.vap.shared.config.Settings;
import dev.vap.standalone.CommandException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChoiceTest {

    @TempDir
    Path temporary;

    private Path folder;
    private final List<String> fetched = new ArrayList<>();
    private final List<String> drawn = new ArrayList<>();

    private final Fetcher offline = item -> {
        fetched.add(item.name());
        throw new DownloadException("github.com can't be found.");
    };
    private final Fetcher corrupt = item -> {
        throw new DownloadException("The download of " + item.name() + " is corrupt: try again.");
    };
    private final Fetcher online = item -> {
        fetched.add(item.name());
        try {
            Files.createDirectories(item.target().getParent());
            Files.writeString(item.target(), "content");
        } catch (java.io.IOException e) {
            throw new DownloadException(e.getMessage(), e);
        }
    };

    @BeforeEach
    void realFolder() throws Exception {
        folder = temporary.toRealPath();
    }

    private void draw(Path file) throws java.io.IOException {
        drawn.add(file.getFileName().toString());
        Files.writeString(file, "drawn");
    }

    private Settings settings(String... modelDir) {
        return modelDir.length == 0
                ? Settings.of(Map.of("DATA_DIR", folder.toString()))
                : Settings.of(Map.of("DATA_DIR", folder.toString(), "MODEL_DIR", modelDir[0]));
    }

    @Test
    void downloadsTheSampleClip() {
        Clip clip = new ClipChoice(folder.resolve("media"), online, this::draw).choose();

        assertThat(clip.drawn()).isFalse();
        assertThat(clip.file()).contains(folder.resolve("media/one-by-one-person-detection.mp4"));
        assertThat(clip.note())
                .isEqualTo("Source: the sample clip one-by-one-person-detection.mp4 (Intel, CC BY 4.0), downloaded to "
                        + folder.resolve("media") + ".");
        assertThat(drawn).isEmpty();
    }

    @Test
    void drawsAClipOnceWhereThereIsNoNetwork() throws Exception {
        ClipChoice choice = new ClipChoice(folder.resolve("media"), offline, this::draw);

        Clip clip = choice.choose();
        choice.choose();

        assertThat(clip.drawn()).isTrue();
        assertThat(clip.file()).contains(folder.resolve("media/drawn-by-vap.mp4"));
        assertThat(clip.note())
                .isEqualTo("Source: a clip drawn by VAP itself, since the sample clip is not here: github.com can't be"
                        + " found.");
        assertThat(drawn).hasSize(1);
        try (var files = Files.list(folder.resolve("media"))) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void drawsAClipWhereTheDownloadIsCorrupt() {
        Clip clip = new ClipChoice(folder, corrupt, this::draw).choose();
        assertThat(clip.drawn()).isTrue();
        assertThat(clip.note()).endsWith("The download of the sample clip is corrupt: try again.");
    }

    @Test
    void leavesNoHalfClipBehind() throws Exception {
        ClipChoice choice = new ClipChoice(folder, offline, file -> {
            throw new java.io.IOException("No space left on device");
        });
        assertThatThrownBy(choice::choose)
                .isInstanceOf(CommandException.class)
                .hasMessage("The clip for the demo can't be written to " + folder
                        + " (No space left on device): check the disk and its permissions, or choose another"
                        + " --data-dir.");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void downloadsThePreferredModel() {
        ModelChoice models = new ModelChoice(settings(), online);
        assertThat(models.folder()).isEqualTo(folder.resolve("models"));
        assertThat(models.choose())
                .isEqualTo(ModelChoice.Choice.of(
                        "yolox-nano", "Model: yolox-nano, downloaded to " + folder.resolve("models") + "."));
    }

    @Test
    void fallsBackToABuiltInModelByTheKindOfClip() {
        ModelChoice.Choice choice = new ModelChoice(settings(), offline).choose();

        assertThat(choice.model()).isEqualTo("people");
        assertThat(choice.note())
                .isEqualTo("Model: people (built in, finds people), since yolox-nano is not here: github.com can't be"
                        + " found.");
        assertThat(choice.forDrawnClip().model()).isEqualTo("motion");
        assertThat(choice.forDrawnClip().note())
                .isEqualTo("Model: motion (built in, finds what moves), since yolox-nano is not here: github.com can't"
                        + " be found.");
    }

    @Test
    void neverReplacesAFileOfTheUsersOwn() throws Exception {
        Path file = Files.writeString(folder.resolve("yolox_nano.onnx"), "my own");

        ModelChoice.Choice choice = new ModelChoice(settings(folder.toString()), online).choose();

        assertThat(choice.model()).isEqualTo("people");
        assertThat(choice.note()).contains("is damaged or another model: delete it, or run");
        assertThat(file).hasContent("my own");
        assertThat(fetched).isEmpty();
    }

    @Test
    void refusesAModelThatCanNotBeHad() {
        assertThatThrownBy(() -> ModelChoice.named("yolo", folder, online))
                .isInstanceOf(CommandException.class)
                .hasMessageStartingWith("There is no model \"yolo\": use one of yolox-nano, people, motion, mock");
        assertThatThrownBy(() -> ModelChoice.named("yolox-nano", folder, offline))
                .hasMessage("github.com can't be found.");
        assertThat(ModelChoice.named("mock", folder, offline).model()).isEqualTo("mock");
    }
}
