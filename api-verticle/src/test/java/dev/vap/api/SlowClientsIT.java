package dev.vap.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Many clients that say next to nothing: the bound holds, and others are served meanwhile. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SlowClientsIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int MANY = 10_000;
    private static final int ROOM = 2_000;
    private static final int AT_ONCE = 200;

    private ApiFixture api;
    private NetClient client;

    @BeforeAll
    void start(@TempDir Path media) {
        api = ApiFixture.start(ApiFixture.settings(media, Map.of("HTTP_MAX_CONNECTIONS", String.valueOf(ROOM))));
        client = api.vertx().createNetClient(new NetClientOptions().setConnectTimeout(20_000));
    }

    @AfterAll
    void stop() {
        api.close();
    }

    @Test
    void tenThousandSlowConnectionsKeepNobodyOut() {
        Set<NetSocket> open = ConcurrentHashMap.newKeySet();
        Set<NetSocket> closed = ConcurrentHashMap.newKeySet();
        for (int begun = 0; begun < MANY; begun += AT_ONCE) {
            List<Future<NetSocket>> some = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                some.add(client.connect(api.port(), "127.0.0.1").onSuccess(socket -> {
                    open.add(socket);
                    socket.exceptionHandler(e -> {});
                    socket.closeHandler(v -> closed.add(socket));
                    socket.write("GET /api/v1/scenarios HTTP/1.1\r\nHost: x\r\nX-Slow: ");
                }));
            }
            ApiFixture.await(Future.join(some));
            assertThat(api.get("/api/v1/scenarios").statusCode()).isEqualTo(200);
        }

        assertThat(open).hasSize(MANY);
        Await.until("room was made", SOON, () -> closed.size() >= MANY - ROOM);
        HttpResponse<String> metrics = api.get("/metrics");
        assertThat(metric(metrics.body(), "vap_http_connections ")).isBetween(1.0, (double) ROOM);
        assertThat(metric(metrics.body(), "vap_http_connections_closed_total{why=\"silent\"} "))
                .isGreaterThanOrEqualTo(MANY - ROOM);
        Await.until("nobody may be silent for ever", SOON, () -> closed.size() == MANY);
        assertThat(api.get("/health/ready").statusCode()).isEqualTo(200);
    }

    @Test
    void aBodyThatDoesNotComeIsNotWaitedFor() throws Exception {
        String answer = Raw.send(
                api.port(),
                "POST /api/v1/scenarios HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{");

        assertThat(answer)
                .startsWith("HTTP/1.1 408")
                .contains("The body has not come within 8 seconds: send it faster.")
                .containsIgnoringCase("connection: close");
    }

    @Test
    void aHundredMegabytesAreRefusedBeforeTheyCome() throws Exception {
        String answer = Raw.send(
                api.port(),
                "POST /api/v1/scenarios HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        + "Content-Length: 100000000\r\n\r\n{");

        assertThat(answer).startsWith("HTTP/1.1 413").contains("The body must be at most 64 KiB long.");
    }

    @Test
    void whatIsTooLongIsSaidSo() throws Exception {
        assertThat(Raw.send(api.port(), "GET /" + "x".repeat(5_000) + " HTTP/1.1\r\nHost: x\r\n\r\n"))
                .contains(" 414 ")
                .contains("address_too_long");
        assertThat(Raw.send(api.port(), "GET / HTTP/1.1\r\nHost: x\r\nX: " + "x".repeat(9_000) + "\r\n\r\n"))
                .contains(" 431 ")
                .contains("headers_too_large");
    }

    private static double metric(String text, String name) {
        return text.lines()
                .filter(line -> line.startsWith(name))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
                .findFirst()
                .orElseThrow();
    }
}
