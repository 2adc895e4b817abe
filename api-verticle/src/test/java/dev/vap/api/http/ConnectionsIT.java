package dev.vap.api.http;

import static dev.vap.api.ApiFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.api.ApiFixture;
import dev.vap.testing.Await;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import io.vertx.ext.web.Router;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What takes up connections of the API, and when they are given back. */
class ConnectionsIT {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int ROOM = 16;

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/live", "/eventbus/websocket", "/eventbus/000/session%d/websocket"})
    void aWebSocketTakesNoneOnceItIsClosed(String path, @TempDir Path media) {
        ApiFixture api =
                ApiFixture.start(ApiFixture.settings(media, Map.of("HTTP_MAX_CONNECTIONS", String.valueOf(ROOM))));
        try {
            WebSocketClient client = api.vertx().createWebSocketClient();
            for (int i = 0; i < 2 * ROOM; i++) {
                WebSocket socket = await(client.connect(api.port(), "127.0.0.1", path.formatted(i)));
                await(socket.close());
            }

            assertThat(api.get("/health/live").statusCode()).isEqualTo(200);
            Await.until(
                    "only the asking one is counted",
                    SOON,
                    () -> api.services
                                    .registry()
                                    .get("vap_http_connections")
                                    .gauge()
                                    .value()
                            <= 1);
        } finally {
            api.close();
        }
    }

    /** Time is the test's own. */
    @Test
    void thoseThatTakeLongLeaveRoomForOthers() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            AtomicLong nanos = new AtomicLong();
            Connections connections = new Connections(nanos::get, ROOM, new SimpleMeterRegistry());
            AtomicInteger slow = new AtomicInteger();
            Router router = Router.router(vertx);
            router.route().handler(connections);
            router.route("/slow").handler(never -> slow.incrementAndGet());
            router.route("/quick").handler(context -> context.end());
            HttpServer server = await(vertx.createHttpServer(new HttpServerOptions().setHttp2ClearTextEnabled(false))
                    .requestHandler(router)
                    .connectionHandler(connections::opened)
                    .listen(0, "127.0.0.1"));
            NetClient client = vertx.createNetClient();
            List<NetSocket> open = new ArrayList<>();
            Set<NetSocket> closed = ConcurrentHashMap.newKeySet();
            for (int i = 0; i < ROOM; i++) {
                NetSocket socket = await(client.connect(server.actualPort(), "127.0.0.1"));
                socket.closeHandler(v -> closed.add(socket));
                await(socket.write("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"));
                int sent = i + 1;
                Await.until("it has come", SOON, () -> slow.get() == sent);
                open.add(socket);
            }

            connections.sweep();
            assertThat(closed).isEmpty();
            nanos.addAndGet(Connections.LONG.toNanos() + 1);
            connections.sweep();

            Await.until("the oldest two of sixteen have gone", SOON, () -> closed.size() == 2);
            assertThat(closed).containsExactlyInAnyOrder(open.get(0), open.get(1));
            assertThat(HttpClient.newHttpClient()
                            .send(
                                    HttpRequest.newBuilder(
                                                    URI.create("http://127.0.0.1:" + server.actualPort() + "/quick"))
                                            .build(),
                                    HttpResponse.BodyHandlers.discarding())
                            .statusCode())
                    .isEqualTo(200);
        } finally {
            await(vertx.close());
        }
    }
}
