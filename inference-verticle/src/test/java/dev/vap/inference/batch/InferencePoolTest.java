package dev.vap.inference.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InferencePoolTest {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration NOT_LONG = Duration.ofMillis(50);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final AtomicLong clock = new AtomicLong();
    private final FrameBufferPool buffers = new FrameBufferPool(4, 100);
    private final AtomicInteger hopeless = new AtomicInteger();
    private final InferencePool pool = new InferencePool(
            2, registry, clock::get, new Watch(Duration.ofSeconds(1), hopeless::incrementAndGet), request -> {
                throw new AssertionError("all pictures here are raw");
            });
    private FakeModel opened;

    @AfterEach
    void close() throws InterruptedException {
        if (opened != null) {
            opened.letPass(1000);
        }
        pool.close(SOON);
        Await.until("all buffers back", SOON, () -> buffers.inUse() == 0);
    }

    @Test
    void answersWithWhatTheModelFound() throws Exception {
        ModelQueue queue = pool.add(new FakeModel("a", 9), Replies.atOnce(10));

        InferenceReply reply = submit(queue, 7).get(10, TimeUnit.SECONDS);

        assertThat(reply.detector()).isEqualTo("fake");
        assertThat(reply.detections()).extracting(d -> d.confidence()).containsExactly(7f);
        assertThat(registry.get("vap.inference.run").tag("model", "a").timer().count())
                .isEqualTo(1);
        assertThat(registry.get("vap.inference.queue.wait").timer().count()).isEqualTo(1);
    }

    @Test
    void aFullQueueRefusesAtOnce() {
        ModelQueue queue = pool.add(gated("a", 1), Replies.atOnce(2));
        enqueue(queue, 0);
        awaitRunning(1);
        enqueue(queue, 1);
        enqueue(queue, 2);

        Replies.assertFailed(
                submit(queue, 3),
                ErrorCode.INFERENCE_BUSY,
                "The queue of model a is full (2 frames): try again later.");
        assertThat(count("refused")).isEqualTo(1);
        assertThat(count("requests")).isEqualTo(4);
        assertThat(registry.get("vap.inference.queue.depth").gauge().value()).isEqualTo(2);
        assertThat(buffers.inUse()).isEqualTo(3);
    }

    @Test
    void expiredFramesMakeRoom() throws Exception {
        ModelQueue queue = pool.add(gated("a", 1), Replies.atOnce(2));
        enqueue(queue, 0);
        awaitRunning(1);
        CompletableFuture<InferenceReply> early = submit(queue, 1, 100);
        CompletableFuture<InferenceReply> patient = submit(queue, 2);
        clock.set(100);

        CompletableFuture<InferenceReply> late = submit(queue, 3);

        Replies.assertFailed(
                early,
                ErrorCode.INFERENCE_EXPIRED,
                "The frame waited past its deadline for model a: more frames come than can be analysed.");
        opened.letPass(10);
        assertThat(patient.get(10, TimeUnit.SECONDS).detections()).hasSize(1);
        assertThat(late.get(10, TimeUnit.SECONDS).detections()).hasSize(1);
        assertThat(count("expired")).isEqualTo(1);
        assertThat(opened.seen).containsExactly(0L, 2L, 3L);
    }

    @Test
    void dropsWhatExpiredInTheQueue() {
        ModelQueue queue = pool.add(gated("a", 1), Replies.atOnce(2));
        enqueue(queue, 0);
        awaitRunning(1);
        CompletableFuture<InferenceReply> waiting = submit(queue, 1, 100);
        clock.set(100);

        opened.letPass(1);

        Replies.assertFailed(waiting, ErrorCode.INFERENCE_EXPIRED, null);
        assertThat(opened.seen).containsExactly(0L);
    }

    @Test
    void doesNotTakeWhatIsExpired() {
        ModelQueue queue = pool.add(new FakeModel("a", 1), Replies.atOnce(2));
        clock.set(100);

        Replies.assertFailed(submit(queue, 0, 100), ErrorCode.INFERENCE_EXPIRED, null);
        assertThat(count("expired")).isEqualTo(1);
    }

    @Test
    void refusesPicturesThatDoNotFit() {
        ModelQueue queue = pool.add(new FakeModel("a", 1), Replies.atOnce(2));

        Replies.assertFailed(
                Replies.submit(queue, Requests.picture(2, 3, 1).build()),
                ErrorCode.INVALID_VALUE,
                "The model a wants pictures of 2x2x1, not 2x3x1.");
        Replies.assertFailed(Replies.submit(queue, Requests.picture(2, 2, 3).build()), ErrorCode.INVALID_VALUE, null);
        Replies.assertFailed(
                Replies.submit(
                        queue,
                        Requests.picture(2, 2, 1)
                                .pixels(FrameBuffer.unpooled(3))
                                .build()),
                ErrorCode.INVALID_VALUE,
                "The picture is shorter than its size says.");
        Replies.assertFailed(
                Replies.submit(queue, Requests.picture(2, 2, 1).source(0, 2, 1).build()),
                ErrorCode.INVALID_VALUE,
                null);
    }

    @Test
    void runsAsManyAtOnceAsThereAreThreads() {
        ModelQueue queue = pool.add(gated("a", 9), Replies.atOnce(10));
        for (int i = 0; i < 5; i++) {
            enqueue(queue, i);
        }

        awaitRunning(2);
        opened.letPass(5);

        Await.until("all are done", SOON, () -> opened.seen.size() == 5);
        assertThat(opened.mostRunning).hasValue(2);
        assertThat(opened.detectors).hasValueLessThanOrEqualTo(2);
    }

    @Test
    void aModelWithAMemorySeesItsFramesInOrder() throws Exception {
        opened = new FakeModel("a", 1);
        ModelQueue queue = pool.add(opened, Replies.atOnce(100));
        List<CompletableFuture<InferenceReply>> replies = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            replies.add(submit(queue, i));
        }
        for (CompletableFuture<InferenceReply> reply : replies) {
            reply.get(10, TimeUnit.SECONDS);
        }

        assertThat(opened.mostRunning).hasValue(1);
        assertThat(opened.detectors).hasValue(1);
        assertThat(new ArrayList<>(opened.seen)).isSorted().hasSize(60);
    }

    @Test
    void noModelWaitsForAnother() throws Exception {
        ModelQueue busy = pool.add(gated("busy", 1), Replies.atOnce(10));
        ModelQueue other = pool.add(new FakeModel("other", 9), Replies.atOnce(10));
        enqueue(busy, 0);
        enqueue(busy, 1);

        assertThat(submit(other, 2).get(10, TimeUnit.SECONDS).detections()).hasSize(1);
    }

    @Test
    void servesAModelNoMoreAndGoesOnWithTheOthers() throws Exception {
        FakeModel gone = gated("gone", 1);
        ModelQueue queue = pool.add(gone, Replies.atOnce(10));
        ModelQueue other = pool.add(new FakeModel("other", 1), Replies.atOnce(10));
        CompletableFuture<InferenceReply> running = submit(queue, 0);
        awaitRunning(1);
        CompletableFuture<InferenceReply> waiting = submit(queue, 1);
        CompletableFuture<Boolean> removed = CompletableFuture.supplyAsync(() -> {
            try {
                return pool.remove(queue, SOON);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        Replies.assertFailed(waiting, ErrorCode.INFERENCE_UNAVAILABLE, null);
        assertThat(gone.closed).as("a run is still in it").hasValue(0);

        gone.letPass(1);

        assertThat(removed.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(running.get(10, TimeUnit.SECONDS).detections()).hasSize(1);
        assertThat(gone.closed).hasValue(1);
        Replies.assertFailed(submit(queue, 2), ErrorCode.INFERENCE_UNAVAILABLE, null);
        assertThat(submit(other, 3).get(10, TimeUnit.SECONDS).detections()).hasSize(1);
    }

    @Test
    void survivesASenderThatCantBeTold() throws Exception {
        ModelQueue queue = pool.add(gated("a", 1), Replies.atOnce(10));
        for (int thread = 0; thread < 2; thread++) {
            enqueue(queue, thread);
            awaitRunning(1);
            for (int i = 0; i < 3; i++) {
                InferenceRequest late = request(100 + i, clock.get() + 10);
                queue.submit(late, new Unreachable());
                late.pixels().release();
            }
            clock.addAndGet(20);
            opened.letPass(1);
            Await.until("all frames are gone", SOON, () -> queue.depth() == 0 && buffers.inUse() == 0);
        }

        opened.letPass(100);

        assertThat(submit(queue, 9).get(10, TimeUnit.SECONDS).detections()).hasSize(1);
        assertThat(count("expired")).isEqualTo(6);
    }

    /** The event bus is closed, or its message can't be answered any more. */
    private static final class Unreachable implements ReplyTo {

        @Override
        public void succeed(InferenceReply reply) {
            throw new IllegalStateException("closed");
        }

        @Override
        public void fail(VapException cause) {
            throw new IllegalStateException("closed");
        }
    }

    @Test
    void survivesAModelThatFails() throws Exception {
        FakeModel model = new FakeModel("a", 1);
        ModelQueue queue = pool.add(model, Replies.atOnce(10));
        model.behaviour = request -> {
            throw new IllegalStateException("inner detail");
        };
        Replies.assertFailed(
                submit(queue, 0),
                ErrorCode.INFERENCE_FAILED,
                "The model a failed on a frame; the service's log says more.");
        model.behaviour = request -> {
            throw new OutOfMemoryError("none left");
        };
        Replies.assertFailed(submit(queue, 1), ErrorCode.INFERENCE_FAILED, null);
        model.behaviour = request -> {
            throw new VapException(ErrorCode.INFERENCE_FAILED, "NaN");
        };
        Replies.assertFailed(submit(queue, 2), ErrorCode.INFERENCE_FAILED, "NaN");
        model.behaviour = request -> {};

        assertThat(submit(queue, 3).get(10, TimeUnit.SECONDS).detections()).hasSize(1);
        assertThat(count("failed")).isEqualTo(3);
    }

    @Test
    void survivesAReplyThatFails() throws Exception {
        ModelQueue queue = pool.add(new FakeModel("a", 1), Replies.atOnce(10));
        InferenceRequest request = request(0, Long.MAX_VALUE);
        queue.submit(request, new ReplyTo() {
            @Override
            public void succeed(InferenceReply reply) {
                throw new IllegalStateException("nobody there");
            }

            @Override
            public void fail(VapException cause) {
                throw new IllegalStateException("nobody there");
            }
        });
        request.pixels().release();

        assertThat(submit(queue, 1).get(10, TimeUnit.SECONDS).detections()).hasSize(1);
    }

    @Test
    void closingFailsWhatWaitsAndFreesTheModel() throws Exception {
        FakeModel model = gated("a", 1);
        ModelQueue queue = pool.add(model, Replies.atOnce(10));
        CompletableFuture<InferenceReply> running = submit(queue, 0);
        awaitRunning(1);
        CompletableFuture<InferenceReply> waiting = submit(queue, 1);

        CompletableFuture<Boolean> closing = CompletableFuture.supplyAsync(this::closeSoon);
        Replies.assertFailed(waiting, ErrorCode.INFERENCE_UNAVAILABLE, null);
        Replies.assertFailed(submit(queue, 2), ErrorCode.INFERENCE_UNAVAILABLE, null);
        assertThat(model.closed).hasValue(0);
        model.letPass(1);

        assertThat(closing.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(running.get(10, TimeUnit.SECONDS).detections()).hasSize(1);
        assertThat(model.closed).hasValue(1);
        assertThat(model.closedDetectors.get()).isEqualTo(model.detectors.get());
        assertThat(pool.close(SOON)).as("again").isTrue();
        assertThat(model.closed).hasValue(1);
        assertThat(registry.getMeters()).isEmpty();
        assertThatThrownBy(() -> pool.add(model, Replies.atOnce(1))).isInstanceOf(VapException.class);
    }

    @Test
    void doesNotFreeAModelThatStillRuns() throws Exception {
        FakeModel model = gated("a", 1);
        ModelQueue queue = pool.add(model, Replies.atOnce(10));
        CompletableFuture<InferenceReply> running = submit(queue, 0);
        awaitRunning(1);

        assertThat(pool.close(NOT_LONG)).isFalse();
        assertThat(model.closed).hasValue(0);

        model.letPass(1);
        assertThat(running.get(10, TimeUnit.SECONDS).detections()).hasSize(1);
    }

    private boolean closeSoon() {
        try {
            return pool.close(SOON);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private FakeModel gated(String name, int parallelism) {
        opened = new FakeModel(name, parallelism).gated();
        return opened;
    }

    private void awaitRunning(int runs) {
        Await.until(runs + " runs", SOON, () -> opened.running.get() == runs);
    }

    private void enqueue(ModelQueue queue, long frame) {
        CompletableFuture<InferenceReply> unused = submit(queue, frame);
    }

    private CompletableFuture<InferenceReply> submit(ModelQueue queue, long frame) {
        return submit(queue, frame, Long.MAX_VALUE);
    }

    private CompletableFuture<InferenceReply> submit(ModelQueue queue, long frame, long deadline) {
        InferenceRequest request = request(frame, deadline);
        CompletableFuture<InferenceReply> reply = Replies.submit(queue, request);
        request.pixels().release();
        return reply;
    }

    private InferenceRequest request(long frame, long deadline) {
        return Requests.picture(2, 2, 1)
                .frame(frame)
                .pixels(buffers.acquire())
                .deadlineNanos(deadline)
                .build();
    }

    private double count(String name) {
        return registry.get("vap.inference." + name).counter().count();
    }
}
