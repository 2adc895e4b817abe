package dev.vap.system;

import dev.vap.testing.OwnKafka;
import dev.vap.testing.OwnPostgres;
import dev.vap.testing.TestServers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;

/** The PostgreSQL and the Kafka below all clusters of this JVM; they can be stopped and come back on the same ports. */
final class Infra {

    private static Infra shared;

    private final OwnPostgres postgres;
    private final OwnKafka kafka;

    private Infra(OwnPostgres postgres, OwnKafka kafka) {
        this.postgres = postgres;
        this.kafka = kafka;
    }

    /** Started by the first one that asks, stopped when the JVM ends. */
    static synchronized Infra get() {
        if (shared == null) {
            CompletableFuture<OwnKafka> kafka = CompletableFuture.supplyAsync(TestServers::ownKafka);
            shared = new Infra(TestServers.ownPostgres(), kafka.join());
        }
        return shared;
    }

    OwnPostgres postgres() {
        return postgres;
    }

    OwnKafka kafka() {
        return kafka;
    }

    int postgresPort() {
        return Integer.parseInt(postgres.databaseUrl().replaceAll(".*:(\\d+)/.*", "$1"));
    }

    int kafkaPort() {
        return Integer.parseInt(kafka.bootstrapServers().replaceAll(".*:", ""));
    }

    /** Both, if a test has left one stopped. */
    void restore() {
        postgres.start();
        kafka.start();
    }

    /** The URL of a new, empty database. */
    String newDatabase(String name) {
        String url = postgres.databaseUrl();
        try (Connection connection = DriverManager.getConnection(jdbc(url));
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new IllegalStateException("Cannot create the database " + name, e);
        }
        return url.substring(0, url.lastIndexOf('/') + 1) + name;
    }

    /** As JDBC wants it: the user is a parameter there. */
    static String jdbc(String url) {
        String user = url.replaceAll("^postgresql://([^@:]+)@.*", "$1");
        return "jdbc:" + url.replaceAll("//[^@]+@", "//") + "?user=" + user + "&socketTimeout=20&connectTimeout=2";
    }
}
