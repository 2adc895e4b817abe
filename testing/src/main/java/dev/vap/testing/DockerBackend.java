package dev.vap.testing;

import java.util.Optional;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.lifecycle.Startables;
import org.testcontainers.postgresql.PostgreSQLContainer;

/** Servers in containers, removed when they are closed or, by Testcontainers, when this process ends. */
final class DockerBackend implements Backend {
    private static final String POSTGRES = "postgres:18-alpine";
    private static final String KAFKA = "apache/kafka:4.1.1";

    private final PostgreSQLContainer postgres;
    private final KafkaContainer kafka;

    private DockerBackend(PostgreSQLContainer postgres, KafkaContainer kafka) {
        this.postgres = postgres;
        this.kafka = kafka;
    }

    static DockerBackend start() {
        PostgreSQLContainer postgres = new PostgreSQLContainer(POSTGRES).withDatabaseName("vap");
        postgres.setCommand("postgres", "-c", "fsync=off", "-c", "max_connections=200");
        DockerBackend backend = new DockerBackend(postgres, new KafkaContainer(KAFKA));
        boolean started = false;
        try {
            Startables.deepStart(backend.postgres, backend.kafka).join();
            started = true;
            return backend;
        } finally {
            if (!started) {
                backend.close();
            }
        }
    }

    @Override
    public String description() {
        return "containers " + POSTGRES + " and " + KAFKA;
    }

    @Override
    public Databases databases() {
        return new Databases(
                postgres.getHost(),
                postgres.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT),
                postgres.getUsername(),
                Optional.of(postgres.getPassword()));
    }

    @Override
    public String kafkaBootstrap() {
        return kafka.getBootstrapServers();
    }

    @Override
    public void close() {
        kafka.stop();
        postgres.stop();
    }
}
