package dev.vap.runner.control;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.BusErrors;
import dev.vap.shared.protocol.MessageFormatException;
import dev.vap.shared.protocol.PreviewDemand;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/** Hands on which scenarios of this runner somebody watches. Confined to the runner's context. */
public final class PreviewDemands {

    private final Vertx vertx;
    private final String runnerId;
    private final Assignments assignments;
    private MessageConsumer<JsonObject> consumer;

    public PreviewDemands(Vertx vertx, String runnerId, Assignments assignments) {
        this.vertx = vertx;
        this.runnerId = runnerId;
        this.assignments = assignments;
    }

    public Future<Void> start() {
        consumer = vertx.eventBus().consumer(Addresses.runnerPreview(runnerId), this::demanded);
        return consumer.completion();
    }

    private void demanded(Message<JsonObject> message) {
        try {
            PreviewDemand demand = PreviewDemand.fromJson(message.body());
            assignments.watch(demand.scenario(), Duration.ofMillis(demand.ttlMillis()));
            message.reply(new JsonObject());
        } catch (MessageFormatException | ClassCastException e) {
            BusErrors.fail(message, new VapException(ErrorCode.INVALID_VALUE, "The demand can't be read.", e));
        } catch (VapException e) {
            BusErrors.fail(message, e);
        }
    }

    public Future<Void> close() {
        return consumer == null ? Future.succeededFuture() : consumer.unregister();
    }
}
