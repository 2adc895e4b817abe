package dev.vap.inference.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.inference.fixture.FakeModel;
import dev.vap.inference.fixture.Requests;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.FrameBufferPool;
import dev.vap.shared.protocol.InferenceReply;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.testing.Await;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who is served when, who is served together, and what becomes of runs that do not come back. */
class SchedulingTest {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Duration NEVER = Duration.ofHours(1);
    private static final long BAD_JPEG = 666;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final AtomicLong clock = new AtomicLong();
    private final AtomicInteger hopeless = new AtomicInteger();
    private final List<FakeModel> models = new ArrayList<>();
    private final FrameBufferPool decodedPictures = new FrameBufferPool(4, 10);
    private InferencePool pool;

    @AfterEach
    void close() throws InterruptedException {
        models.forEach(model -> model.letPass(10_000));
        assertThat(pool.close(SOON)).isTrue();
    }

    @Test
    void noStreamStarvesAnother() {
        threads(1);
        FakeModel model = model("m").gated();
        ModelQueue queue = pool.add(model, Replies.atOnce(100));
        enqueue(queue, "first", 0);
        awaitRunning(model, 1);
        IntStream.range(1, 5).forEach(frame -> enqueue(queue, "greedy", frame));
        enqueue(queue, "modest", 10);
        enqueue(queue, "modest", 11);

        model.letPass(100);

        awaitSeen(model, 7);
        assertThat(model.seen).containsExactly(0L, 1L, 10L, 2L, 11L, 3L, 4L);
    }

    @Test
    void aFullQueueMakesRoomForWhoHasNothingInIt() {
        threads(1);
        FakeModel model = model("m").gated();
        ModelQueue queue = pool.add(model, Replies.atOnce(3));
        enqueue(queue, "greedy", 0);
        awaitRunning(model, 1);
        enqueue(queue, "greedy", 1);
        enqueue(queue, "greedy", 2);
        CompletableFuture<InferenceReply> newest = submit(queue, "greedy", 3);

        enqueue(queue, "modest", 10);

        Replies.assertFailed(newest, ErrorCode.INFERENCE_BUSY, null);
        Replies.assertFailed(submit(queue, "greedy", 4), ErrorCode.INFERENCE_BUSY, null);
        model.letPass(100);
        awaitSeen(model, 4);
        assertThat(model.seen).containsExactly(0L, 1L, 10L, 2L);
    }

    @Test
    void aSlowModelTakesNoMoreTimeThanItsShare() throws Exception {
        threads(1);
        FakeModel slow = model("slow");
        FakeModel quick = model("quick");
        slow.behaviour = request -> clock.addAndGet(9_000_000);
        quick.behaviour = request -> clock.addAndGet(1_000_000);
        FakeModel gate = model("gate").gated();
        ModelQueue slowQueue = pool.add(slow, Replies.atOnce(100));
        ModelQueue quickQueue = pool.add(quick, Replies.atOnce(100));
        enqueue(pool.add(gate, Replies.atOnce(1)), "gate", 0);
        awaitRunning(gate, 1);
        List<CompletableFuture<InferenceReply>> replies = new ArrayList<>();
        IntStream.range(0, 90).forEach(frame -> {
            replies.add(submit(slowQueue, "a", frame));
            replies.add(submit(quickQueue, "b", frame));
        });
        AtomicInteger slowWhenQuickWasDone = new AtomicInteger();
        quick.behaviour = request -> {
            clock.addAndGet(1_000_000);
            slowWhenQuickWasDone.set(slow.seen.size());
        };

        gate.letPass(1);
        for (CompletableFuture<InferenceReply> reply : replies) {
            reply.get(10, TimeUnit.SECONDS);
        }

        assertThat(slowWhenQuickWasDone).as("of 90, while 90 quick ones ran").hasValueBetween(8, 14);
    }

