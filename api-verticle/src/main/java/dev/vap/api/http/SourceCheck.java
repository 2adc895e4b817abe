package dev.vap.api.http;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.domain.VapException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Which files scenarios may open: regular, readable, not empty, and truly under the media root, symbolic links resolved.
 * Whether a file is a video is found out by who decodes it. Thread-safe; blocks.
 */
public final class SourceCheck {

    private final Path mediaRoot;
    private final Predicate<Path> alsoAllowed;

    /**
     * @param alsoAllowed real paths of files that may be opened although they lie elsewhere
     */
    public SourceCheck(Path mediaRoot, Predicate<Path> alsoAllowed) {
        this.mediaRoot = mediaRoot.toAbsolutePath().normalize();
        this.alsoAllowed = alsoAllowed;
    }

    /**
     * The source in the form in which it is stored: of a file, {@code file:} and its real path.
     *
     * @throws VapException with a {@code SOURCE_} code
     */
    String resolve(SourceUrl source) {
        if (!source.isFile()) {
            return source.raw();
        }
        Path candidate = candidate(source);
        Optional<Path> root = real(mediaRoot);
        boolean inside = candidate.startsWith(mediaRoot)
                || root.filter(candidate::startsWith).isPresent();
        Optional<Path> real = real(candidate);
        if (real.filter(alsoAllowed).isEmpty()) {
            // What lies outside is refused before anything is said about whether it exists.
            if (!inside) {
                throw outside(source);
            }
            Path found = real.orElseThrow(() -> notFound(source, root.isPresent()));
            if (root.isEmpty() || !found.startsWith(root.get())) {
                throw outside(source);
            }
        }
        return "file:" + checked(real.orElseThrow(), source);
    }

    private Path candidate(SourceUrl source) {
        try {
            return mediaRoot.resolve(source.path()).normalize();
        } catch (InvalidPathException e) {
            throw new VapException(ErrorCode.INVALID_VALUE, "\"camera_url\" must be a path this system can have.", e);
        }
    }

    private static Path checked(Path file, SourceUrl source) {
        if (!Files.isRegularFile(file)) {
            String what = Files.isDirectory(file) ? " is a directory" : " is not a regular file";
            throw new VapException(ErrorCode.SOURCE_NOT_A_FILE, name(source) + what + ": give the path of a video.");
        }
        if (!Files.isReadable(file)) {
            throw new VapException(
                    ErrorCode.SOURCE_NOT_FOUND,
                    name(source) + " can't be read: give the user VAP runs as the right to read it.");
        }
        try {
            if (Files.size(file) == 0) {
                throw new VapException(ErrorCode.SOURCE_EMPTY, name(source) + " is empty: copy the video again.");
            }
        } catch (IOException e) {
            throw new VapException(
                    ErrorCode.SOURCE_NOT_FOUND, name(source) + " can't be read: check it and the disk it is on.", e);
        }
        return file;
    }

    private static Optional<Path> real(Path path) {
        try {
            return Optional.of(path.toRealPath());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private VapException outside(SourceUrl source) {
        return new VapException(
                ErrorCode.SOURCE_OUTSIDE_MEDIA_ROOT,
                name(source) + " is outside the media root: put the file under " + mediaRoot
                        + ", or start VAP with another MEDIA_ROOT.");
    }

    private VapException notFound(SourceUrl source, boolean rootExists) {
        return new VapException(
                ErrorCode.SOURCE_NOT_FOUND,
                rootExists
                        ? "There is no file " + name(source) + " under the media root " + mediaRoot
                                + ": check the name, or put the file there."
                        : "The media root " + mediaRoot
                                + " does not exist: create it and put the file there, or start VAP with another"
                                + " MEDIA_ROOT.");
    }

    private static String name(SourceUrl source) {
        return "\"" + Redact.shorten(source.path()) + "\"";
    }
}
