package dev.vap.runner.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.Deployments;
import dev.vap.runner.source.SourceOpener;
import dev.vap.shared.domain.MotionOptions;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.testing.Await;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** Options that change while a session runs; frames are 40 ms apart. */
class ChangedSessionTest extends OnHarness {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final long FOREVER = Long.MAX_VALUE / 100;
    private static final ScenarioOptions PLAIN = ScenarioOptions.DEFAULTS;

    private final AtomicInteger opened = new AtomicInteger();

    @Test
    void takesAnotherRateWithoutOpeningTheSourceAgain() throws Exception {
        Session session = harness.start(Deployments.of("rtsp://camera/1").command(), camera());
        Await.until("every frame", SOON, () -> stepsOf(1, 5));
        change(session, PLAIN.withFps(5.0));
        Await.until("five a second", SOON, () -> stepsOf(5, 5));
        change(session, PLAIN.withFps(12.5));
        Await.until("twelve and a half", SOON, () -> stepsOf(2, 5));
        change(session, PLAIN);
        Await.until("every frame again", SOON, () -> stepsOf(1, 5));
        end(session);
        assertThat(opened).hasValue(1);
        assertThat(harness.log.frames()).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void takesNoFrameTooManyOrTooFewOfAFileAtAnotherRate() throws Exception {
        harness.log.hold();
        Session session = harness.start(Deployments.of("clip.mp4").command(), file(500));
        // Reading waits for the log: the change comes between two frames, wherever that is.
        Await.until("the log is full", SOON, () -> harness.log.frames().size() >= 20);
        change(session, PLAIN.withFps(5.0));
        harness.log.flow();
        assertThat(harness.outcome(session)).isEqualTo(SessionOutcome.finished());
        List<Long> frames = harness.log.frames();
        assertThat(frames).isSorted().doesNotHaveDuplicates().contains(495L);
        int all = 0;
        while (frames.get(all + 1) - frames.get(all) == 1) {
            all++;
        }
        // From there on those that a file analysed at five a second from its start has.
        assertThat(frames.subList(all + 1, frames.size()))
                .allSatisfy(n -> assertThat(n % 5).isZero());
        long first = frames.get(all + 1);
        assertThat(frames).hasSize(all + 1 + (int) ((500 - first + 4) / 5));
    }

    @Test
    void asksWithTheThresholdsAndClassesOfNow() throws Exception {
        List<InferenceRequest> asked = new CopyOnWriteArrayList<>();
        harness.inference.script(r -> {
            asked.add(r);
            return FakeInference.Answer.OK;
        });
        Session session = harness.start(Deployments.of("rtsp://camera/1").command(), camera());
        Await.until("requests", SOON, () -> asked.size() > 3);
        assertThat(asked.get(0).minConfidence()).isNaN();
        change(
                session,
                ScenarioOptions.builder()
                        .confidence(0.7)
                        .nmsIou(0.3)
                        .classes(List.of("person"))
                        .build());
        Await.until("others", SOON, () -> asked.get(asked.size() - 1).minConfidence() == 0.7f);
        InferenceRequest last = asked.get(asked.size() - 1);
        assertThat(last.nmsIou()).isEqualTo(0.3f);
        assertThat(last.classes()).containsExactly("person");
        end(session);
        assertThat(opened).hasValue(1);
    }

    @Test
    void switchesTheGateOnAndOff() throws Exception {
        Session session = harness.start(Deployments.of("rtsp://camera/1").command(), camera());
        Await.until("results", SOON, () -> harness.log.frames().size() > 5);
        MotionOptions gate = new MotionOptions(true, 20, 0.001, 0, 3600, 0, List.of());
        change(session, ScenarioOptions.builder().motion(gate).build());
        Await.until("nothing moves", SOON, () -> lastAre(3, true));
        change(session, PLAIN);
        Await.until("every frame is looked at", SOON, () -> lastAre(10, false) && stepsOf(1, 10));
        end(session);
        assertThat(opened).hasValue(1);
        assertThat(harness.log.frames()).isSorted().doesNotHaveDuplicates();
        Await.until("all buffers are back", SOON, () -> session.buffersInUse() == 0);
    }

    @Test
    void readsAFileAtItsOwnSpeedOrAsFastAsItCan() throws Exception {
        ScenarioOptions realtime =
                ScenarioOptions.builder().realtime(true).fps(0.5).build();
        Session session =
                harness.start(Deployments.of("clip.mp4").withOptions(realtime).command(), file(1_000));
        Await.until("the first frame", SOON, () -> !harness.log.frames().isEmpty());
        // The next one is due two seconds later, the last one after forty.
        change(session, PLAIN);
        assertThat(harness.outcome(session)).isEqualTo(SessionOutcome.finished());
        assertThat(harness.log.frames()).isSorted().doesNotHaveDuplicates().endsWith(998L, 999L);
    }

    @Test
    void hasTheNewestOptionsOnceItsSourceIsOpenAndAgainAfterAReconnect() throws Exception {
        CountDownLatch mayOpen = new CountDownLatch(1);
        Session session = harness.start(Deployments.of("rtsp://camera/1").command(), (spec, c) -> {
            try {
                mayOpen.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            opened.incrementAndGet();
            return new FakeSource(spec, c, spec.startFrame() + 100, 1_000_000);
        });
        change(session, PLAIN.withFps(5.0));
        mayOpen.countDown();
        Await.until("it was opened three times", SOON, () -> opened.get() >= 3 && stepsOf(5, 3));
        end(session);
        assertThat(harness.log.frames().get(1) - harness.log.frames().get(0)).isEqualTo(5);
    }

    private void change(Session session, ScenarioOptions options) throws Exception {
        harness.onContext(() -> {
            session.change(options);
            return null;
        });
    }

    private void end(Session session) throws Exception {
        harness.stop(session);
        harness.outcome(session);
    }

    /** Whether the newest results are so many frames apart. */
    private boolean stepsOf(long step, int count) {
        List<Long> frames = harness.log.frames();
        int last = frames.size() - 1;
        BooleanSupplier even = () -> {
            for (int i = last; i > last - count; i--) {
                if (frames.get(i) - frames.get(i - 1) != step) {
                    return false;
                }
            }
            return true;
        };
        return last >= count && even.getAsBoolean();
    }

    private boolean lastAre(int count, boolean gated) {
        List<ResultMessage> results = harness.log.results();
        return results.size() > count
                && results.subList(results.size() - count, results.size()).stream()
                        .allMatch(r -> r.gated() == gated);
    }

    private SourceOpener camera() {
        return (spec, c) -> {
            opened.incrementAndGet();
            return new FakeSource(spec, c, FOREVER, 4_000_000);
        };
    }

    private SourceOpener file(long frames) {
        return (spec, c) -> {
            opened.incrementAndGet();
            return new FakeSource(spec, c, frames, 0);
        };
    }
}
