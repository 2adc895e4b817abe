package dev.vap.embedded;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** The properties of a single node that is broker and controller at once and has little memory. */
final class KafkaSettings {
    static final int NODE_ID = 1;
    static final String BROKER = "BROKER";
    static final String CONTROLLER = "CONTROLLER";

    private KafkaSettings() {}

    static Map<String, String> of(Path directory, int port, int controllerPort, Duration startDeadline) {
        Map<String, String> settings = new HashMap<>();
        node(settings, directory, port, controllerPort);
        settings.put("server.max.startup.time.ms", Long.toString(startDeadline.toMillis()));
        internalTopics(settings);
        small(settings);
        return settings;
    }

    private static void node(Map<String, String> settings, Path directory, int port, int controllerPort) {
        String controller = FreePort.HOST + ":" + controllerPort;
        String broker = BROKER + "://" + FreePort.HOST + ":" + port;
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", Integer.toString(NODE_ID));
        settings.put("log.dirs", directory.toString());
        settings.put("listeners", broker + "," + CONTROLLER + "://" + controller);
        settings.put("advertised.listeners", broker);
        settings.put("listener.security.protocol.map", BROKER + ":PLAINTEXT," + CONTROLLER + ":PLAINTEXT");
        settings.put("inter.broker.listener.name", BROKER);
        settings.put("controller.listener.names", CONTROLLER);
        // A static quorum: its address is read from here at every start, and never from the data, so ports may change.
        settings.put("controller.quorum.voters", NODE_ID + "@" + controller);
        // After a kill the broker cannot register again before its old session has run out, 9 s by default; it tries
        // after 0.1, 0.3, 0.7, 1.5 and 3.1 s.
        settings.put("broker.heartbeat.interval.ms", "500");
        settings.put("broker.session.timeout.ms", "2500");
        // Twice a second by default, each time flushed to the disk; nobody watches the lag of a quorum of one.
        settings.put("metadata.max.idle.interval.ms", "10000");
    }

    private static void internalTopics(Map<String, String> settings) {
        for (String topic : new String[] {"offsets.topic", "transaction.state.log", "share.coordinator.state.topic"}) {
            settings.put(topic + ".replication.factor", "1");
            settings.put(topic + ".num.partitions", "1");
        }
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("share.coordinator.state.topic.min.isr", "1");
        // Small segments, since only closed ones are compacted, and the data is kept between runs.
        settings.put("offsets.topic.segment.bytes", "8388608");
        settings.put("transaction.state.log.segment.bytes", "8388608");
        settings.put("group.initial.rebalance.delay.ms", "0");
    }

    private static void small(Map<String, String> settings) {
        settings.put("num.network.threads", "1");
        settings.put("num.io.threads", "2");
        settings.put("num.recovery.threads.per.data.dir", "1");
        settings.put("background.threads", "2");
        settings.put("group.coordinator.threads", "1");
        settings.put("log.cleaner.dedupe.buffer.size", "2097152");
        settings.put("log.cleaner.io.buffer.size", "65536");
        settings.put("log.index.size.max.bytes", "1048576");
    }
}
