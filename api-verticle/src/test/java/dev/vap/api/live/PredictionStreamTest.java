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

    private static final Pattern EVENT = Pattern.compile("event: (\\w+)\n(?:id: (-?\\d+)\n)?data: (.*)\n\n");

    private final FakeClient client = new FakeClient();
    private final FakeStore store = new FakeStore();
    private final Deque<Runnable> timers = new ArrayDeque<>();
    private final Deque<Long> pauses = new ArrayDeque<>();
    private final Counter dropped = new SimpleMeterRegistry().counter("dropped");
    private int ends;
    private final PredictionStream stream =
            new PredictionStream(Ids.next(), client, store, this::later, dropped, () -> ends++);

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
                String id = m.group(2) == null ? "" : m.group(2);
                events.add(m.group(1).equals("prediction") ? id : (m.group(1) + " " + id).strip() + " " + m.group(3));
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
        long removedUpTo = -1;

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

        @Override
        public Future<Results.Extent> extent() {
            Long first = rows.isEmpty() ? null : rows.get(0).frameNumber();
            long last = rows.isEmpty() ? removedUpTo : rows.get(rows.size() - 1).frameNumber();
            return away
                    ? Future.failedFuture(new VapException(ErrorCode.STORE_UNAVAILABLE, "away"))
                    : Future.succeededFuture(new Results.Extent(first, last));
        }
    }

    @Test
    void sendsLiveFramesFromNowOnIfNothingElseIsAskedFor() {
        store.add(1, 2, 3);
        stream.onFrame(live(7));
        startNow("active");
        stream.onFrame(live(8));

        assertThat(client.events).containsExactly("retry: 1000", "status 3 {\"status\":\"active\"}", "7", "8");
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
        long waited = 0;
        while (!timers.isEmpty()) {
            waited += pauses.removeLast();
            tick();
        }

        assertThat(waited).isBetween(PredictionStream.BEHIND_MILLIS - 2_600, PredictionStream.BEHIND_MILLIS);
        assertThat(store.reads)
                .as("a store that is away is not asked ten times a second")
                .isLessThan(20);
        assertThat(client.sent()).hasSize(2);
        assertThat(client.sent().get(0)).startsWith("dropped {\"count\":null,\"reason\":");
        assertThat(client.sent().get(1)).isEqualTo("9");
        assertThat(timers).isEmpty();
    }

    @Test
    void aFrameThatThereIsNotIsSaidSoAndLiveOnesFollow() {
        store.add(0, 1, 2);
        startAfter(9_999);
        tickUntilSent(1);
        stream.onFrame(live(3));

        assertThat(client.sent())
                .containsExactly(
                        "dropped 2 {\"count\":null,\"reason\":\"there is no frame 9999: what follows is live\"}", "3");
        assertThat(timers).isEmpty();
    }

    @Test
    void liveFramesBelowTheOneThatThereIsNotAreSentToo() {
        startAfter(9_999);
        stream.onFrame(live(3));
        stream.onFrame(live(4));
        tickUntilSent(3);

        assertThat(client.sent().get(0)).startsWith("dropped -1 ");
        assertThat(client.sent().subList(1, 3)).containsExactly("3", "4");
    }

    @Test
    void aFrameThatIsStoredOnlyLaterIsWaitedFor() {
        store.add(0, 1, 2);
        startAfter(4);
        tick();
        store.add(3, 4, 5);
        tick();
        stream.onFrame(live(6));
        store.add(6);
        tick();
        stream.onFrame(live(7));

        assertThat(client.sent()).containsExactly("5", "6", "7");
    }

    @Test
    void aFrameThatOnlyLiveOnesHaveReachedIsThereAllTheSame() {
        store.add(0, 1, 2);
        startAfter(4);
        stream.onFrame(live(5));
        store.add(3, 4, 5);
        tick();

        assertThat(client.sent()).containsExactly("5");
    }

    @Test
    void resultsThatAreTooOldToBeKeptAreNotMissingSilently() {
        store.add(50, 51);
        startAfter(7);

        assertThat(client.sent())
                .containsExactly(
                        "dropped {\"count\":null,\"reason\":\"the oldest result that is kept is of frame 50\"}",
                        "50",
                        "51");
    }

    @Test
    void theyAreNotEitherWhereNoneIsKept() {
        store.removedUpTo = 70;
        startAfter(7);
        assertThat(client.sent()).hasSize(1).allSatisfy(event -> assertThat(event)
                .startsWith("dropped {"));
    }

    @Test
    void aClientThatIsCutOffBeforeItsFirstPredictionKnowsWhereItWas() {
        store.add(0, 1, 2);
        startAfter(1);
        assertThat(client.events.get(1)).isEqualTo("status 1 {}");
    }

    @Test
    void dropsTheOldestForASlowClientAndTellsHowMany() {
        startNow("x");
        client.full = true;
        LongStream.range(0, PredictionStream.KEPT + 5).forEach(n -> stream.onFrame(live(n)));
        assertThat(client.sent()).isEmpty();

        client.full = false;
        stream.drained();

        assertThat(client.sent()).hasSize(PredictionStream.KEPT + 1);
        assertThat(client.sent().get(0)).isEqualTo("dropped {\"count\":5,\"reason\":\"this client reads too slowly\"}");
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
        startNow("x");
        stream.onFrame(new LiveFrame(2, 10, body(10)));
        stream.onFrame(new LiveFrame(1, 11, body(11)));
        stream.onFrame(new LiveFrame(2, 10, body(10)));
        stream.onFrame(new LiveFrame(3, 9, body(9)));
        stream.onFrame(new LiveFrame(3, 11, body(11)));

        assertThat(client.sent()).containsExactly("10", "11");
    }

    @Test
    void keepsOnlyTheNewestStatusForASlowClient() {
        startNow("x");
        client.full = true;
        stream.onStatus(Sse.event("status", new JsonObject().put("n", 1)), false);
        stream.onStatus(Sse.event("status", new JsonObject().put("n", 2)), false);
        client.full = false;
        stream.drained();

        assertThat(client.sent()).containsExactly("status {\"n\":2}");
    }

    @Test
    void endsWithItsScenario() {
        startNow("x");
        stream.onStatus(Sse.event("status", new JsonObject().put("status", "deleted")), true);
        stream.onFrame(live(1));
        stream.end();

        assertThat(client.sent()).containsExactly("status {\"status\":\"deleted\"}");
        assertThat(client.ended).isTrue();
        assertThat(ends).isEqualTo(1);
    }

    @Test
    void beatsAndGivesAClientUpThatTakesNothing() {
        startNow("x");
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
        Results.Extent extent =
                store.away ? new Results.Extent(0L, frame) : store.extent().result();
        stream.start(OptionalLong.of(frame), new JsonObject(), extent);
    }

    private void startNow(String status) {
        stream.start(
                OptionalLong.empty(),
                new JsonObject().put("status", status),
                store.extent().result());
    }

    private void tickUntilSent(int events) {
        for (int i = 0; i < 1_000 && client.sent().size() < events; i++) {
            tick();
        }
    }

    private void later(long millis, Runnable work) {
        pauses.add(millis);
        timers.add(work);
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
