package dev.vap.runner.preprocess;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.opencv.core.Core;

/**
 * Loads OpenCV into this JVM, once; whoever loaded it before, by whatever way, is respected. openpnp's own loader is not
 * used: at its start it deletes what other processes have just unpacked and not loaded yet.
 */
public final class OpenCv {

    private OpenCv() {}

    /**
     * Cheap after the first call (0.5 s). OpenCV's own threads are switched off: frames are prepared side by side, each on
     * one thread.
     *
     * @throws VapException if there is no OpenCV for this platform
     */
    @SuppressWarnings("LockOnNonEnclosingClassLiteral") // The one thing that other loaders in this JVM can see as well.
    public static void load() {
        synchronized (Core.class) {
            if (!loaded()) {
                loadLibrary();
            }
            Core.setNumThreads(1);
        }
    }

    private static boolean loaded() {
        try {
            return Core.getNumThreads() >= 0;
        } catch (UnsatisfiedLinkError e) {
            return false;
        }
    }

    private static void loadLibrary() {
        String file = System.mapLibraryName(Core.NATIVE_LIBRARY_NAME);
        String resource = "/nu/pattern/opencv/" + platform() + "/" + file;
        try (InputStream in = Core.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException(resource + " is not on the class path");
            }
            Path directory = Files.createTempDirectory("vap-opencv-");
            Path library = directory.resolve(file);
            // In this order: what is registered last is deleted first.
            directory.toFile().deleteOnExit();
            library.toFile().deleteOnExit();
            Files.copy(in, library);
            System.load(library.toString());
            // A mapped library needs its name no more, except on Windows; so nothing stays behind if we are killed.
            if (!library.toFile().delete() || !directory.toFile().delete()) {
                return;
            }
        } catch (IOException | UnsatisfiedLinkError e) {
            throw new VapException(
                    ErrorCode.INTERNAL,
                    "OpenCV can't be loaded on " + System.getProperty("os.name") + " " + System.getProperty("os.arch")
                            + ": " + e.getMessage(),
                    e);
        }
    }

    /** As the folders in openpnp's jar are called. */
    private static String platform() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String arch =
                switch (System.getProperty("os.arch").toLowerCase(Locale.ROOT)) {
                    case "amd64", "x86_64" -> "x86_64";
                    case "aarch64", "arm64" -> "ARMv8";
                    case "arm" -> "ARMv7";
                    default -> "x86_32";
                };
        if (os.contains("win")) {
            return "windows/" + arch;
        }
        return (os.contains("mac") ? "osx/" : "linux/") + arch;
    }
}
