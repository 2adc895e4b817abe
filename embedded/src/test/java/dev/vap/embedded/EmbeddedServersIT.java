package dev.vap.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 3, unit = TimeUnit.MINUTES)
class EmbeddedServersIT {
    @TempDir
    Path temporary;

    @Test
    void startsBothAndRefusesASecondRun() throws Exception {
        EmbeddedServers servers = EmbeddedServers.start(EmbeddedOptions.in(temporary));
        Topic topic = new Topic(servers.kafkaBootstrap(), "t");
        topic.create();
        topic.send("x");
        assertThat(topic.read(1)).containsExactly("x");
        assertThat(Sql.query(servers.databaseUrl(), "SELECT current_database()"))
                .isEqualTo("vap");

        assertThatThrownBy(() -> EmbeddedServers.start(EmbeddedOptions.in(temporary)))
                .isInstanceOf(DataDirectoryInUseException.class)
                .hasMessage(
                        "The data directory %s is in use by another run (process %d): stop that one, or choose another with --data-dir.",
                        temporary, ProcessHandle.current().pid());
        assertThat(servers.postgres().orElseThrow().running()).isTrue();

        servers.close();
        servers.close();
        assertThat(servers.postgres().orElseThrow().running()).isFalse();
    }

    @Test
    void startsNothingThatIsGivenButLocksTheDirectory() throws Exception {
        EmbeddedOptions options = EmbeddedOptions.in(temporary)
                .withDatabaseUrl(Optional.of("postgresql://u:p@db/vap"))
                .withKafkaBootstrap(Optional.of("kafka:9092"));
        try (EmbeddedServers servers = EmbeddedServers.start(options)) {
            assertThat(servers.databaseUrl()).isEqualTo("postgresql://u:p@db/vap");
            assertThat(servers.kafkaBootstrap()).isEqualTo("kafka:9092");
            assertThat(servers.postgres()).isEmpty();
            assertThat(servers.kafka()).isEmpty();
            assertThat(temporary.resolve("postgres")).doesNotExist();
            assertThat(temporary.resolve("kafka")).doesNotExist();
            assertThatThrownBy(() -> EmbeddedServers.start(options)).isInstanceOf(DataDirectoryInUseException.class);
        }
    }

    @Test
    void goesOnWhereAKilledRunStopped() throws Exception {
        String oldUrl;
        try (Child killed = Child.start(ChildRun.class, temporary.toString())) {
            List<String> words = killed.awaitReady();
            oldUrl = words.get(0);
            Sql.execute(oldUrl, "CREATE TABLE t AS SELECT 'kept' AS word");
            Topic topic = new Topic(words.get(1), "t");
            topic.create();
            topic.send("a");
            assertThatThrownBy(() -> EmbeddedServers.start(EmbeddedOptions.in(temporary)))
                    .isInstanceOf(DataDirectoryInUseException.class)
                    .hasMessageContaining("(process " + killed.pid() + ")");
            killed.kill();
        }
        // Its PostgreSQL is an orphan now, and answers.
        assertThat(Sql.query(oldUrl, "SELECT word FROM t")).isEqualTo("kept");
        ProcessHandle orphan = orphan();

        try (EmbeddedServers servers = EmbeddedServers.start(EmbeddedOptions.in(temporary))) {
            assertThat(orphan.isAlive()).isFalse();
            assertThat(Sql.query(servers.databaseUrl(), "SELECT word FROM t")).isEqualTo("kept");
            assertThat(new Topic(servers.kafkaBootstrap(), "t").read(1)).containsExactly("a");
        }
    }

    @Test
    void discardsWhatAKilledRunLeft() throws Exception {
        Path data = temporary.resolve("data");
        try (Child killed = Child.start(ChildRun.class, data.toString())) {
            killed.awaitReady();
            assertThatThrownBy(() -> EmbeddedServers.discard(data)).isInstanceOf(DataDirectoryInUseException.class);
            killed.kill();
        }
        ProcessHandle orphan = ProcessHandle.of(
                        Long.parseLong(Files.readAllLines(data.resolve("postgres/postmaster.pid"))
                                .get(0)))
                .orElseThrow();

        EmbeddedServers.discard(data);
        EmbeddedServers.discard(data);

        assertThat(orphan.isAlive()).isFalse();
        assertThat(data).doesNotExist();
    }

    @Test
    void stopsKafkaAndFreesTheDirectoryWhenPostgresFails() throws Exception {
        LocalPostgres.start(temporary).close();
        Files.writeString(temporary.resolve("postgres/PG_VERSION"), "17\n");
        int port = FreePort.find();
        EmbeddedOptions options = EmbeddedOptions.in(temporary)
                .withKafka(KafkaOptions.in(temporary).withPort(port));

        assertThatThrownBy(() -> EmbeddedServers.start(options))
                .isInstanceOf(EmbeddedServerException.class)
                .hasMessageContaining("PostgreSQL 17");

        FreePort.bind(port).close();
        Files.writeString(temporary.resolve("postgres/PG_VERSION"), "18\n");
        EmbeddedServers.start(options).close();
    }

    @Test
    void stopsPostgresAndFreesTheDirectoryWhenKafkaFails() throws Exception {
        EmbeddedOptions options = EmbeddedOptions.in(temporary);
        try (ServerSocketChannel other = FreePort.bind(0)) {
            KafkaOptions taken = KafkaOptions.in(temporary).withPort(FreePort.port(other));
            assertThatThrownBy(() -> EmbeddedServers.start(options.withKafka(taken)))
                    .isInstanceOf(EmbeddedServerException.class)
                    .hasMessageContaining("choose another port for Kafka");
        }

        assertThat(temporary.resolve("postgres/postmaster.pid")).doesNotExist();
        EmbeddedServers.start(options).close();
    }

    @Test
    void refusesAFileAsItsDirectory() throws Exception {
        Path file = Files.createFile(temporary.resolve("file"));

        assertThatThrownBy(() -> EmbeddedServers.start(EmbeddedOptions.in(file)))
                .isInstanceOf(EmbeddedServerException.class)
                .hasMessage("The data directory %s is a file: choose another with --data-dir.", file);
    }

    private ProcessHandle orphan() throws Exception {
        String pid =
                Files.readAllLines(temporary.resolve("postgres/postmaster.pid")).get(0);
        return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    }
}
