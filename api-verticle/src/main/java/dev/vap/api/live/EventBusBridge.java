package dev.vap.api.live;

import dev.vap.shared.protocol.Addresses;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.bridge.PermittedOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.sockjs.BridgeEvent;
import io.vertx.ext.web.handler.sockjs.SockJSBridgeOptions;
import io.vertx.ext.web.handler.sockjs.SockJSHandler;
import io.vertx.ext.web.handler.sockjs.SockJSHandlerOptions;
import io.vertx.ext.web.handler.sockjs.SockJSSocket;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The SockJS bridge: browsers may listen to predictions and status changes, and to nothing else; they can send nothing. A
 * browser that does not read gets the newest of each scenario when it reads again, instead of filling this process's memory
 * with the others. Confined to one context.
 *
 * <p>{@code /eventbus/websocket} speaks the same JSON without SockJS; what it sends comes in binary frames.
 */
public final class EventBusBridge {

    private static final String UUID_FORM = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
    private static final int MAX_SOCKETS = 1_000;
    private static final int MAX_ADDRESSES = 200;
    private static final int MAX_ADDRESS_LENGTH = 60;

    /** Of as many scenarios at most the newest is kept for a browser that does not read. */
    private static final int MAX_KEPT = 2_000;

    /** Those that are open, and what waits until they read again. */
    private final Map<SockJSSocket, Map<String, JsonObject>> sockets = new ConcurrentHashMap<>();

    private final Counter dropped;
    private final Counter refused;

    public EventBusBridge(MeterRegistry registry) {
        dropped = registry.counter("vap_live_dropped", "via", "bridge");
        refused = registry.counter("vap_bridge_refused");
        Gauge.builder("vap_bridge_sockets", sockets, Map::size).register(registry);
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
                boolean room = sockets.size() < MAX_SOCKETS;
                if (room) {
                    sockets.put(event.socket(), new LinkedHashMap<>());
                }
                answer(event, room);
            }
            case SOCKET_CLOSED -> {
                sockets.remove(event.socket());
                event.complete(true);
            }
            case RECEIVE -> {
                event.complete(goesAtOnce(event.socket(), event.getRawMessage()));
            }
            case SEND, PUBLISH -> answer(event, false);
            default -> event.complete(true);
        }
    }

    /** Whether the socket can take the message; if not, it is kept until it can. */
    private boolean goesAtOnce(SockJSSocket socket, JsonObject message) {
        Map<String, JsonObject> waiting = sockets.get(socket);
        if (waiting == null) {
            return false;
        }
        if (waiting.isEmpty()) {
            if (!isFull(socket)) {
                return true;
            }
            socket.drainHandler(v -> drained(socket));
        }
        String key = message.getString("address") + scenario(message);
        if (waiting.put(key, message) != null) {
            dropped.increment();
        } else if (waiting.size() > MAX_KEPT) {
            waiting.remove(key);
            dropped.increment();
        }
        return false;
    }

    /** One that has closed without our knowing yet takes nothing either. */
    private static boolean isFull(SockJSSocket socket) {
        try {
            return socket.writeQueueFull();
        } catch (IllegalStateException closed) {
            return true;
        }
    }

    private static String scenario(JsonObject message) {
        return message.getValue("body") instanceof JsonObject body ? " " + body.getValue("scenario_uuid") : "";
    }

    private void drained(SockJSSocket socket) {
        Map<String, JsonObject> waiting = sockets.getOrDefault(socket, Map.of());
        for (Iterator<JsonObject> i = waiting.values().iterator(); i.hasNext() && !isFull(socket); ) {
            JsonObject message = i.next();
            i.remove();
            socket.write(message.toBuffer());
        }
    }

    private void answer(BridgeEvent event, boolean allowed) {
        if (!allowed) {
            refused.increment();
        }
        event.complete(allowed);
    }
}
