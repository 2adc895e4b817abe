package dev.vap.api.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the hub bounds: scenarios, not those who listen. */
class PredictionHubTest {

    private final Vertx vertx = Vertx.vertx();
    private final PredictionHub hub = new PredictionHub(vertx, new SimpleMeterRegistry(), 3);

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private static final class Client implements PredictionHub.Listener {
        @Override
        public void onFrame(LiveFrame frame) {}

        @Override
        public void onStatus(Buffer sse, boolean deleted) {}

        @Override
        public void onClose() {}
    }

    @Test
    void manyMayListenToFewScenarios() throws Exception {
        for (int i = 0; i < 6_000; i++) {
            hub.add(new UUID(7, i % 3), new Client()).await(10, TimeUnit.SECONDS);
        }
        Client last = new Client();
        assertRefused(hub.add(new UUID(7, 3), last));
        hub.remove(new UUID(7, 3), last);
        assertThat(hub.add(new UUID(7, 2), new Client()).await(10, TimeUnit.SECONDS))
                .isNull();
    }

    @Test
    void aScenarioThatNobodyListensToAnyMoreMakesRoom() throws Exception {
        Client first = new Client();
        hub.add(new UUID(7, 0), first);
        hub.add(new UUID(7, 1), new Client());
        hub.add(new UUID(7, 2), new Client());
        assertRefused(hub.add(new UUID(7, 3), new Client()));
        hub.remove(new UUID(7, 0), first);
        hub.add(new UUID(7, 3), new Client()).await(10, TimeUnit.SECONDS);
    }

    private static void assertRefused(Future<Void> added) {
        assertThat(added.cause()).isInstanceOfSatisfying(VapException.class, e -> assertThat(e.code())
                .isEqualTo(ErrorCode.TOO_MANY_LISTENERS));
    }
}
