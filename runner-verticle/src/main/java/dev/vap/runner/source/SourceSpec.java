package dev.vap.runner.source;

import dev.vap.runner.decode.ReaderOptions;
import dev.vap.runner.decode.SourceKind;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.DeployCommand;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * What a session reads, and how.
 *
 * @param live without an end of its own; frames that come too fast are dropped, not waited with
 * @param fps frames to analyse a second; 0 for all
 * @param loop a file starts again at its end
 * @param realtime a file is played at its own speed
 * @param startFrame number of the first frame to report
 */
public record SourceSpec(
        ReaderOptions reader, boolean live, double fps, boolean loop, boolean realtime, long startFrame) {

    /**
     * @param mediaRoot what a relative path is relative to
     * @param liveFps of a live source whose scenario does not say
     * @throws VapException if the runner can't open such a source
     */
    public static SourceSpec of(DeployCommand command, Path mediaRoot, double liveFps) {
        SourceUrl url = SourceUrl.parse(command.cameraUrl());
        boolean live = !url.isFile();
        Double wanted = command.options().fps();
        return new SourceSpec(
                live ? stream(url) : file(url, mediaRoot),
                live,
                wanted != null ? wanted : live ? liveFps : 0,
                !live && command.options().loop(),
                !live && command.options().realtime(),
                Math.max(0, command.startFrame()));
    }

    private static ReaderOptions file(SourceUrl url, Path mediaRoot) {
        try {
            return ReaderOptions.file(
                    mediaRoot.resolve(url.path()).toAbsolutePath().normalize());
        } catch (InvalidPathException e) {
            throw new VapException(ErrorCode.SOURCE_NOT_FOUND, "The path of the source is not a valid one.", e);
        }
    }

    private static ReaderOptions stream(SourceUrl url) {
        return switch (url.scheme()) {
            case HTTP, HTTPS -> ReaderOptions.of(SourceKind.HTTP, url.raw());
            default ->
                throw new VapException(
                        ErrorCode.SOURCE_SCHEME_NOT_ALLOWED,
                        "This runner can't open " + url.scheme().wire() + " sources yet: use a file or http(s)://.");
        };
    }
}
