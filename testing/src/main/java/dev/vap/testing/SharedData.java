package dev.vap.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/**
 * Videos and models too large for the repository: {@code videos} and {@code models} in the directory named by the system
 * property or environment variable {@code VAP_SHARED_DIR}, else in {@code shared} beside the checkout. Tests that need
 * one are skipped where it is missing.
 */
public final class SharedData {
    public static final String DIRECTORY = "VAP_SHARED_DIR";

    private SharedData() {}

    /** A file such as {@code people.mp4}, if it is there. */
    public static Optional<Path> video(String name) {
        return file("videos", name);
    }

    /** A file such as {@code yolox_nano.onnx}, if it is there. */
    public static Optional<Path> model(String name) {
        return file("models", name);
    }

    /** The file, or the end of the test as skipped. */
    public static Path assumeVideo(String name) {
        return assume(video(name), "videos/" + name);
    }

    /** The file, or the end of the test as skipped. */
    public static Path assumeModel(String name) {
        return assume(model(name), "models/" + name);
    }

    private static Path assume(Optional<Path> file, String name) {
        Assumptions.assumeTrue(
                file.isPresent(), () -> "needs shared/" + name + ", which is not part of the project: skipped");
        return file.orElseThrow();
    }

    private static Optional<Path> file(String kind, String name) {
        return directory(Path.of(""))
                .map(directory -> directory.resolve(kind).resolve(name))
                .filter(Files::isRegularFile);
    }

    /** @param start where to begin looking for the checkout, upwards */
    static Optional<Path> directory(Path start) {
        String given = System.getProperty(DIRECTORY, System.getenv(DIRECTORY));
        if (given != null && !given.isBlank()) {
            return Optional.of(Path.of(given)).filter(Files::isDirectory);
        }
        for (Path path = start.toAbsolutePath(); path != null; path = path.getParent()) {
            if (Files.isDirectory(path.resolve(".mvn"))) {
                return Optional.of(path.resolveSibling("shared")).filter(Files::isDirectory);
            }
        }
        return Optional.empty();
    }
}
