package dev.vap.runner.session;

import dev.vap.runner.inference.InferenceClient;
import dev.vap.runner.inference.InferenceFailure;
import dev.vap.runner.time.Timers;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.FrameEncoding;
import dev.vap.shared.domain.PipelineStage;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.InputSpec;
import dev.vap.shared.protocol.ModelInfo;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/**
 * The further models of a session, one after the other. Of a file each crop is sent again until it is analysed; of a live
 * source a crop that is not analysed is counted, and its detection goes without. Confined to the session's context.
 */
final class Pipeline {

    private final SessionEnvironment env;
    private final Progress progress;
    private final boolean live;
    private final List<CropStage> stages = new ArrayList<>();
    /** Crops that wait to be sent again, and how to give them up. */
    private final Map<Timers.Timer, Consumer<Throwable>> waiting = new HashMap<>();

    private boolean stopped;

    /**
     * @param models of the stages, in their order
     * @param frames that may be in flight at the same time
     */
    Pipeline(
            SessionEnvironment env,
            DeployCommand command,
            List<ModelInfo> models,
            Progress progress,
            boolean live,
            int frames) {
        this.env = env;
        this.progress = progress;
        this.live = live;
        SessionConfig config = env.config();
        List<PipelineStage> wanted = command.options().pipeline();
        for (int i = 0; i < wanted.size(); i++) {
            InferenceClient client = new InferenceClient(
                    env.inference(),
                    env.timers(),
                    wanted.get(i).model(),
                    live ? config.liveTimeout() : config.fileTimeout());
            // Detectors with a memory must not mix the frames up with crops of them.
            String stream = command.scenario() + "/" + command.epoch() + "/" + (i + 1);
            boolean jpeg = command.options().frameEncoding() == FrameEncoding.JPEG;
            stages.add(new CropStage(this, wanted.get(i), models.get(i), stream, client, frames, jpeg));
        }
    }

    /**
     * What all models together say of the frame, whose source pixels must stay until it completes. Fails if a frame of a file
     * can't be analysed at all.
     *
     * @param found by the scenario's own model
     */
    Future<List<Detection>> look(Frame frame, List<Detection> found) {
        List<Detection> all = new ArrayList<>(found);
        Future<Void> chain = Future.succeededFuture();
        for (CropStage stage : stages) {
            chain = chain.compose(done -> stopped ? Future.failedFuture(stopped()) : stage.add(frame, all));
        }
        return chain.map(done -> all);
    }

    <T> Future<T> block(Callable<T> work) {
        return env.lanes().executeBlocking(work, false);
    }

    JpegPictures jpegs(InputSpec input, int most) {
        return new JpegPictures(input, env.lanes(), most);
    }

    /** Tries a crop again a moment later. */
    void again(int tries, InferenceFailure why, Runnable action, Consumer<Throwable> giveUp) {
        progress.waiting(why.error().getMessage());
        Timers.Timer[] self = new Timers.Timer[1];
        self[0] = env.timers().after(env.config().retry().delay(tries, env.random()), () -> {
            waiting.remove(self[0]);
            progress.waiting(null);
            action.run();
        });
        waiting.put(self[0], giveUp);
    }

    static Throwable stopped() {
        return new IllegalStateException("the session has ended");
    }

    boolean isLive() {
        return live;
    }

    int suspectTries() {
        return env.config().suspectTries();
    }

    void analysed() {
        env.metrics().crop("analysed");
    }

    void skipped(String cause) {
        progress.cropSkipped(cause);
    }

    boolean isStopped() {
        return stopped;
    }

    int buffersInUse() {
        return stages.stream().mapToInt(CropStage::buffersInUse).sum();
    }

    /** Nothing is sent any more; what is on its way is waited for by whoever sent it. */
    void stop() {
        stopped = true;
        Map<Timers.Timer, Consumer<Throwable>> given = new HashMap<>(waiting);
        waiting.clear();
        given.forEach((timer, giveUp) -> {
            timer.cancel();
            giveUp.accept(stopped());
        });
    }

    /** Frees everything native; blocks for a moment, so not to be called on the event loop. */
    void close() {
        stages.forEach(CropStage::close);
    }
}
