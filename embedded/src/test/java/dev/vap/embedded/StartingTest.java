package dev.vap.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class StartingTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final AtomicInteger closed = new AtomicInteger();

    @Test
    void handsOverWhatStarted() throws Exception {
        AutoCloseable server = closed::incrementAndGet;

        assertThat(Starting.begin("Server", () -> server).await(LONG)).isSameAs(server);
        assertThat(closed).hasValue(0);
    }

    @Test
    void repeatsTheWordsOfAFailureItKnows() {
        Starting<AutoCloseable> starting = Starting.begin("Server", () -> {
            throw new EmbeddedServerException("Its own words.");
        });

        assertThatThrownBy(() -> starting.await(LONG))
                .isInstanceOf(EmbeddedServerException.class)
                .hasMessage("Its own words.");
    }

    @Test
    void namesTheServerInAnyOtherFailure() {
        Starting<AutoCloseable> starting = Starting.begin("Server", () -> {
            throw new IllegalStateException("odd");
        });

        assertThatThrownBy(() -> starting.await(LONG))
                .isInstanceOf(EmbeddedServerException.class)
                .hasMessage("Server could not be started: java.lang.IllegalStateException: odd");
    }

    @Test
    void closesAServerThatStartsAfterItWasGivenUp() throws Exception {
        CountDownLatch mayStart = new CountDownLatch(1);
        Starting<AutoCloseable> starting = Starting.begin("Server", () -> {
            mayStart.await();
            return closed::incrementAndGet;
        });
        assertThatThrownBy(() -> starting.await(Duration.ofMillis(10)))
                .isInstanceOf(EmbeddedServerException.class)
                .hasMessage("Server is not ready after 0 s; its log may say why.");

        mayStart.countDown();
        starting.abandon(false);

        assertThat(closed).hasValue(1);
    }

    @Test
    void interruptsAStartInAHurry() {
        CountDownLatch never = new CountDownLatch(1);
        Starting<AutoCloseable> starting = Starting.begin("Server", () -> {
            never.await();
            return closed::incrementAndGet;
        });

        starting.abandon(true);

        assertThatThrownBy(() -> starting.await(LONG)).hasRootCauseInstanceOf(InterruptedException.class);
        assertThat(closed).hasValue(0);
    }
}
