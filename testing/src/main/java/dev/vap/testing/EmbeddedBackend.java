package dev.vap.testing;

import dev.vap.embedded.EmbeddedOptions;
import dev.vap.embedded.EmbeddedServers;
import dev.vap.embedded.LocalPostgres;
import dev.vap.embedded.PostgresOptions;
import java.nio.file.Path;
import java.util.Optional;

/** Servers on a temporary directory, which goes with them. */
final class EmbeddedBackend implements Backend {
    private final Path directory;
    private final EmbeddedServers servers;

    private EmbeddedBackend(Path directory, EmbeddedServers servers) {
        this.directory = directory;
        this.servers = servers;
    }

    static EmbeddedBackend start() throws InterruptedException {
        TemporaryData.sweep();
        Path directory = TemporaryData.create();
        boolean started = false;
        try {
            EmbeddedOptions options = EmbeddedOptions.in(directory)
                    .withPostgres(PostgresOptions.in(directory).withSettings(TemporaryData.NOT_DURABLE));
            EmbeddedBackend backend = new EmbeddedBackend(directory, EmbeddedServers.start(options));
            started = true;
            return backend;
        } finally {
            if (!started) {
                TemporaryData.discard(directory);
            }
        }
    }

    @Override
    public String description() {
        return "embedded PostgreSQL and Kafka";
    }

    @Override
    public Databases databases() {
        return new Databases(
                "127.0.0.1", servers.postgres().orElseThrow().port(), LocalPostgres.USER, Optional.empty());
    }

    @Override
    public String kafkaBootstrap() {
        return servers.kafkaBootstrap();
    }

    @Override
    public void close() {
        servers.close();
        TemporaryData.discard(directory);
    }
}
