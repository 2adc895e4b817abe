package dev.vap.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ServersIT {
    @TempDir
    Path temporary;

    @Test
    void givesEachTestADatabaseOfItsOwn() throws Exception {
        TestServers servers = TestServers.get();
        assertThat(TestServers.get()).isSameAs(servers);
        String a = servers.newDatabase();
        String b = servers.newDatabase();

        Probe.sql(a, "CREATE TABLE t (n int)");

        assertThat(a).startsWith("postgresql://").isNotEqualTo(b);
        assertThat(Probe.sql(a, "SELECT count(*) FROM t")).isEqualTo("0");
        assertThat(Probe.sql(b, "SELECT to_regclass('t')")).isNull();
        assertThat(Probe.sql(servers.databaseUrl(), "SELECT current_database()"))
                .isEqualTo("vap");
        assertThat(Probe.sql(a, "SHOW server_version")).startsWith("18");
    }

    @Test
    void givesEachTestTopicsOfItsOwn() throws Exception {
        TestServers servers = TestServers.get();
        String a = servers.newTopicPrefix();
        String b = servers.newTopicPrefix();

        Probe.createTopic(servers.kafkaBootstrap(), a + "results");

        assertThat(a).matches("t[0-9a-f]{4}-\\d+\\.").isNotEqualTo(b);
        assertThat(Probe.topicExists(servers.kafkaBootstrap(), a + "results")).isTrue();
        assertThat(Probe.topicExists(servers.kafkaBootstrap(), b + "results")).isFalse();
    }

    @Test
    void anOwnPostgresComesBackWithItsDataAtItsAddress() throws Exception {
        try (OwnPostgres postgres = TestServers.ownPostgres()) {
            String url = postgres.databaseUrl();
            Probe.sql(url, "CREATE TABLE t AS SELECT 5 AS n");

            postgres.stop();
            postgres.stop();
            assertThatThrownBy(() -> Probe.sql(url, "SELECT 1")).isInstanceOf(SQLException.class);
            postgres.start();
            postgres.start();

            assertThat(postgres.databaseUrl()).isEqualTo(url);
            assertThat(Probe.sql(url, "SELECT n FROM t")).isEqualTo("5");
        }
    }

    @Test
    void anOwnKafkaComesBackWithItsTopicsAtItsAddress() throws Exception {
        try (OwnKafka kafka = TestServers.ownKafka()) {
            String bootstrap = kafka.bootstrapServers();
            Probe.createTopic(bootstrap, "t");

            kafka.stop();
            kafka.start();

            assertThat(kafka.bootstrapServers()).isEqualTo(bootstrap);
            Await.until("the topic", Probe.DEADLINE, () -> Probe.topicExists(bootstrap, "t"));
        }
    }

    @Test
    void leavesNothingBehind() throws Exception {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-D" + TestServers.CHOICE + "=embedded",
                        "-Djava.io.tmpdir=" + temporary,
                        "-cp",
                        System.getProperty("java.class.path"),
                        ChildTests.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(temporary.resolve("output").toFile())
                .start();
        try {
            assertThat(child.waitFor(90, TimeUnit.SECONDS)).isTrue();
        } finally {
            child.destroyForcibly();
        }

        List<String> output = Files.readAllLines(temporary.resolve("output"));
        assertThat(output)
                .anySatisfy(line ->
                        assertThat(line).matches("vap tests: embedded PostgreSQL and Kafka, ready after \\d+ ms"))
                .anySatisfy(line -> assertThat(line).isEqualTo("3 directories"));
        assertThat(child.exitValue()).isZero();
        try (Stream<Path> left = Files.list(temporary)) {
            assertThat(left.map(path -> path.getFileName().toString())).noneMatch(name -> name.startsWith("vap-test-"));
        }
    }

    /** Uses servers and forgets to close them. */
    static final class ChildTests {
        private ChildTests() {}

        public static void main(String[] args) throws Exception {
            Probe.sql(TestServers.get().newDatabase(), "SELECT 1");
            TestServers.ownPostgres();
            TestServers.ownKafka();
            try (Stream<Path> directories = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
                System.out.println(directories
                                .filter(path -> path.getFileName().toString().startsWith("vap-test-"))
                                .count()
                        + " directories");
            }
            System.exit(0);
        }
    }
}
