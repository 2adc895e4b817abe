package dev.vap.runner.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.time.FakeTimers;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LeaseTest {

    private static final Duration INTERVAL = Duration.ofMillis(500);

    private final FakeTimers timers = new FakeTimers();
    private final FakeStore store = new FakeStore();
    private final Seen seen = new Seen();
    private final Lease lease = new Lease(store, timers, INTERVAL, seen);

    @Test
    void renewsAtEveryInterval() {
        assertThat(take().succeeded()).isTrue();
        timers.advance(Duration.ofSeconds(5));
        assertThat(store.renewals).isEqualTo(11);
        assertThat(seen.renewed).isEqualTo(11);
    }

    @Test
    void waitsForADatabaseThatIsNotThereYet() {
        store.answer = away();
        Future<Void> taken = take();
        timers.advance(Duration.ofSeconds(20));
        assertThat(taken.isComplete()).isFalse();
        store.answer = Future.succeededFuture(true);
        timers.advance(Duration.ofSeconds(1));
        assertThat(taken.succeeded()).isTrue();
        assertThat(store.preparations).isZero();
    }

    @Test
    void givesUpOnADatabaseThatStaysAway() {
        store.answer = away();
        Future<Void> taken = take();
        timers.advance(Duration.ofSeconds(31));
        assertThat(taken.cause()).hasMessageContaining("check DATABASE_URL");
    }

    @Test
    void preparesADatabaseWithoutTables() {
        store.answer = Future.failedFuture(new IllegalStateException("relation \"runners\" does not exist"));
        Future<Void> taken = take();
        assertThat(store.preparations).isEqualTo(1);
        store.answer = Future.succeededFuture(true);
        timers.advance(Duration.ofSeconds(1));
        assertThat(taken.succeeded()).isTrue();
    }

    @Test
    void refusesToStartUnderTheIdOfAnother() {
        store.answer = Future.succeededFuture(false);
        Future<Void> taken = take();
        timers.advance(Duration.ofSeconds(2));
        assertThat(taken.isComplete()).isFalse();
        timers.advance(Duration.ofSeconds(2));
        assertThat(taken.cause()).hasMessageContaining("Another process is running under this RUNNER_ID");
    }

    @Test
    void inheritsTheIdOfAProcessThatDied() {
        store.answer = Future.succeededFuture(false);
        Future<Void> taken = take();
        timers.advance(Duration.ofSeconds(2));
        store.answer = Future.succeededFuture(true);
        timers.advance(Duration.ofSeconds(1));
        assertThat(taken.succeeded()).isTrue();
    }

    @Test
    void tellsWhenAnotherTookOver() {
        take();
        store.answer = Future.succeededFuture(false);
        timers.advance(INTERVAL);
        assertThat(seen.taken).isEqualTo(1);
        assertThat(lease.release().succeeded()).isTrue();
        assertThat(store.releases).isZero();
    }

    @Test
    void goesOnWhileTheDatabaseIsAway() {
        take();
        store.answer = away();
        timers.advance(Duration.ofSeconds(3));
        assertThat(seen.renewed).isEqualTo(1);
        assertThat(seen.taken).isZero();
        store.answer = Future.succeededFuture(true);
        timers.advance(INTERVAL);
        assertThat(seen.renewed).isEqualTo(2);
    }

    @Test
    void givesTheLeaseBackOnce() {
        take();
        lease.release();
        lease.release();
        timers.advance(Duration.ofSeconds(3));
        assertThat(store.releases).isEqualTo(1);
        assertThat(store.renewals).isEqualTo(1);
    }

    @Test
    void givesTheLeaseBackOnlyAfterARenewalThatIsUnderWay() {
        take();
        Promise<Boolean> renewal = Promise.promise();
        store.answer = renewal.future();
        timers.advance(INTERVAL);
        Future<Void> released = lease.release();
        assertThat(store.releases).isZero();
        renewal.complete(true);
        assertThat(store.releases).isEqualTo(1);
        assertThat(released.succeeded()).isTrue();
    }

    private Future<Void> take() {
        return lease.take(Duration.ofSeconds(30), Duration.ofSeconds(3));
    }

    private static Future<Boolean> away() {
        return Future.failedFuture(new VapException(ErrorCode.STORE_UNAVAILABLE, "away"));
    }

    private static final class FakeStore implements Lease.Store {
        Future<Boolean> answer = Future.succeededFuture(true);
        int renewals;
        int preparations;
        int releases;

        @Override
        public Future<Boolean> renew(boolean draining) {
            renewals++;
            return answer;
        }

        @Override
        public Future<Void> prepare() {
            preparations++;
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> release() {
            releases++;
            return Future.succeededFuture();
        }
    }

    private static final class Seen implements Lease.Listener {
        int renewed;
        int taken;

        @Override
        public void renewed(long askedAt) {
            renewed++;
        }

        @Override
        public void taken() {
            taken++;
        }

        @Override
        public boolean isDraining() {
            return false;
        }
    }
}
