package dev.vap.standalone.demo;

import dev.vap.standalone.CommandException;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The file of {@code --output}; nothing happens where none is wanted. Not thread-safe. */
final class ResultFile implements AutoCloseable {

    private final Path path;
    private OutputStream out;

    private ResultFile(Path path) {
        this.path = path;
    }

    /**
     * Makes sure that it can be written, before anything else starts; what is in it stays until {@link #begin()}.
     *
     * @param clip must not be the same file
     */
    static ResultFile open(Optional<Path> wanted, Optional<Path> clip) {
        if (wanted.isEmpty()) {
            return new ResultFile(null);
        }
        Path path = wanted.get().toAbsolutePath().normalize();
        if (Files.isDirectory(path)) {
            throw new CommandException("The output " + path + " is a folder: give the name of a file.");
        }
        if (path.getParent() != null && !Files.isDirectory(path.getParent())) {
            throw new CommandException("The folder of the output " + path + " does not exist: create it first.");
        }
        if (clip.isPresent() && same(path, clip.get())) {
            throw new CommandException("The output " + path + " is the clip itself: give another file.");
        }
        try {
            new FileOutputStream(path.toFile(), true).close();
            return new ResultFile(path);
        } catch (IOException e) {
            throw new CommandException(
                    "The output " + path + " can't be written: check its permissions, or give another file.", e);
        }
    }

    private static boolean same(Path a, Path b) {
        try {
            return Files.exists(a) && Files.isSameFile(a, b);
        } catch (IOException e) {
            return false;
        }
    }

    boolean wanted() {
        return path != null;
    }

    /** Empties it. */
    void begin() {
        if (path != null) {
            try {
                // No channel underneath: an interrupt must not close it in the middle of a line.
                out = new BufferedOutputStream(new FileOutputStream(path.toFile()), 1 << 16);
            } catch (IOException e) {
                throw failed(e);
            }
        }
    }

    void write(List<String> lines) {
        if (out == null) {
            return;
        }
        try {
            for (String line : lines) {
                out.write(line.getBytes(StandardCharsets.UTF_8));
                out.write('\n');
            }
            out.flush();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private CommandException failed(IOException e) {
        return new CommandException(
                "The output " + path + " can't be written (" + e.getMessage()
                        + "): check the disk, or give another file.",
                e);
    }

    @Override
    public void close() {
        if (out != null) {
            try {
                out.close();
            } catch (IOException e) {
                throw failed(e);
            }
        }
    }
}
