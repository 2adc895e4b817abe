package dev.vap.runner.session;

import dev.vap.runner.inference.InferenceFailure;
import dev.vap.runner.time.Timers;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.BusErrors;
import dev.vap.shared.protocol.MessageFormatException;
import dev.vap.shared.protocol.ModelInfo;
import dev.vap.shared.protocol.ModelQuery;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Asks inference what picture a model wants, the nearest process first; waits, within bounds, for a service that is not there
 * yet.
 */
final class ModelLookup {

    private final EventBus bus;
    private final Timers timers;
    private final SessionConfig config;
    private final RandomGenerator random;
    private final Supplier<List<String>> addresses;

    /**
     * @param addresses where to ask, one after the other
     */
    ModelLookup(
            EventBus bus,
            Timers timers,
            SessionConfig config,
            RandomGenerator random,
            Supplier<List<String>> addresses) {
        this.addresses = addresses;
        this.bus = bus;
        this.timers = timers;
        this.config = config;
        this.random = random;
    }

    /**
     * A model that is available, with its input known.
     *
     * @param cancelled looked at between tries; the future stays open then
     * @param waiting told why it goes on trying
     */
    Future<ModelInfo> find(String model, BooleanSupplier cancelled, Consumer<String> waiting) {
        Promise<ModelInfo> promise = Promise.promise();
        long giveUp = timers.nanos() + config.modelPatience().toNanos();
        attempt(model, 1, giveUp, cancelled, waiting, promise);
        return promise.future();
    }

    private void attempt(
            String model,
            int number,
            long giveUp,
            BooleanSupplier cancelled,
            Consumer<String> waiting,
            Promise<ModelInfo> promise) {
        askEach(model, addresses.get(), 0).onSuccess(promise::tryComplete).onFailure(e -> {
            VapException error = explain(e);
            if (!error.code().retryable() || timers.nanos() - giveUp >= 0) {
                promise.tryFail(error);
            } else if (!cancelled.getAsBoolean()) {
                waiting.accept("waiting for inference: " + error.getMessage());
                timers.after(config.retry().delay(number, random), () -> {
                    if (!cancelled.getAsBoolean()) {
                        attempt(model, number + 1, giveUp, cancelled, waiting, promise);
                    }
                });
            }
        });
    }

    /** The answer of the first that has the model; else the failure of the last, who is whoever answers. */
    private Future<ModelInfo> askEach(String model, List<String> where, int index) {
        DeliveryOptions options =
                new DeliveryOptions().setSendTimeout(config.modelTimeout().toMillis());
        Future<ModelInfo> answer = bus.<JsonObject>request(where.get(index), new ModelQuery(model).toJson(), options)
                .map(reply -> usable(ModelInfo.fromJson(reply.body())));
        return index + 1 == where.size() ? answer : answer.recover(e -> askEach(model, where, index + 1));
    }

    private static VapException explain(Throwable e) {
        if (e instanceof MessageFormatException) {
            return new VapException(
                    ErrorCode.INTERNAL, "The inference service answered in a form that is not understood.", e);
        }
        return BusErrors.from(e, ErrorCode.INFERENCE_UNAVAILABLE, InferenceFailure.WHO);
    }

    private static ModelInfo usable(ModelInfo info) {
        if (!info.available()) {
            String problem = info.problem() == null ? "it says no more" : info.problem();
            throw new VapException(
                    ErrorCode.MODEL_UNSUPPORTED, "The model " + info.name() + " can't be used: " + problem);
        }
        if (info.input() == null) {
            throw new VapException(
                    ErrorCode.INTERNAL, "The inference service did not say what input " + info.name() + " wants.");
        }
        return info;
    }
}
