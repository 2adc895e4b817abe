package dev.vap.runner.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.time.FakeTimers;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.Heartbeat;
import dev.vap.shared.protocol.HeartbeatReply;
import dev.vap.shared.storage.Ids;
import dev.vap.testing.Await;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeartbeatsTest {

    private static final Duration INTERVAL = Duration.ofMillis(500);
    private static final Duration SOON = Duration.ofSeconds(10);

    private final Vertx vertx = Vertx.vertx();
    private final FakeTimers timers = new FakeTimers();
    private final List<HeartbeatReply> answers = new CopyOnWriteArrayList<>();
    private int sent;
    private int intervals;
    private final Heartbeats heartbeats = new Heartbeats(
            vertx.eventBus(), timers, INTERVAL, Duration.ofSeconds(2), this::heartbeat, new Heartbeats.Listener() {
                @Override
                public void answered(HeartbeatReply reply, long askedAt) {
                    answers.add(reply);
                }

                @Override
                public void interval() {
                    intervals++;
                }
            });

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void sendsOneAtEveryIntervalWhetherAnyoneAnswersOrNot() {
        heartbeats.start();
        timers.advance(INTERVAL.multipliedBy(3));
        assertThat(sent).isEqualTo(4);
        assertThat(intervals).isEqualTo(3);
    }

    @Test
    void sendsOneAtOnceAfterAChange() {
        heartbeats.start();
        timers.advance(Duration.ofMillis(100));
        heartbeats.soon();
        timers.advance(Duration.ofMillis(1));
        assertThat(sent).isEqualTo(2);
    }

    @Test
    void letsChangesCloseToEachOtherShareOne() {
        heartbeats.start();
        for (int i = 0; i < 100; i++) {
            heartbeats.soon();
            timers.advance(Duration.ofMillis(1));
        }
        assertThat(sent).isBetween(5, 6);
    }

    @Test
    void sendsNothingBeforeItIsStartedNorAfterTheLast() {
        heartbeats.soon();
        timers.advance(INTERVAL);
        assertThat(sent).isZero();
        heartbeats.start();
        heartbeats.last();
        heartbeats.soon();
        timers.advance(INTERVAL);
        assertThat(sent).isEqualTo(2);
    }

    @Test
    void handsTheAnswerOn() throws Exception {
        UUID stale = Ids.next();
        vertx.eventBus()
                .<JsonObject>consumer(
                        Addresses.HEARTBEATS, m -> m.reply(new HeartbeatReply(List.of(stale), List.of()).toJson()))
                .completion()
                .await(5, TimeUnit.SECONDS);
        heartbeats.start();
        Await.until("the answer", SOON, () -> answers.size() == 1);
        assertThat(answers.get(0).stop()).containsExactly(stale);
        heartbeats.last().await(5, TimeUnit.SECONDS);
        assertThat(answers).hasSize(2);
    }

    private Heartbeat heartbeat() {
        sent++;
        return new Heartbeat("runner-1", "box", 1, 2, false, List.of());
    }
}
