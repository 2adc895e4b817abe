package dev.vap.runner.source;

import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.protocol.DeployCommand;

/**
 * What a session reads, and how.
 *
 * @param live without an end of its own; frames that come too fast are dropped, not waited with. Of what comes over HTTP
 *     that is only known once it is open: {@link #opened}
 * @param liveFps for a live source whose scenario does not say
 * @param startFrame number of the first frame to report
 * @param modelWidth pixels that the model wants, for sources that offer several sizes; 0 for any
 */
public record SourceSpec(
        SourceUrl url,
        ScenarioOptions options,
        boolean live,
        double liveFps,
        long startFrame,
        int modelWidth,
        int modelHeight) {

    /**
     * @throws dev.vap.shared.domain.VapException if the command's URL is none
     */
    public static SourceSpec of(DeployCommand command, double liveFps) {
        SourceUrl url = SourceUrl.parse(command.cameraUrl());
        return new SourceSpec(url, command.options(), !url.isFile(), liveFps, Math.max(0, command.startFrame()), 0, 0);
    }

    /** Frames to analyse a second; 0 for all. */
    public double fps() {
        return options.fps() != null ? options.fps() : live ? liveFps : 0;
    }

    /** A recording starts again at its end. */
    public boolean loop() {
        return !live && options.loop();
    }

    /** A recording is played at its own speed. */
    public boolean realtime() {
        return !live && options.realtime();
    }

    /** Whether it is kept open by a {@link SourceSupervisor}: anything but a file of this machine. */
    public boolean isSupervised() {
        return !url.isFile();
    }

    /** Once it is known. */
    public SourceSpec opened(boolean isLive) {
        return new SourceSpec(url, options, isLive, liveFps, startFrame, modelWidth, modelHeight);
    }

    /** With options that differ in nothing that its opening depends on. */
    public SourceSpec with(ScenarioOptions others) {
        return new SourceSpec(url, others, live, liveFps, startFrame, modelWidth, modelHeight);
    }

    public SourceSpec startingAt(long frame) {
        return new SourceSpec(url, options, live, liveFps, frame, modelWidth, modelHeight);
    }

    public SourceSpec forModel(int width, int height) {
        return new SourceSpec(url, options, live, liveFps, startFrame, width, height);
    }
}
