package dev.vap.shared.messaging;

import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.shared.protocol.Topics;
import java.util.Map;
import java.util.Properties;

/**
 * How Kafka is reached.
 *
 * @param partitions of topics that VAP creates
 */
public record KafkaConfig(String bootstrapServers, Topics topics, int partitions) {

    private static final int PARTITIONS = 6;

    public static KafkaConfig from(Settings settings) {
        return new KafkaConfig(
                String.join(",", settings.get(VapSettings.KAFKA_BOOTSTRAP_SERVERS)),
                new Topics(settings.get(VapSettings.KAFKA_TOPIC_PREFIX)),
                settings.find(VapSettings.KAFKA_PARTITIONS).orElse(PARTITIONS));
    }

    /** What every client shares: quick to notice an outage, quick to come back, quiet meanwhile. */
    Properties common() {
        Properties p = new Properties();
        p.putAll(Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "reconnect.backoff.ms",
                "100",
                "reconnect.backoff.max.ms",
                "1000",
                "socket.connection.setup.timeout.ms",
                "2000",
                "enable.metrics.push",
                "false",
                "metadata.recovery.strategy",
                "rebootstrap"));
        return p;
    }
}
