package dev.vap.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 3, unit = TimeUnit.MINUTES)
class LocalKafkaIT {
    @TempDir
    Path temporary;

    @Test
    void keepsTopicsAndOffsetsWhenBothPortsChange() throws Exception {
        int port;
        int controllerPort;
        try (LocalKafka first = LocalKafka.start(temporary)) {
            port = first.port();
            controllerPort = first.controllerPort();
            assertThat(first.bootstrapServers()).isEqualTo("127.0.0.1:" + port);
            Topic topic = new Topic(first.bootstrapServers(), "kept");
            topic.create();
            topic.send("a", "b");
            assertThat(topic.read(2)).containsExactly("a", "b");
            topic.send("c");
        }

        int otherPort = FreePort.find();
        int otherControllerPort = FreePort.find();
        assertThat(otherPort).isNotEqualTo(port);
        assertThat(otherControllerPort).isNotEqualTo(controllerPort);
        try (LocalKafka second = LocalKafka.start(
                KafkaOptions.in(temporary).withPort(otherPort).withControllerPort(otherControllerPort))) {
            assertThat(second.port()).isEqualTo(otherPort);
            assertThat(second.controllerPort()).isEqualTo(otherControllerPort);
            Topic topic = new Topic(second.bootstrapServers(), "kept");
            topic.send("d");
            assertThat(topic.read(2)).containsExactly("c", "d");
        }
    }

    @Test
    void clientsGoOnWhenItComesBackOnItsPort() throws Exception {
        LocalKafka first = LocalKafka.start(temporary);
        int port = first.port();
        Topic topic = new Topic(first.bootstrapServers(), "outage");
        topic.create();
        ExecutorService sender = Executors.newSingleThreadExecutor();
        try (KafkaProducer<String, String> producer = topic.producer()) {
            producer.send(new ProducerRecord<>("outage", "before")).get(30, TimeUnit.SECONDS);
            first.close();
            // On a thread of its own: send() itself blocks if the broker took the topic's leader along.
            Future<RecordMetadata> pending = sender.submit(() ->
                    producer.send(new ProducerRecord<>("outage", "during")).get(60, TimeUnit.SECONDS));

            try (LocalKafka second = LocalKafka.start(temporary, port)) {
                assertThat(second.port()).isEqualTo(port);
                pending.get(60, TimeUnit.SECONDS);
                assertThat(topic.read(2)).containsExactly("before", "during");
            }
        } finally {
            sender.shutdownNow();
        }
    }

    @Test
    void twoRunSideBySide() throws Exception {
        try (LocalKafka a = LocalKafka.start(temporary.resolve("a"));
                LocalKafka b = LocalKafka.start(temporary.resolve("b"))) {
            Topic ofA = new Topic(a.bootstrapServers(), "same");
            Topic ofB = new Topic(b.bootstrapServers(), "same");
            ofA.create();
            ofB.create();
            ofA.send("a");
            ofB.send("b");
            assertThat(ofA.read(1)).containsExactly("a");
            assertThat(ofB.read(1)).containsExactly("b");
        }
    }

    @Test
    void refusesADirectoryThatIsInUse() {
        LocalKafka first = LocalKafka.start(temporary);
        assertThatThrownBy(() -> LocalKafka.start(temporary)).isInstanceOf(DataDirectoryInUseException.class);
        first.close();
        first.close();
    }

    @Test
    void refusesPortsThatAreTaken() throws Exception {
        try (ServerSocketChannel other = FreePort.bind(0)) {
            int port = FreePort.port(other);
            String message =
                    "Port %d of 127.0.0.1 is taken by another program: stop that one, or choose another port for Kafka."
                            .formatted(port);
            assertThatThrownBy(() -> LocalKafka.start(temporary, port))
                    .isInstanceOf(EmbeddedServerException.class)
                    .hasMessage(message);
            assertThatThrownBy(() -> LocalKafka.start(KafkaOptions.in(temporary).withControllerPort(port)))
                    .isInstanceOf(EmbeddedServerException.class)
                    .hasMessage(message);
        }
        LocalKafka.start(temporary).close();
    }

    @Test
    void startsOverAnUnfinishedCreation() throws Exception {
        Files.createDirectories(temporary.resolve("kafka.new"));
        Files.writeString(temporary.resolve("kafka.new/bootstrap.checkpoint"), "half");
        Files.createDirectories(temporary.resolve("kafka"));

        LocalKafka.start(temporary).close();
    }

    @Test
    void failsInOneSentenceOnBrokenDataAndFreesItsPort() throws Exception {
        LocalKafka.start(temporary).close();
        Files.writeString(temporary.resolve("kafka/meta.properties"), "version=1\nnode.id=77\ncluster.id=x\n");
        int port = FreePort.find();

        assertThatThrownBy(() -> LocalKafka.start(temporary, port))
                .isInstanceOf(EmbeddedServerException.class)
                .hasMessageStartingWith("Kafka could not be started in " + temporary + ": ");
        try (Socket socket = new Socket()) {
            assertThatThrownBy(() -> socket.connect(new InetSocketAddress(FreePort.loopback(), port), 1000))
                    .isInstanceOf(ConnectException.class);
        }
        assertThatThrownBy(() -> LocalKafka.start(temporary, port)).isNotInstanceOf(DataDirectoryInUseException.class);
    }
}
