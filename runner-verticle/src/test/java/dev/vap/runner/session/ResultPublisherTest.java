package dev.vap.runner.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.time.FakeTimers;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.shared.storage.Ids;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ResultPublisherTest {

    private static final UUID SCENARIO = Ids.next();

    private final Vertx vertx = Vertx.vertx();
    private final FakeResultLog log = new FakeResultLog();
    private final List<Throwable> failures = new ArrayList<>();
    private int acknowledged;
    private final ResultPublisher publisher = new ResultPublisher(
            vertx.eventBus(), log, new FakeTimers(), SCENARIO, 3, () -> acknowledged++, failures::add);

    @AfterEach
    void close() throws Exception {
        vertx.close().await();
    }

    @Test
    void saysHowFarEverythingIsStoredWithoutGaps() {
        log.hold();
        publish(7, 8, 9);
        log.acknowledge(8);
        assertThat(publisher.lastAcknowledged()).isEqualTo(-1);
        log.acknowledge(7);
        assertThat(publisher.lastAcknowledged()).isEqualTo(8);
        assertThat(publisher.unacknowledged()).isEqualTo(1);
        log.acknowledge(9);
        assertThat(publisher.lastAcknowledged()).isEqualTo(9);
        assertThat(acknowledged).isEqualTo(3);
    }

    @Test
    void isFullAtItsBoundAndTakesNoMore() {
        log.hold();
        publish(1, 2, 3);
        assertThat(publisher.isFull()).isTrue();
        assertThat(publisher.publish(result(4))).isFalse();
        assertThat(log.frames()).containsExactly(1L, 2L, 3L);
        log.acknowledge(1);
        assertThat(publisher.isFull()).isFalse();
    }

    @Test
    void isFullWhileTheLogHasNoRoom() {
        log.setRoom(false);
        assertThat(publisher.isFull()).isTrue();
        log.setRoom(true);
        assertThat(publisher.isFull()).isFalse();
    }

    @Test
    void tellsWhatCanNeverBeStoredAndCountsItAsMissing() {
        log.hold();
        publish(1, 2);
        log.fail(1, new IllegalStateException("too large"));
        assertThat(failures).singleElement().satisfies(e -> assertThat(e).hasMessage("too large"));
        log.acknowledge(2);
        assertThat(publisher.unacknowledged()).isZero();
    }

    private void publish(long... frames) {
        for (long frame : frames) {
            assertThat(publisher.publish(result(frame))).isTrue();
        }
    }

    private static ResultMessage result(long frame) {
        return new ResultMessage(
                Ids.next(), SCENARIO, 1, frame, Instant.EPOCH, 0, frame * 40, 64, 48, "fake", "mock", 1.5, List.of());
    }
}
