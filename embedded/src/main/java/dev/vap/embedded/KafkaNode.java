package dev.vap.embedded;

import java.util.concurrent.CompletableFuture;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import kafka.server.FaultHandlerFactory;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.Server;
import kafka.server.SharedServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.bootstrap.BootstrapMetadata;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.raft.QuorumConfig;
import org.apache.kafka.server.fault.FaultHandler;
import org.apache.kafka.server.fault.LoggingFaultHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * Controller and broker, put together as Kafka's own {@code KafkaRaftServer} does it, but for two things: a fatal fault is
 * logged and does not end the process, and the sockets come from outside. None of these classes is public API, so the
 * version is pinned.
 */
final class KafkaNode implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(KafkaNode.class);

    private final ControllerServer controller;
    private final BrokerServer broker;

    private KafkaNode(KafkaConfig config, BoundSockets sockets) {
        Tuple2<MetaPropertiesEnsemble, BootstrapMetadata> directories =
                KafkaRaftServer.initializeLogDirs(config, log, "");
        SharedServer shared = new SharedServer(
                config,
                directories._1(),
                Time.SYSTEM,
                Server.initializeMetrics(
                        config, Time.SYSTEM, directories._1().clusterId().orElseThrow()),
                CompletableFuture.completedFuture(
                        QuorumConfig.parseVoterConnections(config.quorumConfig().voters())),
                QuorumConfig.parseBootstrapServers(config.quorumConfig().bootstrapServers()),
                new LoggedFaults(),
                sockets);
        controller = new ControllerServer(shared, KafkaRaftServer.configSchema(), directories._2());
        broker = new BrokerServer(shared);
    }

    static KafkaNode start(KafkaConfig config, BoundSockets sockets) {
        KafkaNode node = new KafkaNode(config, sockets);
        boolean started = false;
        try {
            node.controller.startup();
            node.broker.startup();
            started = true;
            return node;
        } finally {
            if (!started) {
                boolean interrupted = Thread.interrupted();
                node.close();
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    /** The broker first: it tells the controller that it goes. */
    @Override
    public void close() {
        try {
            broker.shutdown();
            broker.awaitShutdown();
        } catch (RuntimeException e) {
            log.warn("The broker did not stop cleanly", e);
        }
        try {
            controller.shutdown();
            controller.awaitShutdown();
        } catch (RuntimeException e) {
            log.warn("The controller did not stop cleanly", e);
        }
    }

    private static final class LoggedFaults implements FaultHandlerFactory {
        @Override
        public FaultHandler build(String name, boolean fatal, Runnable action) {
            return new LoggingFaultHandler(name, action);
        }
    }
}
