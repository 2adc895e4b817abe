package dev.vap.api;

import static dev.vap.api.ApiFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.Heartbeat;
import dev.vap.shared.protocol.InferenceAnnouncement;
import dev.vap.shared.protocol.Protocol;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.runtime.Node;
import dev.vap.shared.storage.Ids;
import dev.vap.shared.storage.Runners;
import dev.vap.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterApiIT {

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration LEASE = Duration.ofMinutes(1);

    private ApiFixture api;
    private Runners runners;

    @BeforeAll
    void start(@TempDir Path media) {
        api = ApiFixture.start(media);
        runners = new Runners(api.database);
    }

    @AfterAll
    void stop() {
        api.close();
    }

    @Test
    void showsThisProcessWhereThereIsNoCluster() {
        JsonObject cluster = cluster("");
        Node here = api.services.node();
        assertThat(cluster.getString("mode")).isEqualTo("local");
        assertThat(cluster.getString("cluster")).isEqualTo("vap");
        assertThat(cluster.getInteger("protocol")).isEqualTo(Protocol.VERSION);
        assertThat(cluster.getJsonArray("members"))
                .isEqualTo(new JsonArray()
                        .add(new JsonObject()
                                .put("name", here.name())
                                .put("service", "vap")
                                .put("host", here.host())
                                .put("pid", here.pid())
                                .put("address", null)
                                .put("version", here.version())
                                .put("protocol", Protocol.VERSION)
                                .put("started_at", here.startedAt().toString())));
    }

    @Test
    void namesWhoHasARole() {
        JsonObject expected = new JsonObject()
                .put("role", "relay")
                .put("holder", api.services.node().name());
        Await.until("the relay is running", SOON, () -> cluster("")
                .getJsonArray("roles")
                .contains(expected));
        assertThat(cluster("").getJsonArray("roles"))
                .contains(new JsonObject().put("role", "monitor").put("holder", null));
    }

    @Test
    void countsScenariosByStatusAndWhatWaits() {
        api.createLive();
        JsonObject cluster = cluster("");
        assertThat(cluster.getJsonObject("scenarios").fieldNames())
                .containsExactly(
                        "init_startup",
                        "in_startup_processing",
                        "active",
                        "init_shutdown",
                        "in_shutdown_processing",
                        "inactive");
        assertThat(cluster.getJsonObject("scenarios").getInteger("init_startup"))
                .isPositive()
                .isEqualTo(cluster.getInteger("waiting"));
        Await.until("the outbox is empty", SOON, () -> cluster("")
                .getJsonObject("outbox")
                .equals(new JsonObject().put("backlog", 0).put("oldest_ms", null)));
    }

    @Test
    void showsHowFullTopicsAreAndHowFarBehindTheirReaders() {
        String results = api.topics.results();
        UUID scenario = api.createLive();
        for (int frame = 0; frame < 3; frame++) {
            api.produce(ApiFixture.result(scenario, 1, frame));
        }
        JsonObject read = Await.value(
                "all is read",
                SOON,
                () -> topic(results),
                t -> t.getLong("messages") == 3 && lags(t).equals(List.of(0L)));

        assertThat(read.getInteger("partitions")).isEqualTo(2);
        assertThat(read.getJsonArray("groups").getJsonObject(0).getString("group"))
                .endsWith("api-results");
        assertThat(topic(results + ".dlq").getJsonArray("groups")).isEmpty();
    }

    @Test
    void showsWhoAnalyses() {
        InferenceAnnouncement announcement = new InferenceAnnouncement(
                "node-7",
                "host",
                "process",
                false,
                2,
                List.of(
                        new InferenceAnnouncement.Load("yolox", 3, 10, true),
                        new InferenceAnnouncement.Load("mock", 1, 10, true)));
        api.vertx().eventBus().publish(Addresses.INFERENCE_NODES, announcement.toJson());
        api.vertx().eventBus().publish(Addresses.INFERENCE_NODES, new JsonObject().put("v", 1));
        JsonArray expected = new JsonArray()
                .add(new JsonObject()
                        .put("node", "node-7")
                        .put("models", new JsonArray().add("yolox").add("mock"))
                        .put("queued", 4));
        Await.until("heard", SOON, () -> cluster("").getJsonArray("inference").equals(expected));
        // Whoever is silent for a few seconds is gone.
        Await.until("silent", SOON, () -> cluster("").getJsonArray("inference").isEmpty());
    }

    @Test
    void withoutKafkaTheRestIsShown(@TempDir Path elsewhere) {
        try (ApiFixture alone =
                ApiFixture.start(ApiFixture.settings(elsewhere, Map.of("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")))) {
            JsonObject cluster = alone.getJson("/api/v1/cluster");
            assertThat(cluster.containsKey("topics")).isTrue();
            assertThat(cluster.getValue("topics")).isNull();
            assertThat(cluster.getJsonArray("roles")).isNotEmpty();
        }
    }

    private JsonObject topic(String name) {
        JsonArray topics = cluster("").getJsonArray("topics", new JsonArray());
        for (int i = 0; topics != null && i < topics.size(); i++) {
            if (topics.getJsonObject(i).getString("topic").equals(name)) {
                return topics.getJsonObject(i);
            }
        }
        return new JsonObject().put("messages", -1).put("groups", new JsonArray());
    }

    private static List<Long> lags(JsonObject topic) {
        return topic.getJsonArray("groups").stream()
                .map(group -> ((JsonObject) group).getLong("lag"))
                .toList();
    }

    @Test
    void showsRunnersWithTheirLeasesAndSessions() {
        Runners.Claim up = claim("up", Protocol.VERSION);
        await(runners.renew(up, false, LEASE));
        await(runners.renew(claim("draining", Protocol.VERSION), true, LEASE));
        await(runners.renew(claim("outdated", Protocol.VERSION - 1), false, LEASE));
        await(runners.renew(claim("lost", Protocol.VERSION), false, Duration.ofMillis(-1)));
        Runners.Claim stopped = claim("stopped", Protocol.VERSION);
        await(runners.renew(stopped, false, LEASE));
        await(runners.release(stopped));
        UUID running = Ids.next();
        api.vertx()
                .eventBus()
                .publish(
                        Addresses.RUNNERS,
                        new Heartbeat(
                                        "up",
                                        up.instance(),
                                        Protocol.VERSION,
                                        "host",
                                        7,
                                        16,
                                        false,
                                        false,
                                        2,
                                        0,
                                        List.of(report(running, SessionReport.State.RUNNING)),
                                        List.of(report(Ids.next(), SessionReport.State.STARTING)))
                                .toJson());
        JsonObject counts = new JsonObject().put("running", 1).put("starting", 1);
        Await.until(
                "heard", SOON, () -> runner("", "up").getJsonObject("sessions").equals(counts));

        for (String status : List.of("up", "draining", "outdated", "lost", "stopped")) {
            assertThat(runner("", status).getString("status")).isEqualTo(status);
        }
        JsonObject shown = runner("", "up");
        assertThat(shown.getLong("lease_ms")).isBetween(1L, LEASE.toMillis());
        assertThat(shown.getInteger("capacity")).isEqualTo(16);
        assertThat(shown.getInteger("load")).isZero();
        assertThat(shown.getString("version")).isEqualTo("0.1");
        assertThat(shown.containsKey("session_list")).isFalse();
        assertThat(runner("", "lost").getValue("lease_ms")).isNull();
        assertThat(runner("", "lost").getJsonObject("sessions")).isEmpty();
        assertThat(runner("?sessions=true", "up").getJsonArray("session_list"))
                .hasSize(2)
                .contains(new JsonObject()
                        .put("scenario_uuid", running.toString())
                        .put("epoch", 3)
                        .put("state", "running")
                        .put("last_frame", 41)
                        .put("fps", 5.0)
                        .put("source", "streaming"));
        assertThat(runner("?sessions=true", "lost").getJsonArray("session_list"))
                .isEmpty();
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        ScenarioApiIT.assertProblem(
                api.get("/api/v1/cluster?sessions=yes"), 400, "invalid_value", "\"sessions\" must be true or false.");
        ScenarioApiIT.assertProblem(
                api.get("/api/v1/cluster?all=true"),
                400,
                "unknown_field",
                "The query parameter \"all\" is not known: use sessions.");
    }

    private JsonObject cluster(String query) {
        return api.getJson("/api/v1/cluster" + query);
    }

    private JsonObject runner(String query, String id) {
        return cluster(query).getJsonArray("runners").stream()
                .map(JsonObject.class::cast)
                .filter(runner -> runner.getString("runner_id").equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static Runners.Claim claim(String id, int protocol) {
        return new Runners.Claim(id, Ids.next(), "host", 7, 16, protocol, "0.1");
    }

    private static SessionReport report(UUID scenario, SessionReport.State state) {
        return new SessionReport(
                scenario,
                Ids.next(),
                3,
                state,
                41,
                42,
                -1,
                5,
                "mock",
                new SessionReport.SourceReport("streaming", null, null, 0, -1, 0, "h264", 640, 480, 25, null, null),
                null,
                Map.of());
    }
}
