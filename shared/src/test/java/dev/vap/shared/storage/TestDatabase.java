package dev.vap.shared.storage;

import dev.vap.shared.config.Settings;
import dev.vap.testing.TestServers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A new database on the PostgreSQL of the tests, with the present schema, and a Vert.x to use it from. Whoever opens it closes it. */
final class TestDatabase implements AutoCloseable {

    final Vertx vertx = Vertx.vertx();
    final DatabaseUrl url;
    final Database database;

    private TestDatabase(String url) {
        this.url = new DatabaseUrl(url);
        this.database = Database.open(vertx, Settings.of(Map.of("DATABASE_URL", url)));
    }

    static TestDatabase open() throws TimeoutException {
        TestDatabase opened = new TestDatabase(TestServers.get().newDatabase());
        await(opened.database.prepare());
        return opened;
    }

    /** Throws what the future failed with. */
    static <T> T await(Future<T> future) throws TimeoutException {
        return future.await(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws TimeoutException {
        await(database.close());
        await(vertx.close());
    }
}
