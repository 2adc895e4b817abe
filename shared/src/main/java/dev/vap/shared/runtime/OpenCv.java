package dev.vap.shared.runtime;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.opencv.core.Core;

/**
 * Loads OpenCV into this JVM, once; whoever loaded it before, by whatever way, is respected. Every class with OpenCV in it
 * calls {@link #load()} before its first native call.
 */
public final class OpenCv {

    private OpenCv() {}

    /**
     * Cheap after the first call. OpenCV's own threads are switched off: frames are handled side by side, each on one
     * thread.
     *
     * @throws VapException if there is no OpenCV for this platform
     */
    @SuppressWarnings("LockOnNonEnclosingClassLiteral") // The one lock that other loaders in this JVM can take as well.
    public static void load() {
        synchronized (Core.class) {
            if (!alreadyLoaded()) {
                loadLibrary();
            }
            Core.setNumThreads(1);
        }
    }

    private static boolean alreadyLoaded() {
        try {
            return Core.getNumThreads() >= 0;
        } catch (UnsatisfiedLinkError e) {
            return false;
        }
    }

    private static void loadLibrary() {
        String file = System.mapLibraryName(Core.NATIVE_LIBRARY_NAME);
        try {
            Path directory = NativeCache.unpack(
                    "opencv-" + Core.VERSION, List.of("/nu/pattern/opencv/" + platform() + "/" + file));
            System.load(directory.resolve(file).toString());
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
