package dev.vap.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.runner.decode.TestClips;
import dev.vap.runner.session.FakeInference;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.protocol.Heartbeat;
import dev.vap.shared.protocol.HeartbeatReply;
import dev.vap.shared.protocol.SessionReport.State;
import dev.vap.testing.Await;
import dev.vap.testing.OwnPostgres;
import dev.vap.testing.TestServers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lease, heartbeats and assignments against real servers. */
class RunnerControlIT {

    private static final ScenarioOptions LOOP = new ScenarioOptions(null, true, true, null, null, List.of());

    @TempDir
    private static Path media;

    private Platform platform;
    private final Deployments endless = Deployments.of("clip.mp4").withOptions(LOOP);

    @BeforeAll
    static void draw() {
        TestClips.plain(media.resolve("clip.mp4"), 30);
    }

    @BeforeEach
    void prepare() {
        platform = Platform.with(media, Map.of());
    }

    @AfterEach
    void close() throws Exception {
        platform.close();
    }

    @Test
    void holdsItsLeaseAndGivesItBackWithEverySession() throws Exception {
        platform.up();
        platform.startRunner();
        assertThat(platform.row()).hasValueSatisfying(r -> assertThat(r.alive()).isTrue());
        platform.deploy(endless);
        platform.awaitState(endless, State.RUNNING);
        platform.stopRunner();
        assertThat(platform.row()).hasValueSatisfying(r -> assertThat(r.alive()).isFalse());
        Heartbeat last = platform.heartbeats.get(platform.heartbeats.size() - 1);
        assertThat(last.draining()).isTrue();
        assertThat(last.sessions()).singleElement().satisfies(s -> {
            assertThat(s.state()).isEqualTo(State.STOPPED);
            assertThat(s.reason()).isEqualTo("the runner is shutting down");
        });
    }

    @Test
    void preparesADatabaseThatNobodyHasPrepared() throws Exception {
        platform.startRunner();
        assertThat(platform.row()).isPresent();
    }

    @Test
    void doesNotStartUnderAnIdThatIsTaken() throws Exception {
        platform.migrate();
        platform.done(platform.runners().renew(Deployments.RUNNER, "elsewhere", 1, 4, false, Duration.ofMinutes(5)));
        assertThatThrownBy(platform::startRunner)
                .hasMessageContaining("Another process is running under this RUNNER_ID");
    }

    @Test
    void stopsWhatTheOrchestratorDoesNotWantAnyMore() throws Exception {
        platform.up();
        platform.startRunner();
        platform.deploy(endless);
        platform.awaitState(endless, State.RUNNING);
        platform.answerHeartbeatsWith(
                new HeartbeatReply(List.of(endless.command().workerId()), List.of()));
        platform.awaitState(endless, State.STOPPED);
    }

    @Test
    void replacesASessionByTheNextEpochAndIgnoresTheOldOneAfterwards() throws Exception {
        platform.up();
        platform.startRunner();
        Deployments next = endless.next();
        platform.deploy(endless);
        platform.awaitState(endless, State.RUNNING);
        platform.assign(next);
        platform.awaitState(next, State.RUNNING);
        assertThat(platform.latest(endless))
                .hasValueSatisfying(r -> assertThat(r.state()).isEqualTo(State.STOPPED));
        platform.deploy(endless);
        platform.deploy(next.shutdown());
        platform.awaitState(next, State.STOPPED);
        assertThat(platform.latest(endless))
                .hasValueSatisfying(r -> assertThat(r.state()).isEqualTo(State.STOPPED));
    }

    @Test
    void stopsDuringStartUp() throws Exception {
        platform.up();
        platform.inference.down();
        platform.startRunner();
        platform.deploy(endless);
        platform.awaitState(endless, State.STARTING);
        platform.deploy(endless.shutdown());
        platform.awaitState(endless, State.STOPPED);
        assertThat(platform.failures).isEmpty();
    }

    @Test
    void refusesMoreThanItsCapacityAndUnreadableCommandsDoNotHurt() throws Exception {
        platform.up();
        platform.startRunner();
        Deployments second = Deployments.of("clip.mp4").withOptions(LOOP);
        Deployments third = Deployments.of("clip.mp4").withOptions(LOOP);
        platform.sendRaw("{");
        platform.sendRaw("{\"v\":1}");
        platform.sendRaw("[]");
        platform.deploy(endless);
        platform.deploy(second);
        platform.deploy(third);
        platform.awaitState(endless, State.RUNNING);
        platform.awaitState(second, State.RUNNING);
        platform.awaitState(third, State.FAILED);
        Await.untilAsserted("the refusal", Platform.SOON, () -> assertThat(platform.failures)
                .singleElement()
                .satisfies(f -> assertThat(f.retryable()).isTrue()));
        assertThat(platform.service.registry().scrape())
                .contains("vap_commands_unreadable_total 3.0")
                .contains("vap_sessions 2.0");
    }

    @Test
    void goesOnWithoutPostgresAsLongAsAnOrchestratorAnswersAndStopsWithoutBoth() throws Exception {
        try (OwnPostgres postgres = TestServers.ownPostgres()) {
            platform.close();
            platform = Platform.with(media, Map.of("DATABASE_URL", postgres.databaseUrl()));
            platform.up();
            platform.inference.script(r -> FakeInference.Answer.OK);
            platform.startRunner();
            platform.deploy(endless);
            platform.awaitState(endless, State.RUNNING);
            postgres.stop();
            long stopped = System.nanoTime();
            Await.until("three leases have passed", Platform.SOON, () -> System.nanoTime() - stopped > 3_000_000_000L);
            platform.awaitState(endless, State.RUNNING);
            platform.orchestratorDown();
            int before = platform.frames(endless).size();
            Await.until(
                    "it has stopped by itself",
                    Platform.SOON,
                    () -> platform.service.registry().scrape().contains("vap_sessions 0.0"));
            assertThat(platform.frames(endless).size() - before).isLessThan(100);
            platform.orchestratorUp();
            assertThat(platform.awaitState(endless, State.STOPPED).reason()).startsWith("lost contact");
            postgres.start();
            Await.until("the lease is back", Platform.SOON, () -> platform.row()
                    .orElseThrow()
                    .alive());
        }
    }
}
