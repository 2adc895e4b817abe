package dev.vap.api.inbox;

import static dev.vap.api.ApiFixture.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.api.ApiFixture;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.messaging.KafkaConfig;
import dev.vap.shared.messaging.KafkaTail;
import dev.vap.shared.messaging.Received;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.shared.protocol.Topics;
import dev.vap.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** From Kafka to PostgreSQL and out of the API, with real servers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InboxIT {

    private static final Duration SOON = Duration.ofSeconds(20);

    private ApiFixture api;
    private final List<Received> dead = new CopyOnWriteArrayList<>();

    @BeforeAll
    void start(@TempDir Path media) {
        api = ApiFixture.start(media);
        ApiFixture.await(KafkaTail.start(
                        api.vertx(),
                        KafkaConfig.from(api.services.settings()),
                        Topics.deadLetter(api.topics.results()),
                        dead::add)
                .ready());
    }

    @AfterAll
    void stop() {
        api.close();
    }

    @Test
    void storesEachResultOnceAndShowsIt() {
        UUID scenario = api.createLive();
        for (long frame : new long[] {0, 1, 2}) {
            api.produce(result(scenario, 1, frame));
        }
        ResultMessage again = result(scenario, 1, 2);
        double repeated = api.counter("vap_results_repeated");
        api.produce(again);
        api.produce(again);
        api.produce(result(scenario, 1, 3));

        JsonArray results = awaitFrames(scenario, 0, 1, 2, 3);
        // Counted after the commit that makes the frames visible.
        Await.until("counted", SOON, () -> api.counter("vap_results_repeated") - repeated == 2);
        JsonObject first = results.getJsonObject(0);
        assertThat(first.fieldNames())
                .containsExactlyInAnyOrder(
                        "frame_number",
                        "timestamp",
                        "age_ms",
                        "pts_ms",
                        "width",
                        "height",
                        "epoch",
                        "model",
                        "detector",
                        "inference_ms",
                        "stored_at",
                        "detections");
        assertThat(first.getString("timestamp")).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(first.getDouble("inference_ms")).isEqualTo(12.5);
        assertThat(first.getJsonArray("detections"))
                .isEqualTo(new JsonArray("[{\"class\":\"person\",\"class_id\":0,\"confidence\":0.9,"
                        + "\"bbox\":[10.0,20.0,110.0,220.0]}]"));

        assertThat(frames(api.getJson("/api/v1/prediction/" + scenario + "?limit=2")))
                .as("the newest, in order of frames")
                .containsExactly(2L, 3L);
        assertThat(frames(api.getJson("/api/v1/prediction/" + scenario + "/?after_frame=0&limit=2")))
                .containsExactly(1L, 2L);
        JsonObject newest = api.getJson("/prediction/" + scenario);
        assertThat(newest.getJsonObject("predictions").getLong("frame_number")).isEqualTo(3);
        assertThat(newest.getJsonObject("predictions").getJsonArray("predictions"))
                .isEqualTo(first.getJsonArray("detections"));
    }

    @Test
    void rejectsResultOfOlderEpoch() {
        UUID scenario = api.createLive();
        double stale = api.counter("vap_results_stale");
        api.produce(result(scenario, 2, 5));
        api.produce(result(scenario, 1, 6));
        api.produce(result(scenario, 2, 7));

        awaitFrames(scenario, 5, 7);
        assertThat(api.counter("vap_results_stale") - stale).isEqualTo(1);
    }

    @Test
    void countsResultsOfScenariosThatDoNotExist() {
        UUID scenario = api.createLive();
        double unknown = api.counter("vap_results_unknown");
        api.produce(result(UUID.randomUUID(), 1, 1));
        api.produce(result(scenario, 1, 1));

        awaitFrames(scenario, 1);
        Await.until("the count", SOON, () -> api.counter("vap_results_unknown") - unknown == 1);
    }

    @Test
    void buriesPoisonAndGoesOn() {
        UUID scenario = api.createLive();
        String key = scenario.toString();
        api.produce(result(scenario, 1, 1));
        api.produce(api.topics.results(), key, "not json");
        JsonObject unstorable = result(scenario, 1, 2).toJson();
        unstorable.getJsonArray("detections").getJsonObject(0).put("class", "per\u0000son");
        api.produce(api.topics.results(), key, unstorable.encode());
        JsonObject unstorableText = result(scenario, 1, 3).toJson().put("model", "a\u0000b");
        api.produce(api.topics.results(), key, unstorableText.encode());
        api.produce(result(scenario, 1, 4));

        awaitFrames(scenario, 1, 4);
        Await.until("the dead letters", SOON, () -> deadOf(key).size() == 3);
        assertThat(deadOf(key).stream().map(letter -> letter.getString("reason")))
                .containsExactly(
                        "the message is not a JSON object",
                        "a text holds the character NUL, which can't be stored",
                        "a text holds the character NUL, which can't be stored");
        assertThat(deadOf(key).get(0).getString("value")).isEqualTo("not json");
    }

    @Test
    void carriesStatusChangesToTheEventBus() {
        List<JsonObject> heard = new CopyOnWriteArrayList<>();
        ApiFixture.await(api.vertx()
                .eventBus()
                .<JsonObject>consumer(Addresses.SCENARIO_STATUS, m -> heard.add(m.body()))
                .completion());
        api.produce(api.topics.scenarios(), "key", "not a status");

        UUID scenario = api.createLive();
        api.move(scenario, ScenarioStatus.IN_STARTUP_PROCESSING);

        Await.until("both changes", SOON, () -> statuses(heard, scenario).size() == 2);
        assertThat(statuses(heard, scenario)).containsExactly("init_startup", "in_startup_processing");
    }

    private JsonArray awaitFrames(UUID scenario, Long... frames) {
        JsonObject shown = Await.value(
                "frames " + List.of(frames), SOON, () -> api.getJson("/api/v1/prediction/" + scenario), json -> frames(
                                json)
                        .equals(List.of(frames)));
        assertThat(shown.getString("scenario_uuid")).isEqualTo(scenario.toString());
        assertThat(shown.getString("status")).isEqualTo("init_startup");
        return shown.getJsonArray("results");
    }

    private JsonArray awaitFrames(UUID scenario, long... frames) {
        return awaitFrames(scenario, java.util.Arrays.stream(frames).boxed().toArray(Long[]::new));
    }

    private List<JsonObject> deadOf(String key) {
        return dead.stream()
                .filter(r -> r.key().equals(key))
                .map(r -> new JsonObject(r.value()))
                .toList();
    }

    private static List<String> statuses(List<JsonObject> heard, UUID scenario) {
        return heard.stream()
                .filter(m -> m.getString("scenario_uuid").equals(scenario.toString()))
                .map(m -> m.getString("status"))
                .toList();
    }

    private static List<Long> frames(JsonObject list) {
        return list.getJsonArray("results").stream()
                .map(r -> ((JsonObject) r).getLong("frame_number"))
                .toList();
    }
}
