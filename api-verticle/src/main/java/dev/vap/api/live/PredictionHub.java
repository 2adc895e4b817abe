package dev.vap.api.live;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.Addresses;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Hands live predictions and status changes to the streams of this process: one event-bus consumer per scenario however
 * many listen, and each message encoded once. Confined to the context that starts it.
 */
public final class PredictionHub {

    /**
     * That are listened to at the same time, which is what costs: each has a consumer that the whole cluster knows of. How many
     * listen to one costs little, and is bounded by the streams, the sockets and what each of these may ask for.
     */
    private static final int MAX_SCENARIOS = 20_000;

    private final Vertx vertx;
    private final int maxScenarios;
    private final Counter unreadable;
    private final AtomicInteger listeners = new AtomicInteger();
    private final Map<UUID, Channel> channels = new HashMap<>();
    private MessageConsumer<JsonObject> status;
    private Consumer<JsonObject> statusListener = body -> {};

    /** Called on the hub's context. */
    interface Listener {
        void onFrame(LiveFrame frame);

        void onStatus(Buffer sse, boolean deleted);

        /** The service stops. */
        void onClose();
    }

    private static final class Channel {
        final Set<Listener> listeners = new LinkedHashSet<>();
        MessageConsumer<JsonObject> consumer;
    }

    public PredictionHub(Vertx vertx, MeterRegistry registry) {
        this(vertx, registry, MAX_SCENARIOS);
    }

    PredictionHub(Vertx vertx, MeterRegistry registry, int maxScenarios) {
        this.vertx = vertx;
        this.maxScenarios = maxScenarios;
        this.unreadable = registry.counter("vap_live_unreadable");
        Gauge.builder("vap_live_streams", listeners, AtomicInteger::get).register(registry);
    }

    public Future<Void> start() {
        status = vertx.eventBus().consumer(Addresses.SCENARIO_STATUS, message -> statusChanged(message.body()));
        return status.completion();
    }

    /** Told of every change of any scenario's status, as it came. */
    void onStatus(Consumer<JsonObject> listener) {
        statusListener = listener;
    }

    /** Ends every stream. */
    public Future<Void> close() {
        List<Channel> open = new ArrayList<>(channels.values());
        open.forEach(channel -> List.copyOf(channel.listeners).forEach(Listener::onClose));
        return status == null ? Future.succeededFuture() : status.unregister();
    }

    /** Fails with TOO_MANY_LISTENERS if so many scenarios are listened to already. Completes once messages sent from then on arrive. */
    Future<Void> add(UUID scenario, Listener listener) {
        if (channels.size() >= maxScenarios && !channels.containsKey(scenario)) {
            return Future.failedFuture(new VapException(
                    ErrorCode.TOO_MANY_LISTENERS,
                    "Clients of this process listen to " + maxScenarios
                            + " scenarios already: close some streams, or try again later."));
        }
        listeners.incrementAndGet();
        Channel channel = channels.computeIfAbsent(scenario, this::open);
        channel.listeners.add(listener);
        return channel.consumer.completion();
    }

    /** Harmless when repeated. */
    void remove(UUID scenario, Listener listener) {
        Channel channel = channels.get(scenario);
        if (channel != null && channel.listeners.remove(listener)) {
            listeners.decrementAndGet();
            if (channel.listeners.isEmpty()) {
                channels.remove(scenario);
                channel.consumer.unregister();
            }
        }
    }

    private Channel open(UUID scenario) {
        Channel channel = new Channel();
        channel.consumer = vertx.eventBus()
                .consumer(Addresses.predictions(scenario), message -> predicted(channel, message.body()));
        return channel;
    }

    private void predicted(Channel channel, JsonObject body) {
        LiveFrame frame;
        try {
            long number = body.getLong("frame_number");
            frame = new LiveFrame(body.getLong("epoch"), number, body);
        } catch (ClassCastException | NullPointerException e) {
            unreadable.increment();
            return;
        }
        List.copyOf(channel.listeners).forEach(listener -> listener.onFrame(frame));
    }

    private void statusChanged(JsonObject body) {
        statusListener.accept(body);
        Channel channel;
        try {
            channel = channels.get(UUID.fromString(body.getString("scenario_uuid")));
        } catch (IllegalArgumentException | ClassCastException | NullPointerException e) {
            unreadable.increment();
            return;
        }
        if (channel != null) {
            Buffer sse = Sse.event("status", body);
            boolean deleted = "deleted".equals(body.getValue("status"));
            List.copyOf(channel.listeners).forEach(listener -> listener.onStatus(sse, deleted));
        }
    }
}
