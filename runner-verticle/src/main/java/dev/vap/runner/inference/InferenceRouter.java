package dev.vap.runner.inference;

import dev.vap.runner.time.Timers;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.InferenceReply;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.ModelQuery;
import dev.vap.shared.protocol.SessionReport.InferenceReport;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.circuitbreaker.OpenCircuitException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Sends each picture to the nearest process that takes it. One that refuses, does not answer, or whose circuit breaker is
 * open is passed over and the same picture goes to the next one at once, to each at most once; it is tried again a moment
 * later, so that frames come back to it by themselves.
 *
 * <p>A near process that has not loaded the model, and others while the near ones refuse, are asked to load it, so that
 * they can take frames later.
 */
public final class InferenceRouter {

    private static final Duration LOADING = Duration.ofSeconds(60);
    private static final long BETWEEN_LOADS_NANOS = 5_000_000_000L;
    private static final int MAX_LOADS_REMEMBERED = 10_000;

    private final Vertx vertx;
    private final Timers timers;
    private final Breaker limits;
    private final RandomGenerator random;
    private final InferenceDirectory directory;
    private final MeterRegistry registry;
    private final Map<Rank, Counter> analysed = new EnumMap<>(Rank.class);
    private final Counter spilled;
    private final Map<String, ModelTargets> models = new HashMap<>();
    /** When somebody was last asked to load a model, by address and model. */
    private final Map<String, Long> loads = new HashMap<>();

    private boolean closed;

