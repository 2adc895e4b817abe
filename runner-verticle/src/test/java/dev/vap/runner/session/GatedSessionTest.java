package dev.vap.runner.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.Deployments;
import dev.vap.runner.source.SourceOpener;
import dev.vap.shared.domain.MotionOptions;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.protocol.SessionReport.State;
import dev.vap.testing.Await;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** A source in which nothing ever moves, 25 frames a second. */
class GatedSessionTest extends OnHarness {

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final MotionOptions GATE = new MotionOptions(true, 20, 0.001, 2, 5, 1, List.of());
    private static final ScenarioOptions GATED =
            ScenarioOptions.builder().motion(GATE).build();

    @Test
    void analysesNoFrameOfAFileInWhichNothingMovesButOneNowAndThen() throws Exception {
        Deployments file = Deployments.of("clip.mp4").withOptions(GATED);
        Session session = harness.start(file.command(), frames(500));
        assertThat(harness.outcome(session)).isEqualTo(SessionOutcome.finished());

        // Two seconds to settle, then one every five.
        assertThat(harness.inference.asked()).hasSize(50 + 3);
        assertThat(harness.log.frames()).isSorted().doesNotHaveDuplicates();
        List<ResultMessage> gated =
                harness.log.results().stream().filter(ResultMessage::gated).toList();
        assertThat(gated).hasSizeBetween(16, 18).allSatisfy(result -> {
            assertThat(result.detections()).isEmpty();
            assertThat(result.detector()).isEqualTo(ResultMessage.NO_DETECTOR);
        });
        for (int i = 1; i < gated.size(); i++) {
            assertThat(gated.get(i).ptsMillis() - gated.get(i - 1).ptsMillis()).isGreaterThanOrEqualTo(1_000);
        }
        SessionReport report = harness.report(session);
        assertThat(report.gated()).isEqualTo(500 - 53);
        assertThat(report.framesDone()).isEqualTo(53 + gated.size());
        assertThat(report.detector()).isEqualTo("mock");
        assertThat(harness.counter("vap_frames", "stage", "gated")).isEqualTo(500 - 53);
        Await.until("all buffers are back", SOON, () -> session.buffersInUse() == 0);
    }

    @Test
    void convertsOnlyFramesThatPass() throws Exception {
        List<FakeSource> sources = new CopyOnWriteArrayList<>();
        SourceOpener opener = (spec, c) -> {
            FakeSource source = new FakeSource(spec, c, 500, 0);
            sources.add(source);
            return source;
        };
        Deployments file = Deployments.of("clip.mp4").withOptions(GATED);
        harness.outcome(harness.start(file.command(), opener));
        assertThat(sources).singleElement().satisfies(source -> assertThat(source.converted)
                .hasValue(harness.inference.asked().size())
                .hasValue(53));
    }

    @Test
    void goesOnInAFileWhereItsPredecessorStopped() throws Exception {
        Deployments file = Deployments.of("clip.mp4").withOptions(GATED).withStartFrame(200);
        harness.outcome(harness.start(file.command(), frames(300)));
        assertThat(harness.log.frames()).isSorted().doesNotHaveDuplicates().startsWith(200L);
        assertThat(harness.inference.asked()).hasSize(50);
    }

    @Test
    void tellsOfAStillCameraOnceASecond() throws Exception {
        Deployments camera = Deployments.of("rtsp://camera/1").withOptions(GATED);
        Session session = harness.start(camera.command(), (spec, c) -> new FakeSource(spec, c, 1_000_000, 1_000_000));
        Await.until(
                "gated results",
                SOON,
                () -> harness.log.results().stream()
                                .filter(ResultMessage::gated)
                                .count()
                        > 5);
        harness.stop(session);
        assertThat(harness.outcome(session).state()).isEqualTo(State.STOPPED);
        assertThat(harness.log.frames()).isSorted().doesNotHaveDuplicates();
        Await.until("all buffers are back", SOON, () -> session.buffersInUse() == 0);
    }

    @Test
    void passesEveryFrameIfTheGateIsOff() throws Exception {
        MotionOptions off = new MotionOptions(false, 20, 0.001, 2, 5, 1, List.of());
        Deployments file = Deployments.of("clip.mp4")
                .withOptions(ScenarioOptions.builder().motion(off).build());
        harness.outcome(harness.start(file.command(), frames(120)));
        assertThat(harness.inference.asked()).hasSize(120);
    }

    private static SourceOpener frames(long count) {
        return (spec, c) -> new FakeSource(spec, c, count, 0);
    }
}
