package dev.vap.benchmarks;

import dev.vap.testing.Await;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/** Clients of {@code /api/v1/live} that all listen to one scenario, on one event loop. */
final class LiveListeners implements AutoCloseable {

    private static final String FIELD = "\"timestamp\":\"";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Vertx vertx = Vertx.vertx();
    private final List<WebSocket> sockets = new CopyOnWriteArrayList<>();
    /** Null while nothing is to be noted. */
    private final AtomicReference<List<Double>> waits = new AtomicReference<>();

    private WebSocketClient client;

    private LiveListeners() {}

    static LiveListeners open(String api, String scenario, int count) throws Exception {
        LiveListeners all = new LiveListeners();
        URI uri = URI.create(api);
        String register = new JsonObject()
                .put("type", "register")
                .put("address", "predictions." + scenario)
                .encode();
        all.client = all.vertx.createWebSocketClient(new WebSocketClientOptions().setMaxConnections(count + 1));
        for (int i = 0; i < count; i++) {
            WebSocket socket = all.client
                    .connect(uri.getPort(), uri.getHost(), "/api/v1/live")
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS);
            socket.textMessageHandler(all::received);
            socket.writeTextMessage(register);
            all.sockets.add(socket);
        }
        return all;
    }

    private void received(String text) {
        List<Double> noted = waits.get();
        int at = text.indexOf(FIELD);
        if (noted != null && at > 0) {
            int begin = at + FIELD.length();
            Instant then = Instant.parse(text.substring(begin, text.indexOf('"', begin)));
            double millis = Duration.between(then, Instant.now()).toNanos() / 1e6;
            synchronized (noted) {
                noted.add(millis);
            }
        }
    }

    /** What all of them have waited, in milliseconds, once they had time to get going. */
    List<Double> listen(Duration before, Duration measured) {
        LockSupport.parkNanos(before.toNanos());
        List<Double> noted = new ArrayList<>();
        waits.set(noted);
        LockSupport.parkNanos(measured.toNanos());
        waits.set(null);
        synchronized (noted) {
            return List.copyOf(noted);
        }
    }

    @Override
    public void close() {
        sockets.forEach(WebSocket::close);
        var closed = vertx.close();
        Await.until("closed", PATIENCE, closed::isComplete);
    }
}
