package dev.vap.api.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.storage.Ids;
import dev.vap.shared.storage.Results;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PredictionStreamTest {

    private static final Pattern EVENT = Pattern.compile("event: (\\w+)\n(?:id: (\\d+)\n)?data: (.*)\n\n");

    private final FakeClient client = new FakeClient();
    private final FakeStore store = new FakeStore();
    private final Deque<Runnable> timers = new ArrayDeque<>();
    private final Counter dropped = new SimpleMeterRegistry().counter("dropped");
    private int ends;
    private final PredictionStream stream =
            new PredictionStream(Ids.next(), client, store, (millis, work) -> timers.add(work), dropped, () -> ends++);

    private static final class FakeClient implements PredictionStream.Sink {
        final List<String> events = new ArrayList<>();
        boolean full;
        boolean ended;

        @Override
        public boolean full() {
            return full;
        }

        @Override
        public void write(Buffer bytes) {
            Matcher m = EVENT.matcher(bytes.toString());
            if (m.matches()) {
                events.add(m.group(2) != null ? m.group(2) : m.group(1) + " " + m.group(3));
            } else {
                events.add(bytes.toString().strip());
            }
        }

        @Override
        public void end() {
            ended = true;
        }

        /** Without the preface. */
        List<String> sent() {
            return events.subList(2, events.size());
        }
    }

    private static final class FakeStore implements PredictionStream.Store {
        final List<Results.Stored> rows = new ArrayList<>();
        boolean away;
        int reads;

        void add(long... frames) {
            LongStream.of(frames).forEach(frame -> rows.add(row(frame)));
        }

        @Override
        public Future<List<Results.Stored>> after(long frame, int limit) {
            reads++;
            return away
                    ? Future.failedFuture(new VapException(ErrorCode.STORE_UNAVAILABLE, "away"))
                    : Future.succeededFuture(rows.stream()
                            .filter(r -> r.frameNumber() > frame)
                            .limit(limit)
                            .toList());
        }
    }

    @Test
    void sendsLiveFramesFromNowOnIfNothingElseIsAskedFor() {
        store.add(1, 2, 3);
        stream.onFrame(live(7));
        stream.start(OptionalLong.empty(), new JsonObject().put("status", "active"));
        stream.onFrame(live(8));

        assertThat(client.events).containsExactly("retry: 1000", "status {\"status\":\"active\"}", "7", "8");
        assertThat(store.reads).isZero();
    }

    @Test
    void replaysTheStoreAndGoesLiveWithoutLossOrDuplicates() {
        store.add(0, 1, 2, 3);
        stream.onFrame(live(6));
        startAfter(0);
        // Frames 4 and 5 were published before the stream listened, and are stored only now.
        assertThat(client.sent()).containsExactly("1", "2", "3");
        stream.onFrame(live(7));
        store.add(4, 5, 6);
        tick();
        stream.onFrame(live(8));

        assertThat(client.sent()).containsExactly("1", "2", "3", "4", "5", "6", "7", "8");
        assertThat(timers).isEmpty();
    }

    @Test
    void readsManyPages() {
        long[] frames = LongStream.range(0, 2L * PredictionStream.PAGE + 1).toArray();
        store.add(frames);
        startAfter(-1);

        assertThat(client.sent()).hasSize(frames.length);
        assertThat(store.reads).isEqualTo(3);
    }

    @Test
    void letsGoOfLiveFramesThatTheStoreWillHave() {
        startAfter(-1);
        int many = PredictionStream.KEPT * 2;
        LongStream.range(0, many).forEach(n -> stream.onFrame(live(n)));
        store.add(LongStream.range(0, many - 1).toArray());
        tick();
        tick();
        tick();

        assertThat(client.sent()).hasSize(many).doesNotHaveDuplicates();
        assertThat(dropped.count()).isZero();
    }

    @Test
    void looksIntoTheStoreAgainWhenAQuietScenarioComesAlive() {
        store.add(0);
        startAfter(-1);
        for (int i = 0; i <= PredictionStream.QUIET_READS; i++) {
            tick();
        }
        assertThat(timers).as("waits without polling").isEmpty();

        store.add(1);
        stream.onFrame(live(2));
        assertThat(client.sent()).containsExactly("0", "1");
        store.add(2);
        tick();
        stream.onFrame(live(3));

        assertThat(client.sent()).containsExactly("0", "1", "2", "3");
    }

    @Test
    void goesLiveAndSaysSoIfTheStoreStaysBehind() {
        store.away = true;
        startAfter(3);
        stream.onFrame(live(9));
        for (int i = 0; i < PredictionStream.BEHIND_READS; i++) {
            tick();
        }

        assertThat(client.sent()).hasSize(2);
        assertThat(client.sent().get(0)).startsWith("dropped {\"count\":null,\"reason\":");
        assertThat(client.sent().get(1)).isEqualTo("9");
        assertThat(timers).isEmpty();
    }

    @Test
    void dropsTheOldestForASlowClientAndTellsHowMany() {
        stream.start(OptionalLong.empty(), new JsonObject());
        client.full = true;
        LongStream.range(0, PredictionStream.KEPT + 5).forEach(n -> stream.onFrame(live(n)));
        assertThat(client.sent()).isEmpty();

        client.full = false;
        stream.drained();

        assertThat(client.sent()).hasSize(PredictionStream.KEPT + 1);
        assertThat(client.sent().get(0)).isEqualTo("dropped {\"count\":5}");
        assertThat(client.sent().get(1)).isEqualTo("5");
        assertThat(dropped.count()).isEqualTo(5);
    }

    @Test
    void waitsForASlowClientWhileReplaying() {
        store.add(LongStream.range(0, 2L * PredictionStream.PAGE).toArray());
        client.full = true;
        startAfter(-1);
        assertThat(store.reads).isZero();

        client.full = false;
        stream.drained();

        assertThat(client.sent()).hasSize(2 * PredictionStream.PAGE);
        assertThat(dropped.count()).isZero();
    }

    @Test
    void ignoresResultsOfAnOlderEpochAndRepeatedFrames() {
        stream.start(OptionalLong.empty(), new JsonObject());
        stream.onFrame(new LiveFrame(2, 10, body(10)));
        stream.onFrame(new LiveFrame(1, 11, body(11)));
        stream.onFrame(new LiveFrame(2, 10, body(10)));
        stream.onFrame(new LiveFrame(3, 9, body(9)));
        stream.onFrame(new LiveFrame(3, 11, body(11)));

        assertThat(client.sent()).containsExactly("10", "11");
    }

    @Test
    void keepsOnlyTheNewestStatusForASlowClient() {
        stream.start(OptionalLong.empty(), new JsonObject());
        client.full = true;
        stream.onStatus(Sse.event("status", new JsonObject().put("n", 1)), false);
        stream.onStatus(Sse.event("status", new JsonObject().put("n", 2)), false);
        client.full = false;
        stream.drained();

        assertThat(client.sent()).containsExactly("status {\"n\":2}");
    }

    @Test
    void endsWithItsScenario() {
        stream.start(OptionalLong.empty(), new JsonObject());
        stream.onStatus(Sse.event("status", new JsonObject().put("status", "deleted")), true);
        stream.onFrame(live(1));
        stream.end();

        assertThat(client.sent()).containsExactly("status {\"status\":\"deleted\"}");
        assertThat(client.ended).isTrue();
        assertThat(ends).isEqualTo(1);
    }

    @Test
    void beatsAndGivesAClientUpThatTakesNothing() {
        stream.start(OptionalLong.empty(), new JsonObject());
        stream.beat();
        assertThat(client.sent()).containsExactly(": alive");
        client.full = true;
        for (int i = 0; i < PredictionStream.STALLED_BEATS; i++) {
            assertThat(client.ended).isFalse();
            stream.beat();
        }

        assertThat(client.ended).isTrue();
    }

    @Test
    void aReadThatReturnsAfterTheEndIsHarmless() {
        startAfter(-1);
        stream.end();
        tick();

        assertThat(client.sent()).isEmpty();
    }

    private void startAfter(long frame) {
        stream.start(OptionalLong.of(frame), new JsonObject());
    }

    private void tick() {
        Runnable next = timers.poll();
        if (next != null) {
            next.run();
        }
    }

    private static LiveFrame live(long frame) {
        return new LiveFrame(1, frame, body(frame));
    }

    private static JsonObject body(long frame) {
        return new JsonObject().put("frame_number", frame);
    }

    private static Results.Stored row(long frame) {
        return new Results.Stored(
                frame, 1, Instant.EPOCH, 0, 0, 640, 480, "mock", "mock", 1, "[]", Instant.EPOCH, false);
    }
}
