package dev.vap.runner.probe;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.BusErrors;
import dev.vap.shared.protocol.MessageFormatException;
import dev.vap.shared.protocol.ProbeRequest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;

/** Answers {@link Addresses#PROBE}: a few probes at a time, further ones are refused at once. On the event loop. */
public final class ProbeService {

    private static final int MAX_AT_ONCE = 4;

    private final Vertx vertx;
    private final Probes probes;
    private WorkerExecutor pool;
    private MessageConsumer<JsonObject> consumer;
    private int running;

    public ProbeService(Vertx vertx, Probes probes) {
        this.vertx = vertx;
        this.probes = probes;
    }

    public Future<Void> start() {
        pool = vertx.createSharedWorkerExecutor("vap-probe", MAX_AT_ONCE);
        consumer = vertx.eventBus().consumer(Addresses.PROBE, this::answer);
        return consumer.completion();
    }

    private void answer(Message<JsonObject> message) {
        ProbeRequest request;
        try {
            request = ProbeRequest.fromJson(message.body());
        } catch (MessageFormatException e) {
            BusErrors.fail(message, new VapException(ErrorCode.INVALID_VALUE, e.getMessage(), e));
            return;
        }
        if (running >= MAX_AT_ONCE) {
            BusErrors.fail(
                    message,
                    new VapException(
                            ErrorCode.SOURCE_UNREACHABLE,
                            "This runner is looking at " + MAX_AT_ONCE + " other sources: try again in a moment."));
            return;
        }
        running++;
        pool.executeBlocking(() -> probes.probe(request), false).onComplete(done -> {
            running--;
            if (done.succeeded()) {
                message.reply(done.result().toJson());
            } else {
                BusErrors.fail(message, done.cause());
            }
        });
    }

    /** A probe that runs is waited for by no one. */
    public Future<Void> close() {
        Future<Void> gone = consumer == null ? Future.succeededFuture() : consumer.unregister();
        return gone.eventually(() -> pool == null ? Future.succeededFuture() : pool.close())
                .onComplete(done -> probes.close());
    }
}
