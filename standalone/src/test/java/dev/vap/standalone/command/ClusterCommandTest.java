package dev.vap.standalone.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.standalone.client.FakeApi;
import dev.vap.standalone.terminal.Streams;
import dev.vap.testing.Await;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ClusterCommandTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    private static final String CLUSTER = """
            {"mode":"clustered","cluster":"vap","protocol":1,"members":[\
            {"name":"api@h1:11","service":"api","host":"h1","pid":11,"address":"10.0.0.1:5701","version":"0.1",\
            "protocol":1,"started_at":"2026-01-01T00:00:00Z"},\
            {"name":"runner@h2:22","service":"runner","host":"h2","pid":22,"address":"10.0.0.2:5701","version":"0.1",\
            "protocol":1,"started_at":"2026-01-01T00:00:05Z"}],\
            "roles":[{"role":"monitor","holder":null},{"role":"relay","holder":"api@h1:11"}],\
            "runners":[{"runner_id":"r1","host":"h2","pid":22,"version":"0.1","status":"up","capacity":16,"load":3,\
            "lease_ms":1640,"sessions":{"running":2,"starting":1},"session_list":[\
            {"scenario_uuid":"u1","epoch":4,"state":"running","last_frame":41,"fps":5.0,"source":"streaming"},\
            {"scenario_uuid":"u2","epoch":1,"state":"starting","last_frame":-1,"fps":0.0,"source":"connecting"}]},\
            {"runner_id":"r2","host":"h3","pid":33,"version":null,"status":"lost","capacity":4,"load":0,\
            "lease_ms":null,"sessions":{},"session_list":[]}],\
            "scenarios":{"init_startup":2,"in_startup_processing":0,"active":5},"waiting":2,\
            "outbox":{"backlog":4,"oldest_ms":1234}}""";

    private static final String LOCAL = """
            {"mode":"local","cluster":"vap","protocol":1,"members":[],"roles":[],"runners":[],"scenarios":{"active":0},\
            "waiting":0,"outbox":{"backlog":0,"oldest_ms":null}}""";

    private final Streams streams = new Streams();

    private int run(String url, String... args) {
        return CommandLines.run(streams.console(false, 100), Map.of("VAP_URL", url), args);
    }

    private static FakeApi answering(String answer) throws Exception {
        return new FakeApi(exchange -> FakeApi.answer(exchange, 200, answer));
    }

    @Test
    void showsMembersRolesRunnersAndScenarios() throws Exception {
        try (FakeApi api = answering(CLUSTER.replaceAll("\"session_list\":\\[[^\\]]*\\]", "\"x\":0"))) {
            assertThat(run(api.url(), "cluster")).isZero();
            assertThat(api.requests()).containsExactly("GET /api/v1/cluster");
        }
        assertThat(streams.out().lines())
                .containsExactly(
                        "cluster vap, message version 1",
                        "",
                        "MEMBER        ADDRESS        VERSION  MESSAGES  STARTED",
                        "api@h1:11     10.0.0.1:5701  0.1      1         2026-01-01T00:00:00Z",
                        "runner@h2:22  10.0.0.2:5701  0.1      1         2026-01-01T00:00:05Z",
                        "",
                        "ROLE     HOLDER",
                        "monitor  -",
                        "relay    api@h1:11",
                        "",
                        "RUNNER  STATUS  LOAD  LEASE  SESSIONS               PROCESS  VERSION",
                        "r1      up      3/16  1.6 s  2 running, 1 starting  h2:22    0.1",
                        "r2      lost    0/4   -      -                      h3:33    -",
                        "",
                        "scenarios: 2 init_startup, 5 active; 2 without a runner; outbox: 4 waiting, the oldest for"
                                + " 1.2 s");
    }

    @Test
    void listsSessions() throws Exception {
        try (FakeApi api = answering(CLUSTER)) {
            assertThat(run(api.url(), "cluster", "--sessions")).isZero();
            assertThat(api.requests()).containsExactly("GET /api/v1/cluster?sessions=true");
        }
        assertThat(streams.out().lines())
                .containsSequence(
                        "SCENARIO  RUNNER  EPOCH  STATE     LAST FRAME  FRAMES/S  SOURCE",
                        "u1        r1      4      running   41          5.0       streaming",
                        "u2        r1      1      starting  -           0.0       connecting",
                        "");
    }

    @Test
    void leavesOutWhatThereIsNot() throws Exception {
        try (FakeApi api = answering(LOCAL)) {
            assertThat(run(api.url(), "cluster")).isZero();
        }
        assertThat(streams.out().lines())
                .containsExactly("everything in one process, message version 1", "", "scenarios: none; outbox: empty");
    }

    @Test
    void printsTheAnswerAsItIs() throws Exception {
        try (FakeApi api = answering(CLUSTER)) {
            assertThat(run(api.url(), "cluster", "--json")).isZero();
        }
        assertThat(streams.out()).isEqualToNormalizingNewlines(CLUSTER + "\n");
    }

    @Test
    void watchesUntilItIsInterruptedAndBearsAnOutage() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        try (FakeApi api = new FakeApi(exchange -> {
            boolean away = asked.incrementAndGet() == 2;
            FakeApi.answer(
                    exchange, away ? 503 : 200, away ? "{\"detail\":\"The database can't be reached.\"}" : LOCAL);
        })) {
            CompletableFuture<Integer> code = new CompletableFuture<>();
            Thread thread = new Thread(() -> code.complete(run(api.url(), "cluster", "--watch")));
            thread.start();
            // What is printed, not what was asked: an interrupt in between would take the second picture away.
            Await.until("shown again after the outage", LONG, () -> pictures() >= 2);
            thread.interrupt();
            assertThat(code.get(20, TimeUnit.SECONDS)).isEqualTo(CommandLines.INTERRUPTED);
        }
        assertThat(streams.err().strip()).isEqualTo("vap: The database can't be reached.");
    }

    private long pictures() {
        return streams.out()
                .lines()
                .filter(line -> line.startsWith("everything"))
                .count();
    }

    @Test
    void saysThatNobodyAnswers() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        String url = "http://127.0.0.1:" + port;
        assertThat(run(url, "cluster", "--watch")).isEqualTo(CommandLines.FAILED);
        assertThat(streams.err().strip())
                .isEqualTo("vap: No VAP answers at " + url + ": start it with `vap up`, or give --url.");
    }
}