    @Test
    void takesTogetherWhatWaits() throws Exception {
        threads(1);
        FakeModel model = model("m").batching(4, Duration.ZERO).gated();
        ModelQueue queue = pool.add(model, Replies.atOnce(100));
        enqueue(queue, "a", 0);
        awaitRunning(model, 1);
        List<CompletableFuture<InferenceReply>> replies = IntStream.range(1, 7)
                .mapToObj(frame -> submit(queue, "s" + frame % 3, frame))
                .toList();

        model.letPass(100);

        for (int i = 0; i < replies.size(); i++) {
            assertThat(replies.get(i).get(10, TimeUnit.SECONDS).detections())
                    .extracting(d -> (long) d.confidence())
                    .containsExactly(i + 1L);
        }
        assertThat(model.batches).containsExactly(1, 4, 2);
        assertThat(registry.get("vap.inference.batch").summary().max()).isEqualTo(4);
    }

    @Test
    void waitsForOthersNoLongerThanItMay() throws Exception {
        threads(2);
        FakeModel model = model("m").batching(3, Duration.ofMillis(40));
        ModelQueue queue = pool.add(model, new Batching(100, Duration.ofMillis(40)));
        CompletableFuture<InferenceReply> first = submit(queue, "a", 0);
        CompletableFuture<InferenceReply> second = submit(queue, "b", 1);
        assertThat(model.batches).isEmpty();

        clock.addAndGet(Duration.ofMillis(40).toNanos());

        assertThat(first.get(10, TimeUnit.SECONDS).queueMicros()).isEqualTo(40_000);
        second.get(10, TimeUnit.SECONDS);
        assertThat(model.batches).containsExactly(2);
    }

    @Test
    void aFullRunDoesNotWait() throws Exception {
        threads(1);
        FakeModel model = model("m").batching(2, NEVER);
        ModelQueue queue = pool.add(model, new Batching(100, NEVER));

        enqueue(queue, "a", 0);
        submit(queue, "b", 1).get(10, TimeUnit.SECONDS);

        assertThat(model.batches).containsExactly(2);
    }

    @Test
    void oneBadFrameDoesNotSpoilItsRun() throws Exception {
        threads(1);
        FakeModel model = model("m").batching(3, NEVER);
        model.behaviour = request -> {
            if (request.frameNumber() == 1) {
                throw new IllegalStateException("poison");
            }
        };
        ModelQueue queue = pool.add(model, new Batching(100, NEVER));

        CompletableFuture<InferenceReply> good = submit(queue, "a", 0);
        CompletableFuture<InferenceReply> bad = submit(queue, "b", 1);
        CompletableFuture<InferenceReply> other = submit(queue, "c", 2);

        assertThat(good.get(10, TimeUnit.SECONDS).detections()).hasSize(1);
        assertThat(other.get(10, TimeUnit.SECONDS).detections()).hasSize(1);
        Replies.assertFailed(bad, ErrorCode.INFERENCE_FAILED, null);
        assertThat(model.batches).containsExactly(3, 1, 1, 1);
    }

    @Test
    void aRunThatHangsLosesItsFrameAndNothingElse() throws Exception {
        threads(1);
        FakeModel model = model("m").gated();
        ModelQueue queue = pool.add(model, Replies.atOnce(100));
        FakeModel other = model("other");
        ModelQueue otherQueue = pool.add(other, Replies.atOnce(100));
        CompletableFuture<InferenceReply> hanging = submit(queue, "a", 0);
        awaitRunning(model, 1);
        CompletableFuture<InferenceReply> waiting = submit(otherQueue, "b", 1);
        clock.addAndGet(LIMIT.toNanos());
        pool.check();
        assertThat(hanging).as("not too late yet").isNotDone();

        clock.incrementAndGet();
        pool.check();
        pool.check();

        Replies.assertFailed(
                hanging, ErrorCode.INFERENCE_FAILED, "The model m did not come back within 20 s: its analysis hangs.");
        assertThat(waiting.get(10, TimeUnit.SECONDS).detections()).hasSize(1);
        assertThat(queue.healthy()).isFalse();
        assertThat(otherQueue.healthy()).isTrue();
        assertThat(registry.get("vap.inference.stuck")
                        .tag("model", "m")
                        .counter()
                        .count())
                .isEqualTo(1);
        assertThat(hopeless).hasValue(0);

        model.letPass(100);
        Await.until("it is well again", SOON, queue::healthy);
        assertThat(submit(queue, "a", 2).get(10, TimeUnit.SECONDS).detections()).hasSize(1);
        assertThat(model.detectors).as("the old one is used again").hasValueLessThanOrEqualTo(2);
    }

