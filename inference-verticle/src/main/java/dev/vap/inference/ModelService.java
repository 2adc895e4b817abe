package dev.vap.inference;

import dev.vap.inference.batch.Batching;
import dev.vap.inference.batch.InferencePool;
import dev.vap.inference.batch.ModelQueue;
import dev.vap.inference.batch.ReplyTo;
import dev.vap.inference.model.CatalogEntry;
import dev.vap.inference.model.Model;
import dev.vap.inference.model.ModelCatalog;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.BusErrors;
import dev.vap.shared.protocol.InferenceAnnouncement.Load;
import dev.vap.shared.protocol.InferenceReply;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.ModelInfo;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models that are loaded, and their addresses. Confined to the verticle's context; whatever blocks runs on worker
 * threads.
 */
final class ModelService {

    private static final Logger LOG = LoggerFactory.getLogger(ModelService.class);

    private static final Duration FRESH = Duration.ofMinutes(1);

    private final Vertx vertx;
    private final String node;
    private final Runnable onChange;
    private final ModelLoader loader;
    private final ModelLoads loads;
    private final InferencePool pool;
    private final InferenceConfig config;

    /** Loaded or being loaded; a failure is taken out again, so that the next query tries anew. */
    private final Map<String, Future<ModelInfo>> models = new HashMap<>();

    /** Why a model of the catalogue could not be loaded the last time. */
    private final Map<String, Problem> problems = new HashMap<>();

    private final List<MessageConsumer<Object>> consumers = new ArrayList<>();

    /** Of the models that are served. */
    private final Map<String, ModelQueue> queues = new TreeMap<>();

    private boolean stopped;

    /**
     * To be called on the verticle's context.
     *
     * @param node names this process in its own addresses
     * @param onChange called whenever a model is served that was not before
     */
    ModelService(
            Vertx vertx,
            String node,
            ModelLoader loader,
            InferencePool pool,
            InferenceConfig config,
            Runnable onChange) {
        this.vertx = vertx;
        this.node = node;
        this.onChange = onChange;
        this.loader = loader;
        this.loads =
                new ModelLoads(vertx, vertx.getOrCreateContext(), loader::load, config.loadLimit(), problems::remove);
        this.pool = pool;
        this.config = config;
    }

    /** Every model of the catalogue; none is loaded for it. */
    Future<List<ModelInfo>> list() {
        Set<String> unusable = Set.copyOf(problems.keySet());
        return vertx.executeBlocking(
                        () -> loader.catalog().entries().stream()
                                .map(entry -> new Listed(
                                        entry,
                                        unusable.contains(entry.name())
                                                ? loader.catalog().trace(entry)
                                                : null))
                                .toList(),
                        false)
                .map(entries -> entries.stream().map(this::describe).toList());
    }

    /**
     * A model of the catalogue.
     *
     * @param trace null if it was not known to have a problem
     */
    private record Listed(CatalogEntry entry, ModelCatalog.Trace trace) {}

    private ModelInfo describe(Listed listed) {
        String name = listed.entry.name();
        Future<ModelInfo> loaded = models.get(name);
        if (loaded != null && loaded.succeeded()) {
            return loaded.result();
        }
        ModelInfo info = loader.describe(listed.entry);
        Problem problem = problems.get(name);
        if (problem == null || !info.available()) {
            return info;
        }
        if (listed.trace != null && !listed.trace.equals(problem.trace())) {
            // Its files or what is said of it were changed since: nothing else would ever try it again.
            problems.remove(name);
            return info;
        }
        return new ModelInfo(name, info.detector(), false, problem.text(), info.input(), info.labels(), info.details());
    }

    /**
     * Why a model could not be loaded.
     *
     * @param trace as it was when that was tried
     * @param fresh the failure, for a while after it: another try would fail likewise as long as the trace is the same. Null
     *     later, since a driver may have been mended or a device have memory again, and of faults that nobody understands
     */
    private record Problem(String text, ModelCatalog.Trace trace, VapException fresh) {
        Problem old() {
            return new Problem(text, trace, null);
        }
    }

    /** The model, serving its address; loaded once, however many ask meanwhile. */
    Future<ModelInfo> require(String name) {
        Future<ModelInfo> known = models.get(name);
        if (known != null) {
            return known;
        }
        if (stopped) {
            return Future.failedFuture(stopping());
        }
        Promise<ModelInfo> promise = Promise.promise();
        models.put(name, promise.future());
        vertx.executeBlocking(() -> loader.catalog().trace(name).orElse(null), false)
                .compose(trace -> load(name, trace))
                .onFailure(e -> models.remove(name))
                .onComplete(promise);
        return promise.future();
    }

