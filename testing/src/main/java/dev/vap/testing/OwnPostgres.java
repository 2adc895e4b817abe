package dev.vap.testing;

import dev.vap.embedded.LocalPostgres;
import dev.vap.embedded.PostgresOptions;

/** A PostgreSQL of one test's own, from {@link TestServers#ownPostgres()}. */
public final class OwnPostgres implements OwnServer {
    private final HeldData data = HeldData.create();
    private PostgresOptions options = PostgresOptions.in(data.directory()).withSettings(TemporaryData.NOT_DURABLE);
    private LocalPostgres running;

    OwnPostgres() {}

    /** Of the database {@code vap}, the same before and after a restart. */
    public String databaseUrl() {
        return "postgresql://%s@127.0.0.1:%d/%s".formatted(LocalPostgres.USER, options.port(), LocalPostgres.DATABASE);
    }

    @Override
    public synchronized void start() {
        if (running == null) {
            try {
                running = LocalPostgres.start(options);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("Interrupted while PostgreSQL started", e);
            }
            options = options.withPort(running.port());
        }
    }

    @Override
    public synchronized void stop() {
        if (running != null) {
            running.close();
            running = null;
        }
    }

    @Override
    public synchronized void close() {
        stop();
        data.close();
    }
}
