package dev.vap.shared.messaging;

import dev.vap.shared.protocol.Topics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates the topics that are missing. Goes on trying in the background while Kafka is away. They are never compressed,
 * whatever the broker's default is: services carry no native code for that. Their times are the broker's: it refuses
 * messages of a producer whose clock is an hour ahead otherwise ({@code message.timestamp.after.max.ms}).
 */
public final class TopicSetup {

    private static final Logger LOG = LoggerFactory.getLogger(TopicSetup.class);
    private static final long RETRY_MILLIS = 1_000;
    private static final int CALL_SECONDS = 10;

    private TopicSetup() {}

    /** Completes once all topics exist. */
    public static Future<Void> ensure(Vertx vertx, KafkaConfig config) {
        return vertx.executeBlocking(() -> create(config), false).recover(e -> {
            LOG.warn("Kafka at {} can't be reached; trying again: {}", config.bootstrapServers(), e.getMessage());
            return vertx.timer(RETRY_MILLIS, TimeUnit.MILLISECONDS).compose(v -> ensure(vertx, config));
        });
    }

    private static Void create(KafkaConfig config) throws ExecutionException, InterruptedException, TimeoutException {
        try (Admin admin = Admin.create(config.common())) {
            Set<String> wanted = new HashSet<>(config.topics().all());
            config.topics().all().forEach(topic -> wanted.add(Topics.deadLetter(topic)));
            wanted.removeAll(admin.listTopics().names().get(CALL_SECONDS, TimeUnit.SECONDS));
            List<NewTopic> missing = new ArrayList<>();
            for (String topic : wanted) {
                boolean dead = topic.endsWith(Topics.deadLetter(""));
                missing.add(new NewTopic(topic, Optional.of(dead ? 1 : config.partitions()), Optional.empty())
                        .configs(Map.of(
                                TopicConfig.COMPRESSION_TYPE_CONFIG,
                                "uncompressed",
                                TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
                                "LogAppendTime")));
            }
            admin.createTopics(missing).all().get(CALL_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
        return null;
    }
}
