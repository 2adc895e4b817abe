package dev.vap.api.live;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.BusErrors;
import dev.vap.shared.protocol.ModelInfo;
import dev.vap.shared.protocol.ModelQuery;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * The models inference has, asked for in the background so that a create need not wait. Inference that can't be reached
 * is no reason to refuse a scenario. Confined to the context that starts it.
 */
public final class ModelCatalog {

    private static final long REFRESH_MILLIS = 3_000;
    private static final long ANSWER_MILLIS = 1_000;
    private static final Duration TRUSTED = Duration.ofSeconds(10);

    private final Vertx vertx;
    private final LongSupplier nanos;
    private Map<String, ModelInfo> models = Map.of();
    private long answeredAt;
    private boolean answered;
    private long failedAt;
    private boolean failedLast;
    private Future<List<ModelInfo>> asking;
    private long timer = -1;

    /**
     * @param nanos a monotonic clock
     */
    public ModelCatalog(Vertx vertx, LongSupplier nanos) {
        this.vertx = vertx;
        this.nanos = nanos;
    }

    /** Does not wait for the first answer. */
    public Future<Void> start() {
        ask();
        timer = vertx.setPeriodic(REFRESH_MILLIS, t -> ask());
        return Future.succeededFuture();
    }

    public Future<Void> close() {
        vertx.cancelTimer(timer);
        return Future.succeededFuture();
    }

    /** Asks inference; fails with INFERENCE_UNAVAILABLE if there is none. One request at a time is on its way. */
    public Future<List<ModelInfo>> ask() {
        if (asking != null) {
            return asking;
        }
        Future<List<ModelInfo>> answer = vertx.eventBus()
                .<JsonObject>request(
                        Addresses.MODELS,
                        ModelQuery.all().toJson(),
                        new DeliveryOptions().setSendTimeout(ANSWER_MILLIS))
                .map(reply -> remember(reply.body()))
                .recover(e -> Future.failedFuture(forget(e)));
        asking = answer;
        answer.onComplete(done -> asking = null);
        return answer;
    }

    /**
     * Fails with a {@code MODEL_} code if inference is there and has no such model, or can't use it. Answers from memory
     * if the model is known to be usable, or if inference was just found to be away.
     */
    public Future<Void> check(String model) {
        boolean fresh = answered && nanos.getAsLong() - answeredAt < TRUSTED.toNanos();
        ModelInfo known = fresh ? models.get(model) : null;
        if (known != null && known.available()) {
            return Future.succeededFuture();
        }
        if (failedLast && nanos.getAsLong() - failedAt < REFRESH_MILLIS * 1_000_000) {
            return Future.succeededFuture();
        }
        return ask().transform(answer -> answer.failed() ? Future.succeededFuture() : verdict(model, answer.result()));
    }

    private static Future<Void> verdict(String model, List<ModelInfo> all) {
        Optional<ModelInfo> info =
                all.stream().filter(m -> m.name().equals(model)).findFirst();
        if (info.isEmpty()) {
            List<String> usable = all.stream()
                    .filter(ModelInfo::available)
                    .map(ModelInfo::name)
                    .toList();
            return Future.failedFuture(new VapException(
                    ErrorCode.MODEL_UNKNOWN,
                    "There is no model \"" + model + "\""
                            + (usable.isEmpty()
                                    ? "; put its .onnx file into MODEL_DIR."
                                    : ": use " + String.join(", ", usable)
                                            + ", or put its .onnx file into MODEL_DIR.")));
        }
        if (!info.get().available()) {
            String problem = info.get().problem();
            return Future.failedFuture(new VapException(
                    ErrorCode.MODEL_UNSUPPORTED,
                    problem == null ? "The model \"" + model + "\" can't be used at the moment." : problem));
        }
        return Future.succeededFuture();
    }

    private List<ModelInfo> remember(JsonObject reply) {
        Map<String, ModelInfo> byName = new TreeMap<>();
        List<ModelInfo> list = new ArrayList<>();
        for (Object model : reply.getJsonArray("models")) {
            ModelInfo info = ModelInfo.fromJson((JsonObject) model);
            byName.put(info.name(), info);
            list.add(info);
        }
        models = byName;
        answered = true;
        answeredAt = nanos.getAsLong();
        failedLast = false;
        return list;
    }

    private VapException forget(Throwable e) {
        failedLast = true;
        failedAt = nanos.getAsLong();
        return BusErrors.from(e, ErrorCode.INFERENCE_UNAVAILABLE, "inference service");
    }
}