    public InferenceRouter(
            Vertx vertx,
            Timers timers,
            Breaker limits,
            RandomGenerator random,
            InferenceDirectory directory,
            MeterRegistry registry) {
        this.vertx = vertx;
        this.timers = timers;
        this.limits = limits;
        this.random = random;
        this.directory = directory;
        this.registry = registry;
        for (Rank rank : Rank.values()) {
            analysed.put(
                    rank,
                    Counter.builder("vap_inference_frames")
                            .description("pictures analysed, by where: this process, this host, elsewhere")
                            .tag("where", rank.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
        this.spilled = Counter.builder("vap_inference_spilled")
                .description("pictures sent on to another process after one did not take them")
                .register(registry);
        directory.onChange(() -> models.values().forEach(m -> m.update(directory.nodes())));
    }

    /** What became of a picture. */
    record Analysed(InferenceReply reply, String node) {}

    /** Fails with what {@link InferenceFailure#of} understands. The picture is needed until it completes. */
    Future<Analysed> analyse(String model, Picture picture, long deadlineNanos) {
        if (closed) {
            return Future.failedFuture(Failures.closed());
        }
        return new Attempt(targets(model), picture, deadlineNanos).next();
    }

    private ModelTargets targets(String model) {
        return models.computeIfAbsent(model, name -> {
            ModelTargets made = new ModelTargets(
                    name, random, node -> new InferenceTarget(vertx, timers, registry, node, name, limits));
            made.update(directory.nodes());
            return made;
        });
    }

    InferenceReport report(String model, String node, boolean busy) {
        return targets(model).report(node, busy);
    }

    boolean isBroken(String model) {
        return targets(model).allOpen();
    }

    /** Where to ask for a model, the nearest process first; the last one is whoever answers. */
    public List<String> modelAddresses() {
        List<String> addresses = new ArrayList<>();
        for (InferenceNode node : directory.nodes()) {
            if (node.takesFrames()) {
                addresses.add(Addresses.modelsAt(node.name));
            }
        }
        addresses.add(Addresses.MODELS);
        return addresses;
    }

    /** Those nearer than the nearest that has the model ought to have it too. */
    private void loadNearer(ModelTargets targets) {
        InferenceNode nearest = targets.nearest();
        List<InferenceNode> nodes = directory.nodes();
        if (nodes.isEmpty()) {
            return;
        }
        InferenceNode first = nodes.get(0);
        if (nearest == null || first.rank.compareTo(nearest.rank) < 0) {
            load(targets.model, first);
        }
    }

    /** All that have the model refuse: one more ought to have it. */
    private void loadElsewhere(ModelTargets targets) {
        for (InferenceNode node : directory.nodes()) {
            if (node.takesFrames() && node.load(targets.model) == null && load(targets.model, node)) {
                return;
            }
        }
    }

    private boolean load(String model, InferenceNode node) {
        return node.takesFrames() && load(model, Addresses.modelsAt(node.name));
    }

    /** Not waited for: a process that has loaded it says so. */
    private boolean load(String model, String address) {
        String key = address + " " + model;
        long now = timers.nanos();
        Long last = loads.get(key);
        if (closed || (last != null && now - last < BETWEEN_LOADS_NANOS)) {
            return false;
        }
        if (loads.size() >= MAX_LOADS_REMEMBERED) {
            loads.clear();
        }
        loads.put(key, now);
        DeliveryOptions options = new DeliveryOptions().setSendTimeout(LOADING.toMillis());
        vertx.eventBus().<JsonObject>request(address, new ModelQuery(model).toJson(), options);
        return true;
    }

    public void close() {
        closed = true;
        models.values().forEach(ModelTargets::close);
        models.clear();
    }

    /** One picture on its way from process to process. */
    private final class Attempt {

        private final ModelTargets targets;
        private final Picture picture;
        private final long deadline;
        private List<InferenceTarget> tried = List.of();
        private Throwable last;

        Attempt(ModelTargets targets, Picture picture, long deadline) {
            this.targets = targets;
            this.picture = picture;
            this.deadline = deadline;
        }

        Future<Analysed> next() {
            InferenceTarget target = targets.choose(tried);
            if (target == null) {
                return Future.failedFuture(refusal());
            }
            loadNearer(targets);
            long now = timers.nanos();
            boolean lastChance = targets.choose(with(target)) == null;
            // Half of the time is left to the next one.
            long until = lastChance ? deadline : now + (deadline - now) / 2;
            if (until - now < 1_000_000) {
                return Future.failedFuture(last != null ? last : Failures.expired());
            }
            InferenceNode node = target.node;
            node.sent();
            return target.call(() -> picture.request(node.isRemote(), until).compose(request -> send(target, request)))
                    .onComplete(done -> node.answered())
                    .map(message -> {
                        target.succeeded();
                        analysed.get(node.rank).increment();
                        return new Analysed(message.body(), node.name);
                    })
                    .recover(e -> failed(target, e));
        }

        private Future<Message<InferenceReply>> send(InferenceTarget target, InferenceRequest request) {
            long millis = Math.max(1, request.remainingMillis(timers.nanos()));
            Future<Message<InferenceReply>> answer =
                    vertx.eventBus().request(target.address, request, new DeliveryOptions().setSendTimeout(millis));
            return target.node.orGone(answer);
        }

        private List<InferenceTarget> with(InferenceTarget target) {
            if (tried.isEmpty()) {
                return List.of(target);
            }
            List<InferenceTarget> more = new ArrayList<>(tried);
            more.add(target);
            return more;
        }

        private Future<Analysed> failed(InferenceTarget target, Throwable e) {
            InferenceFailure failure = InferenceFailure.of(e);
            target.refused(e instanceof OpenCircuitException ? null : failure);
            if (closed || !failure.mayGoElsewhere()) {
                return Future.failedFuture(e);
            }
            if (target.node.name == null && Failures.nobodyThere(e)) {
                load(targets.model, Addresses.MODELS);
            }
            tried = with(target);
            last = e;
            if (targets.choose(tried) == null) {
                loadElsewhere(targets);
                return Future.failedFuture(e);
            }
            spilled.increment();
            return next();
        }

        private Throwable refusal() {
            if (last != null) {
                return last;
            }
            loadElsewhere(targets);
            if (targets.allOpen()) {
                return Failures.open();
            }
            return targets.allStop() ? Failures.stopping() : Failures.busy();
        }
    }
}
