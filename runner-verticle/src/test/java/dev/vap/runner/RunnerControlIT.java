package dev.vap.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.runner.decode.TestClips;
import dev.vap.runner.session.FakeInference;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.protocol.Heartbeat;
import dev.vap.shared.protocol.HeartbeatReply;
import dev.vap.shared.protocol.SessionReport.State;
import dev.vap.shared.storage.Ids;
import dev.vap.shared.storage.Runners;
import dev.vap.testing.Await;
import dev.vap.testing.OwnPostgres;
import dev.vap.testing.TestServers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lease, heartbeats and assignments against real servers. */
class RunnerControlIT {

    private static final ScenarioOptions LOOP =
            ScenarioOptions.builder().loop(true).realtime(true).build();

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
        assertThat(platform.row()).hasValueSatisfying(r -> {
            assertThat(r.alive()).isTrue();
            assertThat(r.instance()).isEqualTo(platform.heartbeats.get(0).instance());
            assertThat(r.version()).isEqualTo("dev");
        });
        platform.deploy(endless);
        platform.awaitState(endless, State.RUNNING);
        platform.stopRunner();
        assertThat(platform.row()).hasValueSatisfying(r -> assertThat(r.alive()).isFalse());
        Heartbeat last = platform.heartbeats.get(platform.heartbeats.size() - 1);
        assertThat(last.draining()).isTrue();
        assertThat(last.total()).isZero();
        assertThat(last.changed()).singleElement().satisfies(s -> {
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
        platform.done(platform.runners().renew(claimOfAnother(), false, Duration.ofMinutes(5)));
        assertThatThrownBy(platform::startRunner)
                .hasMessageContaining("Another process is running under this RUNNER_ID");
    }

    @Test
    void stopsEverythingWhenAnotherProcessTakesItsId() throws Exception {
        platform.up();
        platform.startRunner();
        platform.deploy(endless);
        platform.awaitState(endless, State.RUNNING);
        Runners.Claim mine = claim(platform.instance());
        // As if this process had been held up for longer than its lease.
        platform.done(platform.runners().release(mine));
        Await.until(
                "another one has it",
                Platform.SOON,
                () -> platform.done(platform.runners().renew(claimOfAnother(), false, Duration.ofMinutes(5)))
                        || platform.done(platform.runners().release(mine).map(released -> false)));
        assertThat(platform.awaitState(endless, State.STOPPED).reason())
                .isEqualTo("another process runs under this runner's id");
    }

    @Test
    void ignoresCommandsForAProcessThatHadItsIdBefore() throws Exception {
        platform.up();
        platform.startRunner();
        Deployments stale = Deployments.of("clip.mp4").withOptions(LOOP);
        platform.assign(Ids.next(), stale);
        platform.sendRaw(stale.command().toJson().encode());
        platform.deploy(endless);
        platform.awaitState(endless, State.RUNNING);
        assertThat(platform.latest(stale)).isEmpty();
        assertThat(platform.heartbeats).allMatch(Heartbeat::wantsSet);
        platform.assign(endless);
        awaitWantsSet(false);
    }

    private void awaitWantsSet(boolean wanted) {
        Await.until(
                "wants the assigned set: " + wanted,
                Platform.SOON,
                () -> platform.heartbeats.get(platform.heartbeats.size() - 1).wantsSet() == wanted);
    }

    @Test
    void worksWithAClockThatIsAnHourAhead() throws Exception {
        platform.close();
        Clock ahead = Clock.offset(Clock.systemUTC(), Duration.ofHours(1));
        platform = Platform.with(media, Map.of(), ahead);
        platform.up();
        platform.startRunner();
        Deployments clip = Deployments.of("clip.mp4");
        platform.deploy(clip);
        platform.awaitState(clip, State.FINISHED);
        Await.until("all results", Platform.SOON, () -> platform.frames(clip).size() == 30);
        Instant soonest = Instant.now().plus(Duration.ofMinutes(59));
        assertThat(platform.results)
                .allSatisfy(r -> assertThat(r.timestamp()).isAfter(soonest.minus(Duration.ofMinutes(1))));
        platform.deploy(endless);
        platform.awaitState(endless, State.RUNNING);
        int renewed = platform.heartbeats.size() + 20;
        Await.until("two leases have passed", Platform.SOON, () -> platform.heartbeats.size() > renewed);
        assertThat(platform.row()).hasValueSatisfying(r -> {
            assertThat(r.alive()).isTrue();
            assertThat(r.leaseMillis()).isLessThanOrEqualTo(1_000);
        });
        platform.awaitState(endless, State.RUNNING);
        platform.stopRunner();
        assertThat(platform.row())
                .hasValueSatisfying(r -> assertThat(r.released()).isTrue());
    }

    private static Runners.Claim claimOfAnother() {
        return claim(Ids.next());
    }

    private static Runners.Claim claim(UUID instance) {
        return new Runners.Claim(Deployments.RUNNER, instance, "elsewhere", 1, 4, 1, "dev");
    }

    @Test
    void stopsWhatTheOrchestratorDoesNotWantAnyMore() throws Exception {
        platform.up();
        platform.startRunner();
        platform.deploy(endless);
        platform.awaitState(endless, State.RUNNING);
        platform.answerHeartbeatsWith(
                new HeartbeatReply(List.of(endless.command().workerId()), List.of(), Map.of()));
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
            platform.assign(endless);
            platform.awaitState(endless, State.RUNNING);
            awaitWantsSet(false);
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
            awaitWantsSet(true);
            postgres.start();
            Await.until("the lease is back", Platform.SOON, () -> platform.row()
                    .orElseThrow()
                    .alive());
        }
    }
}
