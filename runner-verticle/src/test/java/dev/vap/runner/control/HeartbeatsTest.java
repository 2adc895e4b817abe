package dev.vap.runner.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.time.FakeTimers;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.Heartbeat;
import dev.vap.shared.protocol.HeartbeatReply;
import dev.vap.shared.storage.Ids;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HeartbeatsTest {

    private static final Duration INTERVAL = Duration.ofMillis(500);
    private static final Duration TOGETHER = Duration.ofMillis(20);
    private static final UUID INSTANCE = Ids.next();

    private final FakeTimers timers = new FakeTimers();
    private final List<HeartbeatReply> answers = new ArrayList<>();
    private final ArrayDeque<Promise<HeartbeatReply>> open = new ArrayDeque<>();
    private boolean answersAtOnce = true;
    private int sent;
    private int intervals;
    private final Heartbeats heartbeats =
            new Heartbeats(this::send, timers, INTERVAL, HeartbeatsTest::heartbeat, new Heartbeats.Listener() {
                @Override
                public void answered(HeartbeatReply reply, long askedAt) {
                    answers.add(reply);
                }

                @Override
                public void interval() {
                    intervals++;
                }
            });

    @Test
    void sendsOneAtEveryIntervalWhetherAnyoneAnswersOrNot() {
        answersAtOnce = false;
        heartbeats.start();
        timers.advance(INTERVAL.multipliedBy(3));
        assertThat(sent).isEqualTo(4);
        assertThat(intervals).isEqualTo(3);
    }

    @Test
    void hasABoundedNumberUnderWay() {
        answersAtOnce = false;
        heartbeats.start();
        timers.advance(INTERVAL.multipliedBy(100));
        assertThat(open).hasSize(16);
        open.forEach(promise -> promise.complete(HeartbeatReply.NOTHING));
        timers.advance(INTERVAL);
        assertThat(sent).isEqualTo(17);
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
    void waitsWithChangesForTheAnswerToTheOneBefore() {
        answersAtOnce = false;
        heartbeats.start();
        heartbeats.soon();
        heartbeats.soon();
        timers.advance(Duration.ofMillis(300));
        assertThat(sent).isEqualTo(1);
        open.remove().complete(HeartbeatReply.NOTHING);
        timers.advance(TOGETHER);
        assertThat(sent).isEqualTo(2);
        open.remove().complete(HeartbeatReply.NOTHING);
        timers.advance(TOGETHER);
        assertThat(sent).isEqualTo(2);
    }

    @Test
    void doesNotWaitForAnAnswerThatNeverComes() {
        answersAtOnce = false;
        heartbeats.start();
        heartbeats.soon();
        timers.advance(INTERVAL);
        assertThat(sent).isEqualTo(2);
        heartbeats.soon();
        // The first one is still under way, or lost; the newest is what counts.
        open.removeLast().fail("nobody there");
        timers.advance(TOGETHER);
        assertThat(sent).isEqualTo(3);
    }

    @Test
    void sendsNothingBeforeItIsStartedNorAfterTheLast() {
        heartbeats.soon();
        timers.advance(INTERVAL);
        assertThat(sent).isZero();
        heartbeats.start();
        Future<Void> last = heartbeats.last(() -> false);
        assertThat(last.succeeded()).isTrue();
        heartbeats.soon();
        timers.advance(INTERVAL);
        assertThat(sent).isEqualTo(2);
    }

    @Test
    void sendsAsManyLastOnesAsItTakesOneAfterAnother() {
        answersAtOnce = false;
        heartbeats.start();
        int[] left = {3};
        Future<Void> last = heartbeats.last(() -> --left[0] > 0);
        open.remove();
        for (int i = 0; i < 3; i++) {
            assertThat(open).hasSize(1);
            assertThat(last.isComplete()).isFalse();
            open.remove().complete(HeartbeatReply.NOTHING);
        }
        assertThat(last.succeeded()).isTrue();
        assertThat(open).isEmpty();
    }

    @Test
    void givesUpTellingTheLastWhenNobodyAnswersOrItIsStopped() {
        answersAtOnce = false;
        heartbeats.start();
        open.clear();
        Future<Void> unheard = heartbeats.last(() -> true);
        open.remove().fail("nobody there");
        assertThat(unheard.failed()).isTrue();
        Future<Void> stopped = heartbeats.last(() -> true);
        heartbeats.stop();
        open.remove().complete(HeartbeatReply.NOTHING);
        assertThat(stopped.isComplete()).isTrue();
        assertThat(open).isEmpty();
    }

    @Test
    void tellsAllWhoShowSessionsAndAsksAnOrchestrator() throws Exception {
        Vertx vertx = Vertx.vertx();
        UUID stale = Ids.next();
        HeartbeatReply reply = new HeartbeatReply(List.of(stale), List.of(), Map.of());
        List<Heartbeat> shown = new CopyOnWriteArrayList<>();
        try {
            vertx.eventBus()
                    .<JsonObject>consumer(Addresses.RUNNERS, m -> shown.add(Heartbeat.fromJson(m.body())))
                    .completion()
                    .await(5, TimeUnit.SECONDS);
            vertx.eventBus()
                    .<JsonObject>consumer(Addresses.HEARTBEATS, m -> m.reply(reply.toJson()))
                    .completion()
                    .await(5, TimeUnit.SECONDS);
            Heartbeats.Channel channel = Heartbeats.over(vertx.eventBus(), Duration.ofSeconds(5));
            assertThat(channel.send(heartbeat()).await(5, TimeUnit.SECONDS)).isEqualTo(reply);
            channel.send(heartbeat()).await(5, TimeUnit.SECONDS);
            assertThat(shown).isNotEmpty().allSatisfy(h -> assertThat(h).isEqualTo(heartbeat()));
        } finally {
            vertx.close().await(10, TimeUnit.SECONDS);
        }
    }

    private Future<HeartbeatReply> send(Heartbeat heartbeat) {
        sent++;
        if (answersAtOnce) {
            return Future.succeededFuture(HeartbeatReply.NOTHING);
        }
        Promise<HeartbeatReply> answer = Promise.promise();
        open.add(answer);
        return answer.future();
    }

    private static Heartbeat heartbeat() {
        return new Heartbeat("runner-1", INSTANCE, 1, "box", 4711, 2, false, true, 0, 0, List.of(), List.of());
    }
}
