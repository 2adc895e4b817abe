package dev.vap.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.decode.ClipOptions;
import dev.vap.runner.decode.TestClips;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.protocol.Heartbeat;
import dev.vap.shared.protocol.HeartbeatReply;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.protocol.SessionReport.State;
import dev.vap.testing.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files from the command to the topic of results, over real Kafka and PostgreSQL. */
class RunnerFilesIT {

    private static final int FRAMES = 60;

    @TempDir
    private static Path media;

    private static Platform platform;

    @BeforeAll
    static void start() throws Exception {
        TestClips.plain(media.resolve("clip.mp4"), FRAMES);
        platform = Platform.running(media);
        platform.inference.look(RunnerFilesIT::numberInPicture);
    }

    @AfterAll
    static void stop() throws Exception {
        platform.close();
    }

    /** The clip is as large as the model's input, so the picture is the whole buffer. */
    private static String numberInPicture(InferenceRequest request) {
        return String.valueOf(TestClips.numberIn(request.pixels().memory().duplicate(), 64, 48));
    }

    @Test
    void analysesEveryFrameOfAClipOnceAndInOrder() throws Exception {
        Deployments clip = Deployments.of("clip.mp4");
        platform.deploy(clip);
        SessionReport report = platform.awaitState(clip, State.FINISHED);
        assertThat(report.lastFrame()).isEqualTo(FRAMES - 1);
        assertThat(report.framesTotal()).isEqualTo(FRAMES);
        assertThat(report.source().codec()).isEqualTo("h264");
        Await.untilAsserted("all results", Platform.SOON, () -> assertThat(platform.frames(clip))
                .isEqualTo(LongStream.range(0, FRAMES).boxed().toList()));
        assertPicturesMatch(clip, FRAMES);
        assertThat(statesSeen(clip)).endsWith(State.RUNNING, State.FINISHED);
        platform.answerHeartbeatsWith(
                new HeartbeatReply(List.of(), List.of(clip.command().workerId()), Map.of()));
        Await.until("it is forgotten", Platform.SOON, () -> platform.isForgotten(clip));
    }

    @Test
    void resumesAtItsStartFrame() throws Exception {
        Deployments clip = Deployments.of("clip.mp4").withStartFrame(33);
        platform.deploy(clip);
        platform.awaitState(clip, State.FINISHED);
        Await.untilAsserted("the rest", Platform.SOON, () -> assertThat(platform.frames(clip))
                .isEqualTo(LongStream.range(33, FRAMES).boxed().toList()));
        assertPicturesMatch(clip, FRAMES);
    }

    @Test
    void isFinishedAtOnceWhenNothingIsLeft() throws Exception {
        Deployments clip = Deployments.of("clip.mp4").withStartFrame(FRAMES);
        platform.deploy(clip);
        SessionReport report = platform.awaitState(clip, State.FINISHED);
        assertThat(report.framesDone()).isZero();
    }

    @Test
    void repeatsAFileWithGrowingNumbers() throws Exception {
        ScenarioOptions loop = ScenarioOptions.builder().loop(true).build();
        Deployments clip = Deployments.of("clip.mp4").withOptions(loop).withStartFrame(40);
        platform.deploy(clip);
        Await.until("three rounds", Platform.SOON, () -> platform.frames(clip).size() > 2.5 * FRAMES);
        platform.deploy(clip.shutdown());
        platform.awaitState(clip, State.STOPPED);
        List<Long> frames = platform.frames(clip);
        assertThat(frames)
                .startsWith(40L, 41L)
                .isEqualTo(LongStream.range(40, 40 + frames.size()).boxed().toList());
        assertPicturesMatch(clip, FRAMES);
        List<Long> times = platform.results.stream()
                .filter(r -> r.scenario().equals(clip.command().scenario()))
                .map(ResultMessage::ptsMillis)
                .toList();
        assertThat(times).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void playsAFileAtItsOwnSpeed() throws Exception {
        TestClips.clip(ClipOptions.of(media.resolve("short.mp4"), 64, 48, 20), 21);
        ScenarioOptions realtime = ScenarioOptions.builder().realtime(true).build();
        Deployments clip = Deployments.of("short.mp4").withOptions(realtime);
        long started = System.nanoTime();
        platform.deploy(clip);
        platform.awaitState(clip, State.FINISHED);
        // Twenty intervals of 50 ms.
        assertThat(Duration.ofNanos(System.nanoTime() - started)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
        Await.until("all results", Platform.SOON, () -> platform.frames(clip).size() == 21);
    }

    @Test
    void saysInOneSentenceWhatIsWrongWithAFile() throws Exception {
        Files.createFile(media.resolve("empty.mp4"));
        Files.writeString(media.resolve("text.mp4"), "Dear diary, nothing moved today.\n".repeat(50));
        TestClips.audioOnly(media.resolve("audio.mp4"));
        TestClips.clip(ClipOptions.of(media.resolve("late.mp4"), 64, 48, 10).withIndexFirst(false), 20);
        TestClips.truncated(media.resolve("late.mp4"), media.resolve("cut.mp4"), 0.5);
        assertRefused("missing.mp4", "The file missing.mp4 does not exist.");
        assertRefused("empty.mp4", "empty");
        assertRefused("text.mp4", "text, not a video");
        assertRefused("audio.mp4", "audio.mp4");
        assertRefused("cut.mp4", "cut off");
        assertRefused(".", "folder");
    }

    @Test
    void saysThatAFileEndsEarly() throws Exception {
        TestClips.truncated(media.resolve("clip.mp4"), media.resolve("half.mp4"), 0.5);
        Deployments clip = Deployments.of("half.mp4");
        platform.deploy(clip);
        SessionReport report = platform.awaitState(clip, State.FINISHED);
        assertThat(report.framesDone()).isBetween(10L, 50L);
        assertThat(report.reason())
                .isEqualTo("end of file after " + report.framesDone() + " of 60 frames: it is cut off or damaged");
    }

    private static void assertRefused(String url, String sentence) throws Exception {
        Deployments bad = Deployments.of(url);
        platform.deploy(bad);
        SessionReport report = platform.awaitState(bad, State.FAILED);
        assertThat(report.reason()).contains(sentence);
        Await.untilAsserted("the failure of " + url, Platform.SOON, () -> assertThat(platform.failures)
                .anySatisfy(f -> {
                    assertThat(f.workerId()).isEqualTo(bad.command().workerId());
                    assertThat(f.reason()).contains(sentence);
                    assertThat(f.retryable()).isFalse();
                }));
    }

    private static void assertPicturesMatch(Deployments clip, int frames) {
        assertThat(platform.results)
                .filteredOn(r -> r.scenario().equals(clip.command().scenario()))
                .allSatisfy(r ->
                        assertThat(r.detections().get(0).label()).isEqualTo(String.valueOf(r.frameNumber() % frames)));
    }

    private static List<State> statesSeen(Deployments clip) {
        return platform.heartbeats.stream()
                .flatMap(Heartbeat::sessions)
                .filter(s -> s.workerId().equals(clip.command().workerId()))
                .map(SessionReport::state)
                .distinct()
                .toList();
    }
}
