package dev.vap.shared.storage;

import static dev.vap.shared.storage.TestDatabase.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.config.Settings;
import dev.vap.testing.Await;
import dev.vap.testing.TestServers;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Over a real PostgreSQL, each contender in a Vert.x of its own, as in a process of its own. */
class AdvisoryLockIT {

    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration KILLED = Duration.ofSeconds(2);

    /** Two seconds of silence, half a second until the next try, and a slow machine. */
    private static final Duration HUNG = Duration.ofSeconds(4);

    private static final String OF_THIS_DATABASE = " FROM pg_locks WHERE locktype = 'advisory' AND granted"
            + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

    private final List<Contender> contenders = new ArrayList<>();
    private Settings settings;

    private final class Contender {
        private final Vertx vertx = Vertx.vertx();
        private final Context context = vertx.getOrCreateContext();
        private final Database database = Database.open(vertx, settings);
        private final AdvisoryLock lock = AdvisoryLock.ofMonitor(vertx, database);
        private final AtomicInteger wakes = new AtomicInteger();

        Contender() {
            contenders.add(this);
            context.runOnContext(v -> lock.start(wakes::incrementAndGet));
        }

        boolean held() {
            return lock.held();
        }

        Future<Void> release() {
            return Future.future(done -> context.runOnContext(v -> lock.close().onComplete(done)));
        }

        /** Until the latch opens nothing happens in this process, as under SIGSTOP; its socket stays open. */
        void hang(CountDownLatch latch) {
            context.runOnContext(v -> {
                try {
                    latch.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }

        void close() throws Exception {
            await(release());
            await(database.close());
            await(vertx.close());
        }
    }

    @BeforeEach
    void createDatabase() {
        settings = Settings.of(Map.of("DATABASE_URL", TestServers.get().newDatabase()));
    }

    @AfterEach
    void closeAll() throws Exception {
        for (Contender contender : contenders) {
            contender.close();
        }
    }

    @Test
    void oneHoldsItAndKeepsIt() throws Exception {
        Contender one = holder();
        Contender two = new Contender();
        pass(two, Duration.ofSeconds(3)); // A silent session would be dead by then.
        assertThat(one.held()).isTrue();
        assertThat(two.held()).isFalse();
        assertThat(one.wakes).hasValue(1);
        assertThat(holders(one)).isEqualTo(1);
    }

    @Test
    void anotherTakesOverWhenTheHolderDies() throws Exception {
        Contender one = holder();
        await(one.database.run("SELECT pg_terminate_backend(pid)" + OF_THIS_DATABASE));
        Contender two = new Contender();
        Await.until("held by one of them again", KILLED, () -> one.held() != two.held() && holders(two) == 1);
    }

    @Test
    void anotherTakesOverWhenTheHolderCloses() throws Exception {
        Contender one = holder();
        Contender two = new Contender();
        await(one.release());
        Await.until("taken over", KILLED, two::held);
        assertThat(one.held()).isFalse();
    }

    @Test
    void anotherTakesOverWhenTheHolderHangsWhichKnowsItWhenItWakesUp() throws Exception {
        Contender one = holder();
        Contender two = new Contender();
        CountDownLatch wakeUp = new CountDownLatch(1);
        one.hang(wakeUp);
        try {
            Await.until("taken over", HUNG, two::held);
            assertThat(one.held()).isFalse();
        } finally {
            wakeUp.countDown();
        }
        pass(two, Duration.ofMillis(1_200));
        assertThat(one.held()).isFalse();
        assertThat(two.held()).isTrue();
        assertThat(holders(two)).isEqualTo(1);
    }

    @Test
    void aShortPauseLosesNothing() throws Exception {
        Contender one = holder();
        CountDownLatch wakeUp = new CountDownLatch(1);
        one.hang(wakeUp);
        Contender two = new Contender();
        pass(two, Duration.ofMillis(900));
        wakeUp.countDown();
        pass(two, Duration.ofMillis(1_200));
        assertThat(one.held()).isTrue();
        assertThat(two.held()).isFalse();
        assertThat(one.wakes).hasValue(1);
    }

    @Test
    void aForeignHolderIsWaitedForAndASilentSessionOfOursIsEnded() throws Exception {
        Contender one = holder();
        await(one.release());
        Await.until("free", LONG, () -> holders(one) == 0);
        PgConnection foreign = await(one.database.dedicatedConnection());
        await(foreign.preparedQuery("SELECT pg_try_advisory_lock($1)").execute(Tuple.of(AdvisoryLock.MONITOR_KEY)));
        Contender two = new Contender();
        pass(two, Duration.ofSeconds(1));
        assertThat(two.held()).isFalse();
        await(foreign.query("SET idle_session_timeout = 500").execute());
        Await.until("taken over", KILLED, two::held);
    }

    private Contender holder() {
        Contender one = new Contender();
        Await.until("held", LONG, one::held);
        return one;
    }

    private static void pass(Contender any, Duration time) throws Exception {
        await(any.vertx.timer(time.toMillis(), TimeUnit.MILLISECONDS));
    }

    private static long holders(Contender asker) throws Exception {
        return await(asker.database.run("SELECT count(*)" + OF_THIS_DATABASE))
                .iterator()
                .next()
                .getLong(0);
    }
}
