package dev.vap.inference;

import dev.vap.inference.batch.InferencePool;
import dev.vap.inference.batch.Watch;
import dev.vap.inference.vision.JpegPictures;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.BusErrors;
import dev.vap.shared.protocol.MessageFormatException;
import dev.vap.shared.protocol.ModelInfo;
import dev.vap.shared.protocol.ModelQuery;
import dev.vap.shared.runtime.ProcessId;
import dev.vap.shared.runtime.ServiceContext;
import dev.vap.shared.runtime.Services;
import io.vertx.core.CompositeFuture;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers at {@link Addresses#MODELS}, and analyses frames at {@link Addresses#inference} of every model that was asked
 * for. One instance a process: it uses all of {@code INFERENCE_THREADS} itself.
 */
public final class InferenceVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(InferenceVerticle.class);

    private final ServiceContext services;
    private final InferenceConfig config;
    private InferencePool pool;
    private ModelService models;
    private final List<MessageConsumer<JsonObject>> queries = new ArrayList<>();
    private Announcer announcer;
    private long checking = -1;

    public InferenceVerticle(ServiceContext services) {
        this.services = services;
        this.config = InferenceConfig.from(services.settings());
    }

    @Override
    public Future<?> start() {
        return vertx.executeBlocking(this::prepare, false).compose(this::serve).recover(e -> stop().transform(
                        closed -> Future.failedFuture(e)));
    }

    /** What takes long to make. */
    private record Parts(ModelLoader loader, JpegPictures pictures) {}

    /** Off the event loop: native code is loaded, and unpacked in the first start on a machine. */
    private Parts prepare() {
        // A run may take as many pictures as wait.
        JpegPictures pictures = new JpegPictures(config.threads() + config.queue());
        return new Parts(ModelLoader.of(services.settings()), pictures);
    }

    private Future<CompositeFuture> serve(Parts parts) {
        Watch watch = new Watch(config.hangLimit(), InferenceVerticle::giveUp);
        pool = new InferencePool(
                config.threads(), services.registry(), System::nanoTime, watch, parts.pictures::decode);
        String node = ProcessId.of(vertx);
        announcer = new Announcer(vertx, node, services.node().host(), config.threads(), () -> models.loads());
        models = new ModelService(vertx, node, parts.loader, pool, config, announcer::now);
        queries.add(vertx.eventBus().consumer(Addresses.MODELS, this::answer));
        queries.add(vertx.eventBus().consumer(Addresses.modelsAt(node), this::answer));
        LOG.info("inference on {} threads, models from {}", config.threads(), config.modelDir());
        return Future.all(queries.stream().map(MessageConsumer::completion).toList())
                .onSuccess(up -> {
                    checking = vertx.setPeriodic(InferenceConfig.HANG_CHECK.toMillis(), timer -> pool.check());
                    announcer.start();
                    loadFirst();
                });
    }

    /** Threads that are lost in native code can't be had back; what waits is sent again to the process that comes next. */
    private static void giveUp() {
        LOG.error("so many analyses hang that this process can't be trusted any more: it ends, to be started again");
        Services.exit(Services.UNUSABLE);
    }

    /** In the background: the service is up without it, and the first query would load it anyway. */
    private void loadFirst() {
        models.require(config.firstModel()).onFailure(e -> LOG.info("not loaded yet: {}", e.getMessage()));
    }

    private void answer(Message<JsonObject> message) {
        ModelQuery query;
        try {
            query = ModelQuery.fromJson(message.body());
        } catch (MessageFormatException | NullPointerException | ClassCastException e) {
            BusErrors.fail(message, new VapException(ErrorCode.INVALID_VALUE, "A query for models is wanted here.", e));
            return;
        }
        Future<JsonObject> reply = query.name() == null
                ? models.list().map(InferenceVerticle::toJson)
                : models.require(query.name()).map(ModelInfo::toJson);
        reply.onSuccess(message::reply).onFailure(e -> BusErrors.fail(message, e));
    }

    private static JsonObject toJson(List<ModelInfo> infos) {
        return new JsonObject()
                .put(
                        "models",
                        new JsonArray(infos.stream().map(ModelInfo::toJson).toList()));
    }

    /** Takes no more frames, fails those that wait, waits for those that run, frees the models. */
    @Override
    public Future<?> stop() {
        if (models == null) {
            return Future.succeededFuture();
        }
        vertx.cancelTimer(checking);
        announcer.stop();
        return Future.join(queries.stream().map(MessageConsumer::unregister).toList())
                .transform(ignored -> models.stop())
                .transform(ignored -> vertx.executeBlocking(() -> pool.close(config.drain()), false));
    }
}
