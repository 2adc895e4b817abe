package dev.vap.inference;

import dev.vap.inference.model.Model;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads models, each on a thread of its own: opening a network is a native call that can't be interrupted and may never come
 * back. After a while its caller is told so; until the call returns, nobody tries that model again, so that at most one thread
 * is lost for each. Confined to the verticle's context.
 */
final class ModelLoads {

    private static final Logger LOG = LoggerFactory.getLogger(ModelLoads.class);

    private final Vertx vertx;
    private final Context context;
    private final Function<String, Model> loader;
    private final Duration limit;
    private final Consumer<String> late;

    /** Models whose loads were given up and have not come back. */
    private final Set<String> hanging = new HashSet<>();

    /**
     * @param loader blocks
     * @param limit after which a load is given up
     * @param late told of a model whose load has come back after that: it may be tried again
     */
    ModelLoads(Vertx vertx, Context context, Function<String, Model> loader, Duration limit, Consumer<String> late) {
        this.vertx = vertx;
        this.context = context;
        this.loader = loader;
        this.limit = limit;
        this.late = late;
    }

    /** The model is the caller's to close. Nobody may ask for one that is being loaded. */
    Future<Model> load(String name) {
        if (hanging.contains(name)) {
            return Future.failedFuture(hangs(name));
        }
        Promise<Model> promise = Promise.promise();
        long timer = vertx.setTimer(limit.toMillis(), expired -> {
            if (promise.tryFail(hangs(name))) {
                hanging.add(name);
            }
        });
        Thread thread = new Thread(() -> run(name, timer, promise), "vap-load-" + name);
        thread.setDaemon(true);
        thread.start();
        return promise.future();
    }

    private void run(String name, long timer, Promise<Model> promise) {
        Model model = null;
        Throwable failure = null;
        try {
            model = loader.apply(name);
        } catch (Throwable e) {
            failure = e;
        }
        Model loaded = model;
        Throwable why = failure;
        try {
            context.runOnContext(back -> {
                vertx.cancelTimer(timer);
                boolean taken = why == null ? promise.tryComplete(loaded) : promise.tryFail(why);
                if (!taken) {
                    comesTooLate(name, loaded);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("Vert.x has ended before model {} was loaded", name, e);
        }
    }

    private void comesTooLate(String name, Model model) {
        LOG.warn("the load of model {} has come back after all", name);
        hanging.remove(name);
        late.accept(name);
        if (model != null) {
            close(model);
        }
    }

    /** On a worker thread: it may take a moment. */
    Future<Void> close(Model model) {
        return vertx.executeBlocking(
                () -> {
                    model.close();
                    return null;
                },
                false);
    }

    private VapException hangs(String name) {
        return new VapException(
                ErrorCode.MODEL_UNSUPPORTED,
                "The model \"" + name + "\" was not loaded within " + limit.toSeconds()
                        + " s: check its file and what it is to run on, then start the inference service again.");
    }
}
