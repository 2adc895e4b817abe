package dev.vap.runner.inference;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.BusErrors;
import dev.vap.shared.protocol.InferenceAnnouncement;
import dev.vap.shared.protocol.InferenceAnnouncement.Load;
import dev.vap.shared.protocol.InferenceReply;
import dev.vap.shared.protocol.InferenceRequest;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** An inference process on the event bus that says and does what a test wants. Thread-safe. */
final class FakeNode {

    static final String MODEL = "m";

    /** Frames and models it was asked for. */
    final List<InferenceRequest> frames = new CopyOnWriteArrayList<>();

    final List<String> loads = new CopyOnWriteArrayList<>();
    private final Vertx vertx;
    private final String name;
    private final String host;
    private final String process;
    private volatile ErrorCode failure;
    private volatile boolean silent;
    private MessageConsumer<InferenceRequest> consumer;

    FakeNode(Vertx vertx, String name, String host, String process) {
        this.vertx = vertx;
        this.name = name;
        this.host = host;
        this.process = process;
    }

    FakeNode up() throws Exception {
        consumer = vertx.eventBus().consumer(Addresses.inferenceAt(name, MODEL), this::onFrame);
        consumer.completion().await(5, TimeUnit.SECONDS);
        vertx.eventBus()
                .<JsonObject>consumer(
                        Addresses.modelsAt(name),
                        message -> loads.add(message.body().getString("model")))
                .completion()
                .await(5, TimeUnit.SECONDS);
        return this;
    }

    void down() throws Exception {
        consumer.unregister().await(5, TimeUnit.SECONDS);
    }

    void failWith(ErrorCode code) {
        failure = code;
    }

    void answers() {
        failure = null;
        silent = false;
    }

    void saysNothing() {
        silent = true;
    }

    InferenceAnnouncement announcement(Load... models) {
        return new InferenceAnnouncement(name, host, process, false, 2, List.of(models));
    }

    InferenceAnnouncement loaded(int queued) {
        return announcement(new Load(MODEL, queued, 10, true));
    }

    private void onFrame(Message<InferenceRequest> message) {
        frames.add(message.body());
        if (failure != null) {
            BusErrors.fail(message, new VapException(failure, name + " says " + failure.wire() + "."));
        } else if (!silent) {
            message.reply(new InferenceReply(List.of(), "mock", 0, 100));
        }
    }
}
