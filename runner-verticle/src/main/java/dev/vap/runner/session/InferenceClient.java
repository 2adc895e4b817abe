package dev.vap.runner.session;

import dev.vap.runner.time.Timers;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.InferenceReply;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.InputSpec;
import io.vertx.circuitbreaker.CircuitBreaker;
import io.vertx.circuitbreaker.CircuitBreakerOptions;
import io.vertx.circuitbreaker.CircuitBreakerState;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import java.time.Duration;

/**
 * Asks inference for the detections of single frames, behind a circuit breaker. Confined to the session's context. Fails
 * with what {@link InferenceFailure#of} understands.
 */
final class InferenceClient {

    private final EventBus bus;
    private final Timers timers;
    private final CircuitBreaker breaker;
    private final String address;
    private final String stream;
    private final DeliveryOptions delivery;
    private final long timeoutNanos;
    private final InputSpec input;
    private final ScenarioOptions options;
    private final float confidence;
    private final float nmsIou;

    InferenceClient(
            Vertx vertx,
            Timers timers,
            DeployCommand command,
            InputSpec input,
            Duration timeout,
            SessionConfig.Breaker limits) {
        this.bus = vertx.eventBus();
        this.timers = timers;
        this.address = Addresses.inference(command.model());
        this.stream = command.scenario() + "/" + command.epoch();
        this.delivery = new DeliveryOptions().setSendTimeout(timeout.toMillis());
        this.timeoutNanos = timeout.toNanos();
        this.input = input;
        this.options = command.options();
        this.confidence = orNan(options.confidence());
        this.nmsIou = orNan(options.nmsIou());
        this.breaker = CircuitBreaker.create(
                        "inference-" + command.workerId(),
                        vertx,
                        new CircuitBreakerOptions()
                                // The request has a deadline of its own.
                                .setTimeout(-1)
                                .setMaxFailures(limits.maxFailures())
                                .setResetTimeout(limits.reset().toMillis())
                                .setMaxRetries(0))
                .failurePolicy((Future<Object> call) -> call.failed() && InferenceFailure.opensBreaker(call.cause()));
    }

    private static float orNan(Double value) {
        return value == null ? Float.NaN : value.floatValue();
    }

    /** The frame's pixels have to stay valid until the future completes. */
    Future<InferenceReply> analyse(Frame frame) {
        return breaker.<Message<InferenceReply>>execute(() -> bus.request(address, request(frame), delivery))
                .map(Message::body);
    }

    private InferenceRequest request(Frame frame) {
        return new InferenceRequest(
                stream,
                frame.number,
                frame.ptsMillis,
                frame.pixels(),
                frame.scaling.inputWidth(),
                frame.scaling.inputHeight(),
                input.pixels().channels(),
                InferenceRequest.Encoding.RAW,
                frame.sourceWidth,
                frame.sourceHeight,
                frame.scaling.placement(),
                confidence,
                nmsIou,
                options.classes(),
                timers.nanos() + timeoutNanos);
    }

    boolean isBroken() {
        return breaker.state() != CircuitBreakerState.CLOSED;
    }

    void close() {
        breaker.close();
    }
}
