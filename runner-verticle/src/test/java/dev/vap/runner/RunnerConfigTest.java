package dev.vap.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.runner.session.SessionConfig;
import dev.vap.shared.config.ConfigException;
import dev.vap.shared.config.Settings;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunnerConfigTest {

    private static final Map<String, String> NEEDED = Map.of("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092");

    @Test
    void hasDefaults() {
        RunnerConfig config = RunnerConfig.from(Settings.of(NEEDED), "box", new Random(1));
        assertThat(config.runnerId()).matches("box-[0-9a-f]{6}");
        assertThat(config.maxWorkers()).isEqualTo(16);
        assertThat(config.lease()).isEqualTo(Duration.ofSeconds(2));
        assertThat(config.heartbeat()).isEqualTo(Duration.ofMillis(500));
        assertThat(config.session().source().liveFps()).isEqualTo(5);
        assertThat(config.session().fileTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.session().maxUnacknowledged()).isEqualTo(256);
    }

    @Test
    void takesItsIdFromTheSettingsOrAnAcceptableOneFromTheHost() {
        Settings named = Settings.of(NEEDED).with(Map.of("RUNNER_ID", "gate-3"));
        assertThat(RunnerConfig.from(named, "box", new Random(1)).runnerId()).isEqualTo("gate-3");
        assertThat(RunnerConfig.from(Settings.of(NEEDED), "büro pc", new Random(1))
                        .runnerId())
                .matches("b-ro-pc-[0-9a-f]{6}");
        assertThat(RunnerConfig.from(Settings.of(NEEDED), "", new Random(1)).runnerId())
                .matches("runner-[0-9a-f]{6}");
    }

    @Test
    void keepsEveryCoreBusyWithOneFile() {
        assertThat(SessionConfig.from(Settings.of(NEEDED), 2).fileInFlight()).isEqualTo(4);
        assertThat(SessionConfig.from(Settings.of(NEEDED), 128).fileInFlight()).isEqualTo(16);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "MAX_WORKERS=0 | MAX_WORKERS (options) must be a whole number from 1 to 10000, not \"0\".",
                "MAX_WORKERS=100000 | MAX_WORKERS (options) must be a whole number from 1 to 10000, not \"100000\".",
                "MAX_WORKERS=many | MAX_WORKERS (options) must be a whole number from 1 to 10000, not \"many\".",
                "MAX_WORKERS=1001 | MAX_WORKERS (1001) must be at most 1000 unless SIMULATE is true: a real session needs a"
                        + " thread of its own; start more runners instead.",
                "RUNNER_HEARTBEAT=700ms | RUNNER_HEARTBEAT (700ms) must be at most a third of RUNNER_LEASE (2s), or one"
                        + " lost message would look like a lost runner.",
                "SIMULATE_FPS=0 | SIMULATE_FPS (options) must be a number from 0.001 to 1000, not \"0\".",
                "SIMULATE=yes | SIMULATE (options) must be one of false, true, not \"yes\".",
            })
    void saysInOneSentenceWhichSettingIsWrong(String setting, String sentence) {
        String[] pair = setting.split("=", 2);
        Settings good = Settings.of(NEEDED);
        assertThatThrownBy(() -> RunnerConfig.from(good.with(Map.of(pair[0], pair[1])), "box", new Random(1)))
                .isInstanceOf(ConfigException.class)
                .hasMessage(sentence);
    }

    @Test
    void takesThousandsOfSessionsOnlyIfItSimulates() {
        Settings simulating =
                Settings.of(NEEDED).with(Map.of("SIMULATE", "true", "MAX_WORKERS", "10000", "SIMULATE_FPS", "0.5"));
        RunnerConfig config = RunnerConfig.from(simulating, "box", new Random(1));
        assertThat(config.maxWorkers()).isEqualTo(10_000);
        assertThat(config.simulation())
                .hasValueSatisfying(s -> assertThat(s.fps()).isEqualTo(0.5));
        assertThat(RunnerConfig.from(Settings.of(NEEDED), "box", new Random(1)).simulation())
                .isEmpty();
    }

    @Test
    void refusesInWordsWhatWasNotMadeFromSettings() {
        assertThatThrownBy(() -> config(1, 1_000, 400))
                .isInstanceOf(ConfigException.class)
                .hasMessage(
                        "A heartbeat every 400 ms is too seldom for a lease of 1000 ms: at least three must fit into"
                                + " it.");
        for (int workers : new int[] {-1, 0, 1_001}) {
            assertThatThrownBy(() -> config(workers, 2_000, 500))
                    .isInstanceOf(ConfigException.class)
                    .hasMessage("A runner can't have " + workers
                            + " sessions: use 1 to 1000, or more of them if it simulates.");
        }
    }

    private static RunnerConfig config(int workers, long leaseMillis, long heartbeatMillis) {
        RunnerConfig good = RunnerConfig.from(Settings.of(NEEDED), "box", new Random(1));
        return new RunnerConfig(
                "x",
                "box",
                workers,
                Duration.ofMillis(leaseMillis),
                Duration.ofMillis(heartbeatMillis),
                good.startPatience(),
                good.stopPatience(),
                good.kafka(),
                good.session(),
                good.simulation());
    }
}
