package dev.vap.api.live;

import dev.vap.shared.protocol.Addresses;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.ext.bridge.PermittedOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.sockjs.BridgeEvent;
import io.vertx.ext.web.handler.sockjs.SockJSBridgeOptions;
import io.vertx.ext.web.handler.sockjs.SockJSHandler;
import io.vertx.ext.web.handler.sockjs.SockJSHandlerOptions;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The SockJS bridge: browsers may listen to predictions and status changes, and to nothing else; they can send nothing. A
 * browser that does not read loses messages instead of filling this process's memory. Confined to one context.
 *
 * <p>{@code /eventbus/websocket} speaks the same JSON without SockJS; what it sends comes in binary frames.
 */
public final class EventBusBridge {

    private static final String UUID_FORM = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
    private static final int MAX_SOCKETS = 1_000;
    private static final int MAX_ADDRESSES = 200;
    private static final int MAX_ADDRESS_LENGTH = 60;

    private final AtomicInteger sockets = new AtomicInteger();
    private final Counter dropped;
    private final Counter refused;

    public EventBusBridge(MeterRegistry registry) {
        dropped = registry.counter("vap_live_dropped", "via", "bridge");
        refused = registry.counter("vap_bridge_refused");
        Gauge.builder("vap_bridge_sockets", sockets, AtomicInteger::get).register(registry);
    }

    /** To be mounted at {@code /eventbus/*}. */
    public Router router(Vertx vertx) {
        SockJSBridgeOptions bridge = new SockJSBridgeOptions()
                .setMaxHandlersPerSocket(MAX_ADDRESSES)
                .setMaxAddressLength(MAX_ADDRESS_LENGTH)
                .setPingTimeout(30_000)
                .addOutboundPermitted(new PermittedOptions().setAddress(Addresses.SCENARIO_STATUS))
                .addOutboundPermitted(new PermittedOptions().setAddressRegex("predictions\\." + UUID_FORM));
        SockJSHandlerOptions sockJs = new SockJSHandlerOptions()
                .setInsertJSESSIONID(false)
                // Both work by running script from here inside foreign pages.
                .addDisabledTransport("JSON_P")
                .addDisabledTransport("HTML_FILE");
        return SockJSHandler.create(vertx, sockJs).bridge(bridge, this::decide);
    }

    private void decide(BridgeEvent event) {
        switch (event.type()) {
            case SOCKET_CREATED -> {
                boolean room = sockets.get() < MAX_SOCKETS;
                if (room) {
                    sockets.incrementAndGet();
                }
                answer(event, room);
            }
            case SOCKET_CLOSED -> {
                sockets.decrementAndGet();
                event.complete(true);
            }
            case RECEIVE -> {
                boolean full = event.socket().writeQueueFull();
                if (full) {
                    dropped.increment();
                }
                event.complete(!full);
            }
            case SEND, PUBLISH -> answer(event, false);
            default -> event.complete(true);
        }
    }

    private void answer(BridgeEvent event, boolean allowed) {
        if (!allowed) {
            refused.increment();
        }
        event.complete(allowed);
    }
}
