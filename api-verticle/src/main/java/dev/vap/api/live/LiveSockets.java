package dev.vap.api.live;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.Addresses;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The WebSockets at {@code /api/v1/live}. Confined to the context of its hub. */
public final class LiveSockets {

    private static final int MAX_SOCKETS = 5_000;
    private static final Duration CHECK = Duration.ofSeconds(15);
    /** Little enough that a client that falls behind comes back to the newest within a second or so. */
    private static final int QUEUE_BYTES = 64 * 1024;

    private final Vertx vertx;
    private final PredictionHub hub;
    private final Counter dropped;
    private final Duration check;
    private final Set<LiveSocket> open = new LinkedHashSet<>();
    private long timer = -1;

    public LiveSockets(Vertx vertx, PredictionHub hub, MeterRegistry registry) {
        this(vertx, hub, registry, CHECK);
    }

    /**
     * @param check from one look at each socket to the next; less than what the server bears without a word on a connection
     */
    LiveSockets(Vertx vertx, PredictionHub hub, MeterRegistry registry, Duration check) {
        this.vertx = vertx;
        this.check = check;
        this.hub = hub;
        this.dropped = registry.counter("vap_live_dropped", "via", "websocket");
        registry.gaugeCollectionSize("vap_live_sockets", List.of(), open);
        hub.onStatus(this::statusChanged);
    }

    /** Takes the request over, unless the future fails; to be called before the request's handler returns. */
    public Future<Void> open(HttpServerRequest request) {
        if (open.size() >= MAX_SOCKETS) {
            return Future.failedFuture(new VapException(
                    ErrorCode.TOO_MANY_LISTENERS,
                    "This process serves " + MAX_SOCKETS + " WebSockets already: close some, or try again later."));
        }
        return request.toWebSocket().map(socket -> {
            accept(socket);
            return null;
        });
    }

    private void accept(ServerWebSocket socket) {
        socket.setWriteQueueMaxSize(QUEUE_BYTES);
        LiveSocket[] client = new LiveSocket[1];
        client[0] = new LiveSocket(hub, new SocketSink(socket), dropped, () -> forget(client[0]));
        open.add(client[0]);
        if (timer < 0) {
            timer = vertx.setPeriodic(check.toMillis(), t -> List.copyOf(open).forEach(LiveSocket::check));
        }
        socket.textMessageHandler(client[0]::received);
        socket.pongHandler(v -> client[0].heard());
        socket.drainHandler(v -> client[0].drained());
        socket.exceptionHandler(e -> client[0].end());
        socket.closeHandler(v -> client[0].end());
    }

    private void forget(LiveSocket client) {
        open.remove(client);
        if (open.isEmpty()) {
            vertx.cancelTimer(timer);
            timer = -1;
        }
    }

    private void statusChanged(JsonObject body) {
        if (open.isEmpty()) {
            return;
        }
        String text = LiveMessages.received(Addresses.SCENARIO_STATUS, body);
        String scenario = String.valueOf(body.getValue("scenario_uuid"));
        List.copyOf(open).forEach(client -> client.onStatus(scenario, text));
    }

    /** Ends all of them. */
    public Future<Void> close() {
        List.copyOf(open).forEach(LiveSocket::end);
        return Future.succeededFuture();
    }

    private record SocketSink(ServerWebSocket socket) implements LiveSocket.Sink {

        @Override
        public boolean full() {
            return !socket.isClosed() && socket.writeQueueFull();
        }

        @Override
        public void write(String text) {
            if (!socket.isClosed()) {
                socket.writeTextMessage(text);
            }
        }

        @Override
        public void ping() {
            if (!socket.isClosed()) {
                socket.writePing(Buffer.buffer());
            }
        }

        @Override
        public void end() {
            if (!socket.isClosed()) {
                socket.close();
            }
        }
    }
}
