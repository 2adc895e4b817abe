package dev.vap.runner.session;

import dev.vap.runner.inference.InferenceClient;
import dev.vap.runner.inference.InferenceFailure;
import dev.vap.runner.time.Timers;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.InferenceReply;
import dev.vap.shared.protocol.ModelInfo;
import dev.vap.shared.protocol.SessionReport.InferenceReport;
import java.util.List;

/**
 * Has the models of a session look at its frames, until each of them is done. What inference does not take is sent again if
 * it is of a file, and dropped if it is live. Confined to the session's context.
 */
final class FrameAnalysis {

    /** Called on the session's context, never after it was stopped. */
    interface Listener {
        /** Some frame is analysed, or dropped. */
        void done();

        /** A live frame that was to be analysed was not. */
        void missed();

        void failed(Throwable cause);
    }

    private final SessionEnvironment env;
    private final SessionConfig config;
    private final Timers timers;
    private final boolean live;
    private final Progress progress;
    private final Steps steps;
    private final Listener listener;
    private final InferenceClient inference;
    private final Pictures pictures;
    /** Null if the scenario has one model only. */
    private final Pipeline pipeline;

    /**
     * @param stages further models
     * @param most frames that are being analysed at the same time
     */
    FrameAnalysis(
            SessionEnvironment env,
            DeployCommand command,
            ModelInfo model,
            List<ModelInfo> stages,
            boolean live,
            int most,
            Progress progress,
            Steps steps,
            Listener listener) {
        this.env = env;
        this.config = env.config();
        this.timers = env.timers();
        this.live = live;
        this.progress = progress;
        this.steps = steps;
        this.listener = listener;
        this.inference = new InferenceClient(
                env.inference(), timers, command.model(), live ? config.liveTimeout() : config.fileTimeout());
        this.pictures = new Pictures(command, model.input(), env.lanes(), most);
        this.pipeline = stages.isEmpty() ? null : new Pipeline(env, command, stages, progress, live, most);
    }

    /** Of frames that are sent from now on. */
    void change(ScenarioOptions options) {
        pictures.change(options);
    }

    boolean isBroken() {
        return inference.isBroken();
    }

    InferenceReport report() {
        return inference.report();
    }

    /** Of crops. */
    int buffersInUse() {
        return pipeline == null ? 0 : pipeline.buffersInUse();
    }

    /** The frame is told of by {@link Frame#isDone()}; it gives its pixels back then. */
    void send(Frame frame) {
        frame.sentAt = timers.nanos();
        analyse(frame);
    }

    private void analyse(Frame frame) {
        frame.tries++;
        if (frame.tries > 1) {
            env.metrics().sentAgain();
        }
        frame.beingAnalysed = true;
        inference.analyse(pictures.of(frame)).onComplete(answer -> {
            frame.beingAnalysed = false;
            if (steps.stopped()) {
                frame.free();
            } else if (answer.succeeded()) {
                steps.guarded(() -> onAnalysed(frame, answer.result()));
            } else {
                steps.guarded(() -> onNotAnalysed(frame, InferenceFailure.of(answer.cause())));
            }
        });
    }

    private void onAnalysed(Frame frame, InferenceReply reply) {
        env.metrics().analysed(timers.nanos() - frame.sentAt);
        progress.waiting(null);
        if (pipeline == null || frame.source() == null) {
            if (pipeline != null) {
                pipeline.skipped("no_source");
            }
            frame.analysed(reply, reply.detections());
            listener.done();
            return;
        }
        frame.freePicture();
        frame.beingAnalysed = true;
        pipeline.look(frame, reply.detections()).onComplete(all -> {
            frame.beingAnalysed = false;
            if (steps.stopped()) {
                frame.free();
            } else if (all.succeeded()) {
                frame.analysed(reply, all.result());
                steps.guarded(listener::done);
            } else {
                listener.failed(all.cause());
            }
        });
    }

    private void onNotAnalysed(Frame frame, InferenceFailure failure) {
        if (failure.kind() == InferenceFailure.Kind.FATAL) {
            listener.failed(failure.error());
            return;
        }
        progress.waiting(failure.error().getMessage());
        if (live) {
            frame.dropped();
            progress.dropped(failure.cause());
            listener.missed();
            listener.done();
            return;
        }
        if (failure.kind() == InferenceFailure.Kind.SUSPECT && ++frame.failures >= config.suspectTries()) {
            listener.failed(failure.error());
            return;
        }
        steps.after(config.retry().delay(frame.tries, env.random()), () -> analyse(frame));
    }

    /** After {@link Steps#stop()}; harmless when repeated. */
    void stop() {
        if (pipeline != null) {
            pipeline.stop();
        }
    }

    /** After {@link #stop()}: frees what is native; blocks for a moment, so not to be called on the event loop. */
    void close() {
        pictures.close();
        if (pipeline != null) {
            pipeline.close();
        }
    }
}