    @Test
    void aProcessWhoseThreadsAreAllLostTwiceIsGivenUp() {
        threads(1);
        FakeModel model = model("m").gated();
        ModelQueue queue = pool.add(model, Replies.atOnce(100));
        for (int run = 1; run <= 2; run++) {
            enqueue(queue, "a", run);
            awaitRunning(model, run);
            assertThat(hopeless).hasValue(0);
            clock.addAndGet(LIMIT.toNanos() + 1);
            pool.check();
        }
        pool.check();

        assertThat(hopeless).hasValue(1);
    }

    @Test
    void whatHangsIsNotFreed() throws Exception {
        threads(1);
        FakeModel model = model("m").gated();
        ModelQueue queue = pool.add(model, Replies.atOnce(100));
        enqueue(queue, "a", 0);
        awaitRunning(model, 1);
        clock.addAndGet(LIMIT.toNanos() + 1);
        pool.check();

        assertThat(pool.close(Duration.ofMillis(20))).isFalse();
        assertThat(model.closed).hasValue(0);
        model.letPass(100);
    }

    @Test
    void picturesAreDecodedOnTheThreadsThatAnalyseThem() throws Exception {
        threads(1);
        FakeModel model = model("m").batching(3, NEVER);
        model.behaviour = request -> {
            if (request.encoding() != InferenceRequest.Encoding.RAW
                    || request.pixels().memory().get(0) != 7) {
                throw new IllegalStateException("not decoded");
            }
        };
        ModelQueue queue = pool.add(model, new Batching(100, NEVER));
        CompletableFuture<InferenceReply> good = Replies.submit(queue, jpeg(1));
        CompletableFuture<InferenceReply> bad = Replies.submit(queue, jpeg(BAD_JPEG));
        CompletableFuture<InferenceReply> other = Replies.submit(queue, jpeg(2));

        assertThat(good.get(10, TimeUnit.SECONDS).detections()).hasSize(1);
        assertThat(other.get(10, TimeUnit.SECONDS).detections()).hasSize(1);
        Replies.assertFailed(bad, ErrorCode.INVALID_VALUE, "no JPEG");
        assertThat(model.batches).containsExactly(2);
        Await.until("what was decoded is given back", SOON, () -> decodedPictures.inUse() == 0);
    }

    private InferenceRequest jpeg(long frame) {
        return Requests.picture(2, 2, 1).stream("s" + frame)
                .frame(frame)
                .jpeg()
                .deadlineNanos(Long.MAX_VALUE)
                .build();
    }

    private FrameBuffer decoded(InferenceRequest request) {
        if (request.frameNumber() == BAD_JPEG) {
            throw new VapException(ErrorCode.INVALID_VALUE, "no JPEG");
        }
        FrameBuffer picture = decodedPictures.acquire();
        picture.memory().put(0, (byte) 7);
        return picture;
    }

    private void threads(int count) {
        pool = new InferencePool(
                count, registry, clock::get, new Watch(LIMIT, hopeless::incrementAndGet), this::decoded);
    }

    private FakeModel model(String name) {
        FakeModel model = new FakeModel(name, 9);
        models.add(model);
        return model;
    }

    private static void enqueue(ModelQueue queue, String stream, long frame) {
        CompletableFuture<InferenceReply> unused = submit(queue, stream, frame);
    }

    private static CompletableFuture<InferenceReply> submit(ModelQueue queue, String stream, long frame) {
        InferenceRequest request = Requests.picture(2, 2, 1).stream(stream)
                .frame(frame)
                .deadlineNanos(Long.MAX_VALUE)
                .build();
        return Replies.submit(queue, request);
    }

    private static void awaitRunning(FakeModel model, int runs) {
        Await.until(runs + " runs", SOON, () -> model.running.get() == runs);
    }

    private static void awaitSeen(FakeModel model, int frames) {
        Await.until(frames + " frames seen", SOON, () -> model.seen.size() == frames);
    }
}