    private Future<ModelInfo> load(String name, ModelCatalog.Trace trace) {
        Problem known = problems.get(name);
        if (known != null && known.fresh() != null && trace != null && trace.equals(known.trace())) {
            // Runners near by ask every few seconds: the file need not be read, nor the log filled, each time.
            return Future.failedFuture(known.fresh());
        }
        return loads.load(name)
                .compose(this::serve)
                .onSuccess(info -> problems.remove(name))
                .onFailure(e -> remember(name, e, trace));
    }

    /** A lack of memory and the like is no problem of the model: it may be gone the next time. */
    private void remember(String name, Throwable e, ModelCatalog.Trace trace) {
        if (!(e instanceof VapException known)) {
            LOG.error("model {} can't be loaded", name, e);
            problems.put(name, new Problem("It can't be loaded; the service's log says more.", trace, null));
        } else if (known.code() != ErrorCode.MODEL_UNKNOWN && known.code() != ErrorCode.INFERENCE_UNAVAILABLE) {
            LOG.warn("model {} can't be loaded: {}", name, known.getMessage());
            if (!known.code().retryable()) {
                Problem problem = new Problem(known.getMessage(), trace, known);
                problems.put(name, problem);
                vertx.setTimer(FRESH.toMillis(), t -> problems.replace(name, problem, problem.old()));
            }
        }
    }

    private Future<ModelInfo> serve(Model model) {
        ModelQueue queue;
        try {
            if (stopped) {
                throw stopping();
            }
            queue = pool.add(model, new Batching(config.queue(), model.maxDelay()));
        } catch (VapException e) {
            return loads.close(model).transform(closed -> Future.failedFuture(e));
        }
        String name = model.info().name();
        List<MessageConsumer<Object>> listeners =
                List.of(listener(Addresses.inference(name), queue), listener(Addresses.inferenceAt(node, name), queue));
        return Future.join(listeners.stream().map(MessageConsumer::completion).toList())
                .onSuccess(listening -> {
                    consumers.addAll(listeners);
                    queues.put(name, queue);
                    onChange.run();
                })
                .map(model.info())
                .recover(e -> giveBack(listeners, queue).transform(given -> Future.failedFuture(e)));
    }

    private MessageConsumer<Object> listener(String address, ModelQueue queue) {
        return vertx.eventBus().consumer(address, message -> submit(queue, message));
    }

    /** The cluster did not take an address: the next query loads the model anew, so it must not stay here. */
    private Future<?> giveBack(List<MessageConsumer<Object>> listeners, ModelQueue queue) {
        return Future.join(listeners.stream().map(MessageConsumer::unregister).toList())
                .transform(ignored -> vertx.executeBlocking(() -> pool.remove(queue, config.drain()), false));
    }

    /** How busy each model is that is served. */
    List<Load> loads() {
        return queues.entrySet().stream()
                .map(e -> new Load(
                        e.getKey(),
                        e.getValue().depth(),
                        e.getValue().capacity(),
                        e.getValue().healthy()))
                .toList();
    }

    private void submit(ModelQueue queue, Message<Object> message) {
        if (!(message.body() instanceof InferenceRequest request)) {
            BusErrors.fail(
                    message,
                    new VapException(ErrorCode.INVALID_VALUE, "A frame is wanted at " + message.address() + "."));
            return;
        }
        try {
            queue.submit(request, new BusReply(message));
        } catch (RuntimeException e) {
            LOG.warn("a frame for {} could not be taken", message.address(), e);
            BusErrors.fail(message, e);
        } finally {
            request.pixels().releaseReceived();
        }
    }

    /**
     * Takes no more frames and loads no more models; what was taken is the pool's. A load that is under way is waited for, but
     * not for long: its model is closed when it comes. Repeating it is harmless.
     */
    Future<Void> stop() {
        stopped = true;
        List<Future<Void>> closing =
                consumers.stream().map(MessageConsumer::unregister).toList();
        consumers.clear();
        List<Future<ModelInfo>> loading =
                models.values().stream().filter(future -> !future.isComplete()).toList();
        return Future.join(closing)
                .transform(
                        ignored -> Future.join(loading).timeout(config.drain().toMillis(), TimeUnit.MILLISECONDS))
                .transform(ignored -> Future.succeededFuture());
    }

    private static VapException stopping() {
        return new VapException(ErrorCode.INFERENCE_UNAVAILABLE, "This inference service is stopping: try again.");
    }

    private record BusReply(Message<Object> message) implements ReplyTo {

        @Override
        public void succeed(InferenceReply reply) {
            message.reply(reply);
        }

        @Override
        public void fail(VapException cause) {
            BusErrors.fail(message, cause);
        }
    }
}
