package dev.vap.runner.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HostLimiterTest {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /** Nano time may be negative and overflow. */
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 30 * SECOND);

    private void advance(long seconds) {
        now.addAndGet(seconds * SECOND);
    }

    @Test
    void allowsSoManyAttemptsInAnyMinute() {
        HostLimiter limiter = new HostLimiter(3, now::get);

        assertThat(limiter.reserve("cam", 80)).isZero();
        advance(20);
        assertThat(limiter.reserve("cam", 80)).isZero();
        assertThat(limiter.reserve("cam", 80)).isZero();
        assertThat(limiter.reserve("cam", 80)).isEqualTo(40 * SECOND);
        advance(39);
        assertThat(limiter.reserve("cam", 80)).isEqualTo(SECOND);
        advance(1);
        assertThat(limiter.reserve("cam", 80)).isZero();
        assertThat(limiter.reserve("cam", 80)).isEqualTo(20 * SECOND);
    }

    @Test
    void countsHostsAndPortsApartButNotTheirSpelling() {
        HostLimiter limiter = new HostLimiter(1, now::get);

        assertThat(limiter.reserve("cam", 80)).isZero();
        assertThat(limiter.reserve("cam", 81)).isZero();
        assertThat(limiter.reserve("other", 80)).isZero();
        assertThat(limiter.reserve("CAM", 80)).isPositive();
    }

    @Test
    void forgetsHostsThatWereNotTriedForAMinute() {
        HostLimiter limiter = new HostLimiter(10, now::get);
        for (int i = 0; i < 1000; i++) {
            limiter.reserve("cam-" + i, 80);
        }
        advance(59);
        limiter.reserve("cam-0", 80);
        assertThat(limiter.hosts()).isEqualTo(1000);

        advance(30);
        limiter.reserve("cam-1", 80);
        assertThat(limiter.hosts()).isEqualTo(2);
    }

    @Test
    void countsEveryAttemptOfManyThreadsOnce() throws Exception {
        HostLimiter limiter = new HostLimiter(50, now::get);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Long>> waits = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                waits.add(threads.submit(() -> limiter.reserve("cam", 554)));
            }
            int allowed = 0;
            for (Future<Long> wait : waits) {
                allowed += wait.get(20, TimeUnit.SECONDS) == 0 ? 1 : 0;
            }
            assertThat(allowed).isEqualTo(50);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void refusesALimitThatAllowsNothing() {
        assertThatThrownBy(() -> new HostLimiter(0, now::get)).hasMessage("perMinute must be at least 1, not 0");
    }
}
