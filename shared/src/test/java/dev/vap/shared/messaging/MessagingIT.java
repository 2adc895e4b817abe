package dev.vap.shared.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.config.Settings;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.MessageFormatException;
import dev.vap.shared.protocol.ScenarioCommand;
import dev.vap.shared.storage.AdvisoryLock;
import dev.vap.shared.storage.Database;
import dev.vap.shared.storage.Ids;
import dev.vap.shared.storage.Outbox;
import dev.vap.shared.storage.Scenarios;
import dev.vap.testing.Await;
import dev.vap.testing.OwnKafka;
import dev.vap.testing.TestServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MessagingIT {

    private static final Duration LONG = Duration.ofSeconds(30);

    private final Vertx vertx = Vertx.vertx();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final List<KafkaBatchConsumer> consumers = new ArrayList<>();
    private Settings settings;
    private KafkaConfig kafka;
    private KafkaPublisher publisher;

    @BeforeEach
    void open() throws Exception {
        TestServers servers = TestServers.get();
        settings = Settings.of(Map.of(
                "DATABASE_URL", servers.newDatabase(),
                "KAFKA_BOOTSTRAP_SERVERS", servers.kafkaBootstrap(),
                "KAFKA_TOPIC_PREFIX", servers.newTopicPrefix(),
                "KAFKA_PARTITIONS", "2"));
        kafka = KafkaConfig.from(settings);
        await(TopicSetup.ensure(vertx, kafka));
        publisher = new KafkaPublisher(vertx, kafka, "test", 100, Duration.ofSeconds(5));
    }

    @AfterEach
    void close() throws Exception {
        for (KafkaBatchConsumer consumer : consumers) {
            await(consumer.close());
        }
        await(publisher.close(Duration.ofSeconds(1)));
        await(vertx.close());
    }

    @Test
    void aBatchIsHandedOverAgainUntilItIsHandled() throws Exception {
        List<String> handled = new CopyOnWriteArrayList<>();
        AtomicInteger calls = new AtomicInteger();
        consume("g", kafka.topics().results(), batch -> {
            if (calls.incrementAndGet() <= 3) {
                return Future.failedFuture("not yet");
            }
            batch.forEach(r -> handled.add(r.value()));
            return Future.succeededFuture();
        });
        await(publisher.send(kafka.topics().results(), "k", "one"));
        Await.until("handled", LONG, () -> handled.equals(List.of("one")));
    }

    @Test
    void offsetsAreCommittedAfterHandlingOnly() throws Exception {
        String topic = kafka.topics().results();
        await(publisher.send(topic, "k", "one"));
        AtomicInteger seen = new AtomicInteger();
        KafkaBatchConsumer first = consume("g", topic, batch -> {
            seen.addAndGet(batch.size());
            return Future.failedFuture("dies before it has stored anything");
        });
        Await.until("seen once", LONG, () -> seen.get() > 0);
        await(first.close());
        List<String> handled = new CopyOnWriteArrayList<>();
        KafkaBatchConsumer second = consume("g", topic, batch -> {
            batch.forEach(r -> handled.add(r.value()));
            return Future.succeededFuture();
        });
        Await.until("repeated to the next one", LONG, () -> handled.equals(List.of("one")));
        await(publisher.send(topic, "k", "two"));
        Await.until("second message", LONG, () -> handled.equals(List.of("one", "two")));
        await(second.close());
        consume("g", topic, batch -> {
            batch.forEach(r -> handled.add("again " + r.value()));
            return Future.succeededFuture();
        });
        await(publisher.send(topic, "k", "three"));
        Await.until("only the new one", LONG, () -> handled.equals(List.of("one", "two", "again three")));
    }

    @Test
    void whatIsHandledWhileItIsClosedIsNotRepeatedAndTheNextOneNeedNotWait() throws Exception {
        String topic = kafka.topics().results();
        List<String> handled = new CopyOnWriteArrayList<>();
        AtomicReference<KafkaBatchConsumer> first = new AtomicReference<>();
        AtomicReference<Future<Void>> closed = new AtomicReference<>();
        first.set(consume("g", topic, batch -> {
            batch.forEach(r -> handled.add("first " + r.value()));
            if (handled.contains("first two")) {
                closed.set(first.get().close());
            }
            return Future.succeededFuture();
        }));
        await(publisher.send(topic, "k", "one"));
        Await.until("the first one", LONG, () -> handled.size() == 1);
        await(publisher.send(topic, "k", "two"));
        Await.until(
                "handled and closed",
                LONG,
                () -> closed.get() != null && closed.get().isComplete());

        consume("g", topic, batch -> {
            batch.forEach(r -> handled.add("second " + r.value()));
            return Future.succeededFuture();
        });
        await(publisher.send(topic, "k", "three"));

        // A member that has not said good-bye is waited for, as long as its session lasts: six seconds.
        Await.until("the next one has the message", Duration.ofSeconds(5), () -> handled.size() >= 3);
        assertThat(handled).containsExactly("first one", "first two", "second three");
    }

    @Test
    void aMessageThatCantBeReadGoesToTheDeadLettersAndBlocksNothing() throws Exception {
        String topic = kafka.topics().initScenario();
        DeadLetters dead = new DeadLetters(publisher, registry);
        List<String> handled = new CopyOnWriteArrayList<>();
        List<JsonObject> letters = new CopyOnWriteArrayList<>();
        consume("g", topic, batch -> {
            DeadLetters.Parsed<String> parsed = dead.parse(batch, text -> {
                if (text.startsWith("poison")) {
                    throw new MessageFormatException("field \"v\" is missing");
                }
                return text;
            });
            handled.addAll(parsed.messages());
            return parsed.buried();
        });
        consume("g", topic + ".dlq", batch -> {
            batch.forEach(r -> letters.add(new JsonObject(r.value())));
            return Future.succeededFuture();
        });
        await(publisher.send(topic, "k", "poison 1"));
        await(publisher.send(topic, "k", "good"));
        Await.until("the good one", LONG, () -> handled.equals(List.of("good")));
        Await.until("the letter", LONG, () -> letters.size() == 1);
        assertThat(letters.get(0).getString("reason")).isEqualTo("field \"v\" is missing");
        assertThat(letters.get(0).getString("value")).isEqualTo("poison 1");
        assertThat(letters.get(0).getString("topic")).isEqualTo(topic);
    }

    @Test
    void theTailSeesWhatComesAfterItIsReady() throws Exception {
        String topic = kafka.topics().toDeploy();
        await(publisher.send(topic, "r1", "before"));
        List<String> seen = new CopyOnWriteArrayList<>();
        KafkaTail tail = KafkaTail.start(vertx, kafka, topic, r -> seen.add(r.key() + " " + r.value()));
        await(tail.ready());
        await(publisher.send(topic, "r1", "after"));
        Await.until("seen", LONG, () -> seen.equals(List.of("r1 after")));
        await(tail.close());
    }

    @Test
    void theTailSaysWhenItMayHaveMissedSomething() throws Exception {
        String topic = kafka.topics().toDeploy();
        AtomicInteger gaps = new AtomicInteger();
        List<String> seen = new CopyOnWriteArrayList<>();
        await(publisher.send(topic, "r1", "first"));
        KafkaTail tail = KafkaTail.start(vertx, kafka, topic, r -> seen.add(r.value()), gaps::incrementAndGet);
        await(tail.ready());
        Await.until("what came before it started", LONG, () -> gaps.get() == 1);
        await(publisher.send(topic, "r1", "second"));
        Await.until("seen", LONG, () -> seen.equals(List.of("second")));
        try (Admin admin = Admin.create(kafka.common())) {
            admin.deleteTopics(List.of(topic)).all().get(30, TimeUnit.SECONDS);
            // The controller has done it; brokers hear of it a moment later, and the set-up below asks one.
            Await.until(
                    "the topic is gone",
                    LONG,
                    () -> !admin.listTopics().names().get(30, TimeUnit.SECONDS).contains(topic));
        }
        await(TopicSetup.ensure(vertx, kafka));
        Await.until("the topic was made anew", LONG, () -> gaps.get() > 1);
        Await.until("later messages are seen", LONG, () -> {
            await(publisher.send(topic, "r1", "later"));
            return seen.contains("later");
        });
        await(tail.close());
    }

    @Test
    void topicsKeepTheTimeOfTheBrokerWhateverTheClockOfTheProducerSays() throws Exception {
        try (Admin admin = Admin.create(kafka.common())) {
            for (String topic : kafka.topics().all()) {
                ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
                Config config = admin.describeConfigs(List.of(resource))
                        .all()
                        .get(30, TimeUnit.SECONDS)
                        .get(resource);
                assertThat(config.get(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG).value())
                        .as(topic)
                        .isEqualTo("LogAppendTime");
            }
        }
        Properties properties = kafka.common();
        properties.put("acks", "all");
        try (var ahead = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            long inTwoHours = System.currentTimeMillis() + Duration.ofHours(2).toMillis();
            var sent = ahead.send(
                            new ProducerRecord<>(kafka.topics().results(), null, inTwoHours, "k", "from the future"))
                    .get(30, TimeUnit.SECONDS);
            assertThat(sent.timestamp()).isLessThan(inTwoHours);
        }
    }

    @Test
    void whatIsCreatedWhileTheBrokerIsAwayIsPublishedInOrderOnceItIsBack() throws Exception {
        try (OwnKafka own = TestServers.ownKafka()) {
            own.start();
            KafkaConfig away =
                    KafkaConfig.from(settings.with(Map.of("KAFKA_BOOTSTRAP_SERVERS", own.bootstrapServers())));
            await(TopicSetup.ensure(vertx, away));
            own.stop();
            Database database = Database.open(vertx, settings);
            await(database.prepare());
            Outbox outbox = new Outbox(database, away.topics());
            Scenarios scenarios = new Scenarios(database, outbox);
            KafkaPublisher relayed = new KafkaPublisher(vertx, away, "relay", 1000, Duration.ofSeconds(2));
            OutboxRelay relay =
                    new OutboxRelay(vertx, outbox, AdvisoryLock.ofRelay(vertx, database), relayed, registry);
            vertx.runOnContext(v -> relay.start());
            UUID uuid = Ids.next();
            await(scenarios.create(uuid, "rtsp://h/1", "mock", ScenarioOptions.DEFAULTS));
            await(scenarios.requestStop(dev.vap.shared.domain.ScenarioRef.of(uuid)));
            assertThat(await(outbox.backlog())).isEqualTo(4);

            own.start();
            List<ScenarioCommand.Kind> kinds = new CopyOnWriteArrayList<>();
            consumers.add(
                    KafkaBatchConsumer.start(vertx, away, "g", away.topics().initScenario(), 10, batch -> {
                        batch.forEach(
                                r -> kinds.add(ScenarioCommand.parse(r.value()).kind()));
                        return Future.succeededFuture();
                    }));
            Await.until(
                    "both, in order",
                    LONG,
                    () -> kinds.equals(List.of(ScenarioCommand.Kind.START, ScenarioCommand.Kind.STOP)));
            Await.until("marked", LONG, () -> await(outbox.backlog()) == 0);
            onContext(relay::close);
            await(relayed.close(Duration.ofSeconds(1)));
            await(database.close());
        }
    }

    @Test
    void anotherRelayTakesOverWhenTheHolderGoes() throws Exception {
        Database database = Database.open(vertx, settings);
        await(database.prepare());
        Outbox outbox = new Outbox(database, kafka.topics());
        AdvisoryLock one = AdvisoryLock.ofRelay(vertx, database);
        AdvisoryLock two = AdvisoryLock.ofRelay(vertx, database);
        onContext(() -> {
            one.start(() -> {});
            return Future.succeededFuture();
        });
        Await.until("held", LONG, one::held);
        OutboxRelay relay = new OutboxRelay(vertx, outbox, two, publisher, registry);
        vertx.runOnContext(v -> relay.start());
        await(new Scenarios(database, outbox).create(Ids.next(), "rtsp://h/1", "mock", ScenarioOptions.DEFAULTS));
        assertThat(await(outbox.backlog())).isEqualTo(2);
        assertThat(two.held()).isFalse();
        onContext(one::close);
        Await.until("taken over", Duration.ofSeconds(2), two::held);
        Await.until("published", LONG, () -> await(outbox.backlog()) == 0);
        onContext(relay::close);
        await(database.close());
    }

    @Test
    void refusesMoreThanItsBound() throws Exception {
        try (OwnKafka own = TestServers.ownKafka()) {
            own.start();
            KafkaConfig away =
                    KafkaConfig.from(settings.with(Map.of("KAFKA_BOOTSTRAP_SERVERS", own.bootstrapServers())));
            own.stop();
            KafkaPublisher small = new KafkaPublisher(vertx, away, "small", 2, Duration.ofSeconds(1));
            Future<Void> first = small.send("t", "k", "1");
            Future<Void> second = small.send("t", "k", "2");
            assertThatThrownBy(() -> await(small.send("t", "k", "3")))
                    .isInstanceOfSatisfying(
                            VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BROKER_UNAVAILABLE));
            assertThatThrownBy(() -> await(first)).isInstanceOf(VapException.class);
            assertThatThrownBy(() -> await(second)).isInstanceOf(VapException.class);
            assertThat(small.pending()).isZero();
            await(small.close(Duration.ofSeconds(1)));
        }
    }

    private KafkaBatchConsumer consume(String group, String topic, BatchHandler handler) {
        KafkaBatchConsumer consumer = KafkaBatchConsumer.start(vertx, kafka, group, topic, 100, handler);
        consumers.add(consumer);
        return consumer;
    }

    private void onContext(java.util.function.Supplier<Future<Void>> work) throws Exception {
        io.vertx.core.Promise<Void> done = io.vertx.core.Promise.promise();
        vertx.runOnContext(v -> work.get().onComplete(done));
        await(done.future());
    }

    private static <T> T await(Future<T> future) throws TimeoutException {
        return future.await(30, TimeUnit.SECONDS);
    }
}
