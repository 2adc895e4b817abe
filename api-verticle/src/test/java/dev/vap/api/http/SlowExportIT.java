package dev.vap.api.http;

import static dev.vap.api.ApiFixture.await;

import dev.vap.shared.storage.ResultQuery;
import dev.vap.shared.storage.Results;
import dev.vap.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Clients that ask for all results there are, and do not take them. */
class SlowExportIT {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int SMALL = 16 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    @Test
    void makeRoomForOthersAfterAWhile() {
        Vertx vertx = Vertx.vertx();
        List<NetSocket> open = new ArrayList<>();
        try {
            Exports exports = new Exports(vertx, query -> Future.succeededFuture(page()), PATIENCE);
            AtomicInteger refused = new AtomicInteger();
            // Or the system takes megabytes for a client that takes nothing.
            NetClient client = vertx.createNetClient(new NetClientOptions().setReceiveBufferSize(SMALL));
            HttpServer server = await(vertx.createHttpServer(new HttpServerOptions().setSendBufferSize(SMALL))
                    .requestHandler(request -> {
                        try {
                            exports.stream(
                                    request, ResultQuery.after(UUID.randomUUID(), 0, 1), ResultLines.NDJSON, "all");
                        } catch (RuntimeException e) {
                            refused.incrementAndGet();
                            request.response().setStatusCode(429).end();
                        }
                    })
                    .listen(0, "127.0.0.1"));
            Set<NetSocket> cut = ConcurrentHashMap.newKeySet();
            for (int i = 0; i < Exports.AT_ONCE + 1; i++) {
                NetSocket socket = await(client.connect(server.actualPort(), "127.0.0.1"));
                socket.pause();
                socket.closeHandler(v -> cut.add(socket));
                socket.exceptionHandler(e -> {});
                socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
                open.add(socket);
            }
            Await.until("one too many", SOON, () -> refused.get() == 1);

            Await.until("there is room again", SOON, () -> {
                int before = refused.get();
                NetSocket socket = await(client.connect(server.actualPort(), "127.0.0.1"));
                open.add(socket);
                AtomicInteger status = new AtomicInteger();
                socket.handler(begin -> {
                    status.compareAndSet(0, Integer.parseInt(begin.getString(9, 12)));
                    socket.pause();
                });
                socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
                Await.until("an answer", SOON, () -> status.get() != 0);
                return status.get() == 200 && refused.get() == before;
            });
            open.forEach(NetSocket::resume);
            Await.until("who took nothing was cut off", SOON, () -> !cut.isEmpty());
        } finally {
            open.forEach(NetSocket::close);
            Future<Void> closed = vertx.close();
            Await.until("nothing keeps the server", SOON, closed::isComplete);
        }
    }

    /** Without end: as many as a page has, each time. */
    private static List<Results.Stored> page() {
        Instant time = Instant.parse("2026-01-01T00:00:00Z");
        return Collections.nCopies(
                500, new Results.Stored(1, 1, time, null, 40, 640, 480, "m", "onnx", 1.5, "[]", time, false));
    }
}
