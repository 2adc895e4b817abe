package dev.vap.runner.session;

import dev.vap.runner.Deployments;
import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.BusErrors;
import dev.vap.shared.protocol.InferenceReply;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.InputSpec;
import dev.vap.shared.protocol.InputSpec.Fit;
import dev.vap.shared.protocol.InputSpec.Pixels;
import dev.vap.shared.protocol.ModelInfo;
import dev.vap.shared.protocol.ModelQuery;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Stands in for the inference service on the event bus. For each request a {@link Script} says what happens; the detection
 * in the answer carries the frame number as its class id and what {@link Look} read in the picture as its label. Thread-safe.
 */
public final class FakeInference {

    public static final InputSpec INPUT = new InputSpec(64, 48, Fit.LETTERBOX, Pixels.BGR);

    /** What becomes of a request. */
    @FunctionalInterface
    public interface Script {
        Answer answer(InferenceRequest request);
    }

    /** Reads something in the picture. */
    @FunctionalInterface
    public interface Look {
        String see(InferenceRequest request);
    }

    /**
     * @param code to fail with; null to succeed
     * @param delayMillis before the answer; negative for no answer at all
     */
    public record Answer(ErrorCode code, long delayMillis) {
        public static final Answer OK = new Answer(null, 0);
        public static final Answer SILENCE = new Answer(null, -1);

        public static Answer after(long millis) {
            return new Answer(null, millis);
        }

        public static Answer failed(ErrorCode code) {
            return new Answer(code, 0);
        }
    }

    private final Vertx vertx;
    private final List<Long> asked = new ArrayList<>();
    private volatile Script script = request -> Answer.OK;
    private volatile Look look = request -> "thing";
    private volatile VapException modelProblem;
    private volatile String classifier;
    private MessageConsumer<InferenceRequest> frames;
    private MessageConsumer<JsonObject> models;

    public FakeInference(Vertx vertx) {
        this.vertx = vertx;
    }

    public FakeInference up() throws Exception {
        frames = vertx.eventBus().consumer(Addresses.inference(Deployments.MODEL), this::onFrame);
        models = vertx.eventBus().consumer(Addresses.MODELS, this::onModel);
        frames.completion().await(5, TimeUnit.SECONDS);
        models.completion().await(5, TimeUnit.SECONDS);
        return this;
    }

    public void down() throws Exception {
        frames.unregister().await(5, TimeUnit.SECONDS);
        models.unregister().await(5, TimeUnit.SECONDS);
    }

    public void script(Script value) {
        script = value;
    }

    public void look(Look value) {
        look = value;
    }

    public void refuseModel(VapException problem) {
        modelProblem = problem;
    }

    /** The model of that name says of itself that it classifies. */
    public void classifier(String name) {
        classifier = name;
    }

    /** Frame numbers of all requests, in order of arrival. */
    public synchronized List<Long> asked() {
        return List.copyOf(asked);
    }

    private void onModel(Message<JsonObject> message) {
        VapException problem = modelProblem;
        if (problem != null) {
            BusErrors.fail(message, problem);
            return;
        }
        String name = ModelQuery.fromJson(message.body()).name();
        ModelInfo.Details details = name.equals(classifier)
                ? new ModelInfo.Details(ModelInfo.CLASSIFY, "classify", null, null, 0, 0)
                : null;
        message.reply(new ModelInfo(name, "mock", true, null, INPUT, List.of("thing"), details).toJson());
    }

    private void onFrame(Message<InferenceRequest> message) {
        InferenceRequest request = message.body();
        synchronized (this) {
            asked.add(request.frameNumber());
        }
        request.pixels().retain();
        Answer answer = script.answer(request);
        if (answer.delayMillis() > 0) {
            vertx.setTimer(answer.delayMillis(), t -> finish(message, answer));
        } else {
            finish(message, answer);
        }
    }

    private void finish(Message<InferenceRequest> message, Answer answer) {
        InferenceRequest request = message.body();
        try {
            if (answer.code() != null) {
                BusErrors.fail(message, new VapException(answer.code(), "The fake says " + answer.code() + "."));
            } else if (answer.delayMillis() >= 0) {
                Detection found = new Detection(
                        look.see(request), (int) request.frameNumber(), 0.9f, new BoundingBox(1, 2, 3, 4));
                message.reply(new InferenceReply(List.of(found), "mock", 10, 100));
            }
        } finally {
            request.pixels().release();
        }
    }
}
