package dev.vap.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.protocol.Heartbeat;
import dev.vap.shared.protocol.ResultMessage;
import dev.vap.shared.protocol.SessionReport;
import dev.vap.shared.protocol.SessionReport.State;
import dev.vap.testing.Await;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Thousands of sessions on one runner, with real servers: what is said of them stays bounded, and nothing is left out. */
class SimulatedRunnerIT {

    private static final int SESSIONS = 3_000;

    @TempDir
    private static Path media;

    private Platform platform;

    @BeforeEach
    void start() throws Exception {
        platform = Platform.with(
                media,
                Map.of(
                        "SIMULATE",
                        "true",
                        "SIMULATE_FPS",
                        "0.5",
                        "MAX_WORKERS",
                        String.valueOf(SESSIONS),
                        // Brokers and readers share the cores with the runner here.
                        "RUNNER_LEASE",
                        "10s"));
        platform.up();
        platform.startRunner();
    }

    @AfterEach
    void close() throws Exception {
        platform.close();
    }

    @Test
    void runsThousandsOfScenariosAndHandsThemAllOverAtItsEnd() throws Exception {
        List<Deployments> all = IntStream.range(0, SESSIONS)
                .mapToObj(i -> Deployments.of("rtsp://camera/" + i))
                .toList();
        Set<UUID> workers = all.stream().map(d -> d.command().workerId()).collect(Collectors.toSet());
        platform.deploy(all.toArray(Deployments[]::new));
        Await.until("all run", Platform.SOON, () -> seen(State.RUNNING).equals(workers));
        Heartbeat full = platform.heartbeats.get(platform.heartbeats.size() - 1);
        assertThat(full.total()).isEqualTo(SESSIONS);
        assertThat(full.digest()).isEqualTo(Heartbeat.digest(workers));
        Await.until(
                "a result of each",
                Platform.SOON,
                () -> scenarios(platform.results).size() == SESSIONS);
        assertThat(platform.results).allSatisfy(r -> assertThat(r.detector()).isEqualTo("simulated"));
        platform.stopRunner();
        assertThat(seen(State.STOPPED)).isEqualTo(workers);
        assertThat(platform.row())
                .hasValueSatisfying(r -> assertThat(r.released()).isTrue());
        assertThat(platform.heartbeats).allSatisfy(h -> {
            assertThat(h.changed()).hasSizeLessThanOrEqualTo(Heartbeat.MAX_CHANGED);
            assertThat(h.others()).hasSizeLessThanOrEqualTo(Heartbeat.MAX_OTHERS);
        });
    }

    @Test
    void saysNothingTwiceThatWasNotedAndLetsTheOthersTakeTurns() throws Exception {
        List<Deployments> some = IntStream.range(0, 450)
                .mapToObj(i -> Deployments.of("rtsp://camera/" + i))
                .toList();
        platform.assign(some.toArray(Deployments[]::new));
        Await.until("all run", Platform.SOON, () -> seen(State.RUNNING).size() == some.size());
        Await.until("all is noted", Platform.SOON, () -> {
            List<Heartbeat> last = last(5);
            return last.stream().allMatch(h -> h.changed().isEmpty());
        });
        Collection<UUID> inTurn = last(3).stream()
                .flatMap(h -> h.others().stream())
                .map(SessionReport::workerId)
                .collect(Collectors.toSet());
        assertThat(inTurn).hasSize(some.size());
    }

    private List<Heartbeat> last(int count) {
        List<Heartbeat> heartbeats = new ArrayList<>(platform.heartbeats);
        return heartbeats.subList(Math.max(0, heartbeats.size() - count), heartbeats.size());
    }

    private Set<UUID> seen(State state) {
        return platform.heartbeats.stream()
                .flatMap(h -> h.changed().stream())
                .filter(r -> r.state() == state)
                .map(SessionReport::workerId)
                .collect(Collectors.toSet());
    }

    private static Set<UUID> scenarios(Collection<ResultMessage> results) {
        return results.stream().map(ResultMessage::scenario).collect(Collectors.toSet());
    }
}
