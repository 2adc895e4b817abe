package dev.vap.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where programs are unpacked when nobody says otherwise. */
final class ProgramCache {
    private ProgramCache() {}

    /** {@code $XDG_CACHE_HOME/vap} or {@code ~/.cache/vap}; below the data directory where that cannot be written. */
    static Path directory(Path dataDir) {
        return directory(dataDir, System.getenv("XDG_CACHE_HOME"), System.getProperty("user.home"));
    }

    static Path directory(Path dataDir, String xdgCacheHome, String home) {
        Path caches = xdgCacheHome != null && Path.of(xdgCacheHome).isAbsolute()
                ? Path.of(xdgCacheHome)
                : Path.of(home, ".cache");
        Path directory = caches.resolve("vap");
        try {
            Files.createDirectories(directory);
            if (Files.isWritable(directory)) {
                return directory;
            }
        } catch (IOException e) {
            // A user without a home: containers have many of those.
        }
        return dataDir.resolve("programs");
    }
}
