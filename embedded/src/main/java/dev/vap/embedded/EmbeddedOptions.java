package dev.vap.embedded;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Which servers to start, and where.
 *
 * @param dataDir locked for the whole run, even if both servers are given
 * @param databaseUrl of a PostgreSQL that is there already, so that none is started
 * @param kafkaBootstrap of a Kafka that is there already, so that none is started
 * @param postgres used unless {@code databaseUrl} is given
 * @param kafka used unless {@code kafkaBootstrap} is given
 */
public record EmbeddedOptions(
        Path dataDir,
        Optional<String> databaseUrl,
        Optional<String> kafkaBootstrap,
        PostgresOptions postgres,
        KafkaOptions kafka) {
    public EmbeddedOptions {
        dataDir = dataDir.toAbsolutePath().normalize();
        Objects.requireNonNull(databaseUrl, "databaseUrl");
        Objects.requireNonNull(kafkaBootstrap, "kafkaBootstrap");
        Objects.requireNonNull(postgres, "postgres");
        Objects.requireNonNull(kafka, "kafka");
    }

    /** Both servers, below the data directory, on any free ports. */
    public static EmbeddedOptions in(Path dataDir) {
        return new EmbeddedOptions(
                dataDir, Optional.empty(), Optional.empty(), PostgresOptions.in(dataDir), KafkaOptions.in(dataDir));
    }

    public EmbeddedOptions withDatabaseUrl(Optional<String> newUrl) {
        return new EmbeddedOptions(dataDir, newUrl, kafkaBootstrap, postgres, kafka);
    }

    public EmbeddedOptions withKafkaBootstrap(Optional<String> newBootstrap) {
        return new EmbeddedOptions(dataDir, databaseUrl, newBootstrap, postgres, kafka);
    }

    public EmbeddedOptions withPostgres(PostgresOptions newOptions) {
        return new EmbeddedOptions(dataDir, databaseUrl, kafkaBootstrap, newOptions, kafka);
    }

    public EmbeddedOptions withKafka(KafkaOptions newOptions) {
        return new EmbeddedOptions(dataDir, databaseUrl, kafkaBootstrap, postgres, newOptions);
    }
}
