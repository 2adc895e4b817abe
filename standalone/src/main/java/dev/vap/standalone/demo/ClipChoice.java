package dev.vap.standalone.demo;

import dev.vap.inference.model.DownloadException;
import dev.vap.inference.model.ModelDownload;
import dev.vap.standalone.CommandException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The clip of a demo without SOURCE: the sample clip if it is there or can be had quickly, else a drawn one. */
final class ClipChoice {

    private static final Logger LOG = LoggerFactory.getLogger(ClipChoice.class);

    static final String SAMPLE = "one-by-one-person-detection.mp4";
    static final String DRAWN = "drawn-by-vap.mp4";

    private static final URI SAMPLE_URL = URI.create("https://github.com/intel-iot-devkit/sample-videos/raw/"
            + "57978890822836f2b4743852f04f62fc511757e4/" + SAMPLE);
    private static final String SAMPLE_SHA256 = "a5964aa259099a482a8b360ffc2c57b5a30f84d5919236a4dad01f8e929ac07c";
    private static final long SAMPLE_LIMIT = 10_000_000;

    /** Draws a clip to a file. */
    @FunctionalInterface
    interface Artist {
        void draw(Path file) throws IOException;
    }

    private final Path folder;
    private final Fetcher fetcher;
    private final Artist artist;

    /**
     * @param folder where clips are kept between runs
     */
    ClipChoice(Path folder, Fetcher fetcher, Artist artist) {
        this.folder = folder;
        this.fetcher = fetcher;
        this.artist = artist;
    }

    /** Blocks for the download or the drawing, some seconds at most. */
    Clip choose() {
        Path sample = folder.resolve(SAMPLE);
        String about = "Source: the sample clip " + SAMPLE + " (Intel, CC BY 4.0)";
        if (isSample(sample)) {
            return Clip.of(sample, false, about + ", from " + folder + ".");
        }
        try {
            fetcher.fetch(new ModelDownload.Item("the sample clip", SAMPLE_URL, SAMPLE_SHA256, sample, SAMPLE_LIMIT));
            return Clip.of(sample, false, about + ", downloaded to " + folder + ".");
        } catch (DownloadException e) {
            LOG.debug("no sample clip", e);
            return Clip.of(
                    drawn(),
                    true,
                    "Source: a clip drawn by VAP itself, since the sample clip is not here: " + e.getMessage());
        }
    }

    private static boolean isSample(Path file) {
        try {
            return Files.isRegularFile(file) && ModelDownload.sha256(file).equals(SAMPLE_SHA256);
        } catch (IOException e) {
            LOG.debug("{} can't be read", file, e);
            return false;
        }
    }

    private Path drawn() {
        Path file = folder.resolve(DRAWN);
        try {
            if (!Files.isRegularFile(file)) {
                Files.createDirectories(folder);
                // Under another name first: an interrupted run must not leave half a clip behind.
                Path partial = Files.createTempFile(folder, ".drawing-", ".mp4");
                try {
                    artist.draw(partial);
                    Files.move(partial, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
                } finally {
                    Files.deleteIfExists(partial);
                }
            }
            return file;
        } catch (IOException e) {
            throw new CommandException(
                    "The clip for the demo can't be written to " + folder + " (" + e.getMessage()
                            + "): check the disk and its permissions, or choose another --data-dir.",
                    e);
        }
    }
}
