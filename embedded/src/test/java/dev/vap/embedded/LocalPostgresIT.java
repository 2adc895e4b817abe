package dev.vap.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 3, unit = TimeUnit.MINUTES)
class LocalPostgresIT {
    @TempDir
    Path temporary;

    @Test
    void keepsDataWhenStartedAgainOnAnotherPort() throws Exception {
        int firstPort;
        try (LocalPostgres first = LocalPostgres.start(temporary)) {
            firstPort = first.port();
            assertThat(first.databaseUrl()).isEqualTo("postgresql://postgres@127.0.0.1:%d/vap", firstPort);
            Sql.execute(first.databaseUrl(), "CREATE TABLE t AS SELECT 'kept' AS word");
        }

        int secondPort = FreePort.find();
        assertThat(secondPort).isNotEqualTo(firstPort);
        try (LocalPostgres second =
                LocalPostgres.start(PostgresOptions.in(temporary).withPort(secondPort))) {
            assertThat(second.port()).isEqualTo(secondPort);
            assertThat(Sql.query(second.databaseUrl(), "SELECT word FROM t")).isEqualTo("kept");
        }
    }

    @Test
    void isPostgres18DurableAndLocal() throws Exception {
        try (LocalPostgres postgres = LocalPostgres.start(temporary)) {
            String url = postgres.databaseUrl();
            assertThat(Sql.query(url, "SHOW server_version")).startsWith("18.");
            assertThat(Sql.query(url, "SHOW fsync")).isEqualTo("on");
            assertThat(Sql.query(url, "SHOW max_connections")).isEqualTo("200");
            assertThat(Sql.query(url, "SHOW shared_buffers")).isEqualTo("128MB");
            assertThat(Sql.query(url, "SHOW autovacuum")).isEqualTo("on");
            assertThat(Sql.query(url, "SHOW log_timezone")).isEqualTo("UTC");
            assertThat(Sql.query(url, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
            assertThat(Sql.query(url, "SHOW unix_socket_directories")).isEmpty();
            assertThat(Sql.query(url, "SELECT upper('ä') || current_setting('server_encoding')"))
                    .isEqualTo("ÄUTF8");
        }
    }

    @Test
    void takesSettingsFromItsOptions() throws Exception {
        PostgresOptions options = PostgresOptions.in(temporary)
                .withSettings(Map.of("fsync", "off", "max_connections", "50", "application_name", "it's me"));
        try (LocalPostgres postgres = LocalPostgres.start(options)) {
            assertThat(Sql.query(postgres.databaseUrl(), "SHOW fsync")).isEqualTo("off");
            assertThat(Sql.query(postgres.databaseUrl(), "SHOW max_connections"))
                    .isEqualTo("50");
        }
    }

    @Test
    void livesInADirectoryWithASpaceAndAnUmlaut() throws Exception {
        try (LocalPostgres postgres = LocalPostgres.start(temporary.resolve("my dätä"))) {
            assertThat(Sql.query(postgres.databaseUrl(), "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void refusesADirectoryThatIsInUse() throws Exception {
        try (LocalPostgres first = LocalPostgres.start(temporary)) {
            assertThatThrownBy(() -> LocalPostgres.start(temporary)).isInstanceOf(DataDirectoryInUseException.class);
            assertThat(first.running()).isTrue();
        }
    }

    @Test
    void refusesAPortThatIsTaken() throws Exception {
        try (ServerSocketChannel other = FreePort.bind(0)) {
            int port = FreePort.port(other);
            assertThatThrownBy(() ->
                            LocalPostgres.start(PostgresOptions.in(temporary).withPort(port)))
                    .isInstanceOf(EmbeddedServerException.class)
                    .hasMessage(
                            "Port %d of 127.0.0.1 is taken by another program: stop that one, or choose another port for PostgreSQL.",
                            port);
        }
        LocalPostgres.start(temporary).close();
    }

    @Test
    void refusesDataOfAnotherMajorVersion() throws Exception {
        LocalPostgres.start(temporary).close();
        Path version = temporary.resolve("postgres/PG_VERSION");
        Files.writeString(version, "17\n");

        assertThatThrownBy(() -> LocalPostgres.start(temporary))
                .isInstanceOf(EmbeddedServerException.class)
                .hasMessage(
                        "The data in %s was written by PostgreSQL 17, but this build brings PostgreSQL 18: move that directory away to start with an empty database, or run PostgreSQL 17 yourself and give its address with --database-url.",
                        temporary.resolve("postgres"));

        Files.writeString(version, "18\n");
        LocalPostgres.start(temporary).close();
    }

    @Test
    void saysWhyTheServerGaveUp() throws Exception {
        LocalPostgres.start(temporary).close();
        Files.writeString(
                temporary.resolve("postgres/postgresql.conf"), "no_such_setting = 1\n", StandardOpenOption.APPEND);

        assertThatThrownBy(() -> LocalPostgres.start(temporary))
                .isInstanceOf(EmbeddedServerException.class)
                .hasMessage(
                        "PostgreSQL could not be started in %s: FATAL:  configuration file \"%s\" contains errors.",
                        temporary, temporary.resolve("postgres/postgresql.conf"));
    }

    @Test
    void startsOverAnUnfinishedCreation() throws Exception {
        Files.createDirectories(temporary.resolve("postgres.new/base"));
        Files.writeString(temporary.resolve("postgres.new/PG_VERSION"), "18\n");

        try (LocalPostgres postgres = LocalPostgres.start(temporary)) {
            assertThat(postgres.running()).isTrue();
        }
    }

    @Test
    void startsBesideTheNoteOfAServerThatIsGone() throws Exception {
        LocalPostgres.start(temporary).close();
        Process ended = new ProcessBuilder("true").start();
        assertThat(ended.waitFor(30, TimeUnit.SECONDS)).isTrue();
        writeNote(ended.pid());

        LocalPostgres.start(temporary).close();
    }

    @Test
    void startsThoughTheProcessIdOfAGoneServerIsUsedAgain() throws Exception {
        LocalPostgres.start(temporary).close();
        writeNote(ProcessHandle.current().pid());

        try (LocalPostgres postgres = LocalPostgres.start(temporary)) {
            assertThat(postgres.running()).isTrue();
        }
    }

    private void writeNote(long pid) throws Exception {
        Files.writeString(
                temporary.resolve("postgres/postmaster.pid"),
                String.join(
                        "\n",
                        List.of(
                                Long.toString(pid),
                                temporary.resolve("postgres").toString(),
                                "1",
                                "5432",
                                "")));
    }

    @Test
    void recoversWhatWasCommittedBeforeItsServerWasKilled() throws Exception {
        LocalPostgres first = LocalPostgres.start(temporary);
        Sql.execute(first.databaseUrl(), "CREATE TABLE t AS SELECT 7 AS n");
        ProcessHandle server = server();
        server.destroyForcibly();
        server.onExit().get(30, TimeUnit.SECONDS);
        assertThat(first.running()).isFalse();
        first.close();

        try (LocalPostgres second = LocalPostgres.start(temporary)) {
            assertThat(Sql.query(second.databaseUrl(), "SELECT n FROM t")).isEqualTo("7");
        }
    }

    @Test
    void stopsEvenWhileInterruptedAndOnlyOnce() throws Exception {
        LocalPostgres postgres = LocalPostgres.start(temporary);
        ProcessHandle server = server();
        Thread.currentThread().interrupt();

        postgres.close();
        postgres.close();

        assertThat(Thread.interrupted()).isTrue();
        server.onExit().get(30, TimeUnit.SECONDS);
        assertThat(postgres.running()).isFalse();
    }

    @Test
    void stopsInSpiteOfOpenConnections() throws Exception {
        LocalPostgres postgres = LocalPostgres.start(temporary);
        String jdbc = "jdbc:postgresql://127.0.0.1:%d/vap".formatted(postgres.port());
        try (Connection connection = DriverManager.getConnection(jdbc, "postgres", "")) {
            postgres.close();

            assertThat(connection.isValid(10)).isFalse();
        }
    }

    private ProcessHandle server() throws Exception {
        String pid =
                Files.readAllLines(temporary.resolve("postgres/postmaster.pid")).get(0);
        return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    }
}
