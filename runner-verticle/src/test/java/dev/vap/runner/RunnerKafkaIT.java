package dev.vap.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.runner.decode.TestClips;
import dev.vap.runner.session.FakeInference;
import dev.vap.shared.protocol.SessionReport.State;
import dev.vap.testing.Await;
import dev.vap.testing.OwnKafka;
import dev.vap.testing.TestServers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker that goes away, or is not there yet. */
class RunnerKafkaIT {

    private static final int FRAMES = 1_000;
    private static final List<Long> ALL = LongStream.range(0, FRAMES).boxed().toList();

    @TempDir
    private static Path media;

    @Test
    void losesNothingAndKeepsTheOrderWhileTheBrokerIsAway() throws Exception {
        TestClips.plain(media.resolve("clip.mp4"), FRAMES);
        Deployments clip = Deployments.of("clip.mp4");
        try (OwnKafka kafka = TestServers.ownKafka()) {
            Platform platform = Platform.with(media, Map.of("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers()));
            try {
                platform.up();
                platform.inference.script(r -> FakeInference.Answer.after(4));
                platform.startRunner();
                platform.deploy(clip);
                Await.until(
                        "some results",
                        Platform.SOON,
                        () -> platform.frames(clip).size() > 100);
                kafka.stop();
                Await.until(
                        "the session says what it waits for",
                        Platform.SOON,
                        () -> platform.latest(clip).orElseThrow().reason().startsWith("waiting for Kafka"));
                assertThat(platform.latest(clip).orElseThrow().state()).isEqualTo(State.RUNNING);
                Await.until(
                        "reading has paused",
                        Platform.SOON,
                        () -> platform.latest(clip).orElseThrow().reason().contains(" 256 "));
                kafka.start();
                platform.awaitState(clip, State.FINISHED);
                Await.untilAsserted("all results", Platform.SOON, () -> assertThat(platform.frames(clip))
                        .isEqualTo(ALL));
            } finally {
                platform.close();
            }
        }
    }

    @Test
    void startsWithoutABrokerAndPublishesOnceItIsThere() throws Exception {
        TestClips.plain(media.resolve("early.mp4"), 40);
        Deployments clip = Deployments.of("early.mp4");
        Deployments missing = Deployments.of("missing.mp4");
        try (OwnKafka kafka = TestServers.ownKafka()) {
            kafka.stop();
            Platform platform = Platform.with(media, Map.of("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers()));
            try {
                platform.migrate();
                platform.orchestratorUp();
                platform.inference.up();
                platform.startRunner();
                platform.assign(clip, missing);
                platform.awaitState(missing, State.FAILED);
                platform.awaitState(clip, State.RUNNING);
                kafka.start();
                platform.kafkaUp();
                platform.awaitState(clip, State.FINISHED);
                Await.untilAsserted("all results", Platform.SOON, () -> assertThat(platform.frames(clip))
                        .isEqualTo(ALL.subList(0, 40)));
                Await.until("the failure", Platform.SOON, () -> platform.failures.size() == 1);
            } finally {
                platform.close();
            }
        }
    }
}
