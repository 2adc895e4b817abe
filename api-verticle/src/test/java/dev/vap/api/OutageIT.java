package dev.vap.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.messaging.KafkaConfig;
import dev.vap.shared.messaging.KafkaTail;
import dev.vap.shared.messaging.Received;
import dev.vap.testing.Await;
import dev.vap.testing.OwnKafka;
import dev.vap.testing.OwnPostgres;
import dev.vap.testing.TestServers;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kafka and PostgreSQL go away and come back. */
class OutageIT {

    private static final Duration SOON = Duration.ofSeconds(40);

    @TempDir
    private Path media;

    @Test
    void acceptsScenariosWhileTheBrokerIsAwayAndPublishesThemLater() throws Exception {
        try (OwnKafka kafka = TestServers.ownKafka();
                ApiFixture api = ApiFixture.start(
                        ApiFixture.settings(media, Map.of("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers())))) {
            List<Received> commands = new CopyOnWriteArrayList<>();
            KafkaTail tail = KafkaTail.start(
                    api.vertx(), KafkaConfig.from(api.services.settings()), api.topics.initScenario(), commands::add);
            ApiFixture.await(tail.ready());
            UUID before = api.createLive();
            Await.until("the first command", SOON, () -> keys(commands).contains(before));

            kafka.stop();
            long started = System.nanoTime();
            List<UUID> meanwhile = List.of(api.createLive(), api.createLive(), api.createLive());
            assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(5));
            assertThat(api.post("/api/v1/scenario/" + meanwhile.get(0) + "/shutdown")
                            .statusCode())
                    .isEqualTo(200);
            JsonObject ready = api.getJson("/health/ready");
            assertThat(ready.getString("status")).isEqualTo("up");
            assertThat(ready.getJsonObject("checks").getString("kafka")).isEqualTo("down");

            kafka.start();

            Await.until("every command", SOON, () -> keys(commands).containsAll(meanwhile));
            Await.until(
                    "the stop",
                    SOON,
                    () -> commands.stream()
                                    .filter(r -> r.key().equals(meanwhile.get(0).toString()))
                                    .count()
                            == 2);
            api.produce(ApiFixture.result(before, 1, 1));
            Await.until("results flow again", SOON, () -> stored(api, before) == 1);
        }
    }

    @Test
    void startsWithoutABroker() throws Exception {
        try (OwnKafka kafka = TestServers.ownKafka()) {
            kafka.stop();
            try (ApiFixture api = ApiFixture.start(
                    ApiFixture.settings(media, Map.of("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers())))) {
                UUID scenario = api.createLive();
                kafka.start();
                Await.until(
                        "the outbox is empty",
                        SOON,
                        () -> api.services
                                        .registry()
                                        .counter("vap_outbox_published")
                                        .count()
                                >= 2);
                api.produce(ApiFixture.result(scenario, 1, 1));
                Await.until("results flow", SOON, () -> stored(api, scenario) == 1);
            }
        }
    }

    @Test
    void saysWhenToTryAgainWhilePostgresIsAwayAndRecovers() throws Exception {
        try (OwnPostgres postgres = TestServers.ownPostgres();
                ApiFixture api =
                        ApiFixture.start(ApiFixture.settings(media, Map.of("DATABASE_URL", postgres.databaseUrl())))) {
            UUID scenario = api.createLive();
            api.produce(ApiFixture.result(scenario, 1, 1));
            Await.until("stored", SOON, () -> stored(api, scenario) == 1);

            postgres.stop();
            for (HttpResponse<String> response : List.of(
                    api.post("/api/v1/scenario/init", "{\"camera_url\": \"rtsp://h/1\"}"),
                    api.post("/api/v1/scenario/" + scenario + "/shutdown"),
                    api.get("/api/v1/scenario/" + scenario),
                    api.get("/api/v1/cluster"),
                    api.get("/api/v1/prediction/" + scenario))) {
                ScenarioApiIT.assertProblem(
                        response,
                        503,
                        "store_unavailable",
                        "The database can't be reached at the moment; try again shortly.");
                assertThat(response.headers().firstValue("Retry-After")).hasValue("2");
            }
            HttpResponse<String> ready = api.get("/health/ready");
            assertThat(ready.statusCode()).isEqualTo(503);
            assertThat(new JsonObject(ready.body()).getJsonObject("checks").getString("postgresql"))
                    .isEqualTo("down");
            assertThat(api.get("/health/live").statusCode()).isEqualTo(200);
            api.produce(ApiFixture.result(scenario, 1, 2));

            postgres.start();

            Await.until("the result waited in Kafka", SOON, () -> stored(api, scenario) == 2);
            assertThat(api.post("/api/v1/scenario/" + scenario + "/shutdown").statusCode())
                    .isEqualTo(200);
            assertThat(api.get("/health/ready").statusCode()).isEqualTo(200);
        }
    }

    private static int stored(ApiFixture api, UUID scenario) {
        return api.getJson("/api/v1/prediction/" + scenario)
                .getJsonArray("results")
                .size();
    }

    private static List<UUID> keys(List<Received> commands) {
        return commands.stream().map(r -> UUID.fromString(r.key())).toList();
    }
}
