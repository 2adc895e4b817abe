package dev.vap.standalone.demo;

import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.domain.VapException;
import dev.vap.standalone.CommandException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/**
 * What the demo watches.
 *
 * @param url for the API, credentials included: never print it
 * @param file the real path, if it is a file
 * @param drawn whether the demo has drawn it
 * @param note where it comes from and why, in one line
 */
record Clip(String url, Optional<Path> file, boolean drawn, String note) {

    static Clip of(Path file, boolean drawn, String note) {
        try {
            Path real = file.toRealPath();
            return new Clip(real.toString(), Optional.of(real), drawn, note);
        } catch (IOException e) {
            throw new CommandException("The clip " + file + " can't be read any more: try again.", e);
        }
    }

    boolean live() {
        return file.isEmpty();
    }

    /**
     * What the user named: a URL as it is, a file only if it can be one to analyse.
     *
     * @throws CommandException if it can't be used; says what to do
     */
    static Clip given(String source) {
        SourceUrl url;
        try {
            url = SourceUrl.parse(source);
        } catch (VapException e) {
            throw new CommandException(
                    "\"" + Redact.shorten(source)
                            + "\" is no source VAP can open: give a video file, or a URL of rtsp, rtsps, http or https.",
                    e);
        }
        if (!url.isFile()) {
            return new Clip(source, Optional.empty(), false, "Source: " + url.shown());
        }
        Path path = readable(url.path());
        return of(path, false, "Source: " + path);
    }

    private static Path readable(String text) {
        Path path;
        try {
            path = Path.of(text).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw new CommandException("\"" + Redact.shorten(text) + "\" is no path of a file: check its spelling.", e);
        }
        if (!Files.exists(path)) {
            throw new CommandException("There is no file " + path + ": check the path.");
        }
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            if (attributes.isDirectory()) {
                throw new CommandException(path + " is a folder: give a video file in it.");
            }
            if (!attributes.isRegularFile()) {
                throw new CommandException(path + " is a pipe, socket or device: give a video file.");
            }
            if (attributes.size() == 0) {
                throw new CommandException(path + " is empty (0 bytes): record, download or copy it again.");
            }
        } catch (IOException e) {
            throw new CommandException(path + " can't be looked at: check its permissions.", e);
        }
        if (!Files.isReadable(path)) {
            throw new CommandException(path + " may not be read by this user: check its permissions.");
        }
        return path;
    }
}
