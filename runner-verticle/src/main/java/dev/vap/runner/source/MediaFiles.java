package dev.vap.runner.source;

import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Which files a runner opens. The API has checked a file when the scenario was made, and stored its real path; what lies
 * there may have been exchanged since.
 */
final class MediaFiles {

    private MediaFiles() {}

    /**
     * The file's real path: under the media root, or the very path that was stored.
     *
     * @throws MediaException if a symbolic link leads anywhere else; a file that does not exist is left to its reader
     */
    static Path allowed(SourceUrl url, Path mediaRoot) {
        Path path;
        try {
            path = mediaRoot.resolve(url.path()).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw new MediaException(SourceFault.NOT_FOUND, "The path of the source is not a valid one.", e);
        }
        Path real;
        try {
            real = path.toRealPath();
        } catch (IOException e) {
            return path;
        }
        if (real.equals(path) || real.startsWith(real(mediaRoot))) {
            return real;
        }
        throw new MediaException(
                SourceFault.NOT_ALLOWED,
                "The file " + Redact.shorten(String.valueOf(path.getFileName()))
                        + " leads out of the media root by a symbolic link: put the file itself there.");
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            return path;
        }
    }
}
