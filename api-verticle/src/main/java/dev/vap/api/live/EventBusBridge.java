package dev.vap.api.live;

import dev.vap.shared.protocol.Addresses;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
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
    private static final int MAX_ADDRESSES = 1_000;
    private static final int MAX_ADDRESS_LENGTH = 60;

    /** Of as many scenarios at most the newest is kept for a browser that does not read. */
    private static final int MAX_KEPT = 2_000;

    /** What a browser that does not read is sent in advance. */
    private static final int QUEUE_BYTES = 64 * 1024;

    private final Map<SockJSSocket, Client> sockets = new ConcurrentHashMap<>();

    /** A browser. SockJS itself calls no socket full while a transport is attached, so that we count. */
    private static final class Client {

        /** What waits until it reads again. */
        final Map<String, JsonObject> waiting = new LinkedHashMap<>();
        /** Bytes written and not yet taken by the network. */
        int onTheirWay;

        boolean hasRoom() {
            return onTheirWay < QUEUE_BYTES;
        }
    }

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
                    sockets.put(event.socket(), new Client());
                }
                answer(event, room);
            }
            case SOCKET_CLOSED -> {
                sockets.remove(event.socket());
                event.complete(true);
            }
            case RECEIVE -> {
                // Written by us, who have to know when it has gone.
                deliver(event.socket(), event.getRawMessage());
                event.complete(false);
            }
            case SEND, PUBLISH -> answer(event, false);
            default -> event.complete(true);
        }
    }

    private void deliver(SockJSSocket socket, JsonObject message) {
        Client client = sockets.get(socket);
        if (client == null) {
            return;
        }
        if (client.waiting.isEmpty() && client.hasRoom()) {
            write(socket, client, message);
            return;
        }
        String key = message.getString("address") + scenario(message);
        if (client.waiting.put(key, message) != null) {
            dropped.increment();
        } else if (client.waiting.size() > MAX_KEPT) {
            client.waiting.remove(key);
            dropped.increment();
        }
    }

    private static void write(SockJSSocket socket, Client client, JsonObject message) {
        Buffer text = message.toBuffer();
        int bytes = text.length();
        client.onTheirWay += bytes;
        try {
            socket.write(text).onComplete(done -> {
                client.onTheirWay -= bytes;
                if (done.succeeded() && client.onTheirWay < QUEUE_BYTES / 2) {
                    sendWaiting(socket, client);
                }
            });
        } catch (IllegalStateException closed) {
            // Without our knowing yet: it takes nothing any more.
        }
    }

    private static void sendWaiting(SockJSSocket socket, Client client) {
        while (!client.waiting.isEmpty() && client.hasRoom()) {
            Iterator<JsonObject> oldest = client.waiting.values().iterator();
            JsonObject message = oldest.next();
            oldest.remove();
            write(socket, client, message);
        }
    }

    private static String scenario(JsonObject message) {
        return message.getValue("body") instanceof JsonObject body ? " " + body.getValue("scenario_uuid") : "";
    }

    private void answer(BridgeEvent event, boolean allowed) {
        if (!allowed) {
            refused.increment();
        }
        event.complete(allowed);
    }
}
