package dev.vap.runner.inference;

import dev.vap.runner.time.Timers;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.InferenceAnnouncement.Load;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.circuitbreaker.CircuitBreaker;
import io.vertx.circuitbreaker.CircuitBreakerOptions;
import io.vertx.circuitbreaker.CircuitBreakerState;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.function.Supplier;

/** One model at one process: its circuit breaker, and how long it is left alone after it has refused a frame. */
final class InferenceTarget {

    private static final long SHORTEST_REST_NANOS = 50_000_000;
    private static final long LONGEST_REST_NANOS = 1_000_000_000;

    /** A queue that nobody knows counts as half full. */
    private static final double UNKNOWN_SHARE = 0.5;

    final InferenceNode node;
    final String address;
    private final String model;
    private final Timers timers;
    private final CircuitBreaker breaker;
    private final MeterRegistry registry;
    private final Gauge gauge;
    private String failure;
    private long rest;
    private long restsUntil;

    InferenceTarget(
            Vertx vertx, Timers timers, MeterRegistry registry, InferenceNode node, String model, Breaker limits) {
        this.node = node;
        this.model = model;
        this.timers = timers;
        this.registry = registry;
        this.address = node.name == null ? Addresses.inference(model) : Addresses.inferenceAt(node.name, model);
        this.breaker = CircuitBreaker.create(
                        address,
                        vertx,
                        new CircuitBreakerOptions()
                                // The request has a deadline of its own.
                                .setTimeout(-1)
                                .setMaxFailures(limits.maxFailures())
                                .setResetTimeout(limits.reset().toMillis())
                                .setMaxRetries(0))
                .failurePolicy((Future<Object> call) -> call.failed() && InferenceFailure.opensBreaker(call.cause()));
        this.gauge = Gauge.builder("vap_inference_breaker", breaker, b -> ModelTargets.rank(b.state()) / 2.0)
                .description("circuit breaker of a model at a process: 0 closed, 0.5 half open, 1 open")
                .tag("model", model)
                .tag("node", node.name == null ? "any" : node.name)
                .register(registry);
    }

    /** Fails with {@link io.vertx.circuitbreaker.OpenCircuitException} without trying while the breaker is open. */
    <T> Future<T> call(Supplier<Future<T>> request) {
        return breaker.execute(request);
    }

    void succeeded() {
        rest = 0;
        failure = null;
    }

    /**
     * @param why null if it was not asked because its circuit breaker is open: the reason for that stays
     */
    void refused(InferenceFailure why) {
        failure = why == null ? failure : why.error().getMessage();
        rest = Math.min(LONGEST_REST_NANOS, Math.max(SHORTEST_REST_NANOS, 2 * rest));
        restsUntil = timers.nanos() + rest;
    }

    /** Whether it refused a frame a moment ago: others come first. */
    boolean rests() {
        return rest > 0 && timers.nanos() - restsUntil < 0;
    }

    boolean isOpen() {
        return breaker.state() == CircuitBreakerState.OPEN;
    }

    CircuitBreakerState state() {
        return breaker.state();
    }

    /** Why the last frame was not taken; null if it was. */
    String failure() {
        return failure;
    }

    boolean isHealthy() {
        Load load = node.load(model);
        return load == null || load.healthy();
    }

    /** Frames that wait there, from 0 for none to 1 for as many as may, and those on their way to it. */
    double share() {
        Load load = node.load(model);
        return load == null || load.capacity() < 1
                ? UNKNOWN_SHARE
                : (load.queued() + node.onTheWay()) / (double) load.capacity();
    }

    void close() {
        breaker.close();
        registry.remove(gauge);
    }
}
