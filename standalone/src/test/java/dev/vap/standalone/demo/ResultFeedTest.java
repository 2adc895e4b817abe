package dev.vap.standalone.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.standalone.CommandException;
import dev.vap.standalone.client.ResultPage;
import dev.vap.standalone.client.ScenarioView;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ResultFeedTest implements ResultFeed.Source, ResultFeed.Sink {

    /** What is stored after so many pauses. */
    private interface World {
        long storedFrames(long millis);
    }

    private World world = millis -> 0;
    private long inactiveAfterMillis = Long.MAX_VALUE;
    private long reportedLastFrame = -1;
    private long millis;
    private final List<Long> frames = new ArrayList<>();
    private int progress;

    private ResultFeed.End run() throws InterruptedException {
        return new ResultFeed(
                        this, this, () -> Duration.ofMillis(millis).toNanos(), pause -> millis += pause.toMillis())
                .run();
    }

    @Override
    public ResultPage after(long frame, int limit) {
        List<JsonObject> results = LongStream.range(0, world.storedFrames(millis))
                .filter(n -> n > frame)
                .limit(limit)
                .mapToObj(n -> new JsonObject().put("frame_number", n))
                .toList();
        return new ResultPage(status(), results);
    }

    @Override
    public ScenarioView scenario() {
        return new ScenarioView("u", 1, status(), "end of file", "x", "m", reportedLastFrame, 10, new JsonObject());
    }

    private String status() {
        return millis >= inactiveAfterMillis ? "inactive" : "active";
    }

    @Override
    public void results(List<JsonObject> results) {
        results.forEach(r -> frames.add(r.getLong("frame_number")));
    }

    @Override
    public void progress(ScenarioView scenario) {
        progress++;
    }

    @Test
    void passesEveryFrameOnceAndInOrder() throws Exception {
        world = now -> Math.min(now, 3500);
        inactiveAfterMillis = 4000;
        reportedLastFrame = 3499;

        ResultFeed.End end = run();

        assertThat(end.missing()).isFalse();
        assertThat(frames).isEqualTo(LongStream.range(0, 3500).boxed().toList());
        assertThat(progress).isBetween(4, 20);
    }

    @Test
    void waitsForResultsThatAreStoredAfterTheEnd() throws Exception {
        world = now -> now < 5_000 ? 90 : 100;
        inactiveAfterMillis = 1_000;
        reportedLastFrame = 99;

        assertThat(run().missing()).isFalse();
        assertThat(frames).hasSize(100);
        assertThat(millis).isGreaterThanOrEqualTo(5_000);
    }

    @Test
    void tellsWhatIsMissingInsteadOfWaitingForEver() throws Exception {
        world = now -> 90;
        inactiveAfterMillis = 1_000;
        reportedLastFrame = 99;

        assertThat(run().missing()).isTrue();
        assertThat(millis).isBetween(16_000L, 17_000L);
    }

    @Test
    void endsWithAScenarioThatNeverRan() throws Exception {
        inactiveAfterMillis = 0;
        assertThat(run().missing()).isFalse();
        assertThat(frames).isEmpty();
    }

    @Test
    void givesUpOnARefusalAtOnce() {
        ResultFeed feed = new ResultFeed(
                new ResultFeed.Source() {
                    @Override
                    public ResultPage after(long frame, int limit) {
                        throw new CommandException("There is no scenario 7.");
                    }

                    @Override
                    public ScenarioView scenario() {
                        return ResultFeedTest.this.scenario();
                    }
                },
                this,
                System::nanoTime,
                pause -> {});
        assertThatThrownBy(feed::run).hasMessage("There is no scenario 7.");
    }
}
